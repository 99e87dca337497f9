"""What the errors of Google's clients mean here: wait and try again, somebody was first, or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from propcast.core.errors import PropCastError, StoreConflict, StoreRefused, StoreUnavailable

E = TypeVar("E", bound=PropCastError)

_TRANSIENT = frozenset({408, 429, 499, 500, 502, 503, 504})
_CONFLICT = frozenset({409, 412})


@contextmanager
def google_errors(doing: str) -> Iterator[None]:
    """Turn an error of a Google client into one of ours; `doing` says what was tried, such as "writing table x".

    Raises:
        StoreUnavailable: unavailable, overdue, out of quota: trying again later may help.
        StoreConflict: somebody else was first.
        StoreRefused: a right, a resource or a fitting request is missing: trying again changes nothing.
    """
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (GoogleAPIError, GoogleAuthError, OSError) as error:
        raise meaning(error, doing) from error


def meaning(error: Exception, doing: str) -> PropCastError:
    """Return what an error of a Google client, or of its connection, is here."""
    sentence = f"{doing}: {type(error).__name__}: {error}"
    kind, advice = _kind(error)
    return kind(f"{sentence}; {advice}" if advice else sentence)


def is_absent(error: BaseException) -> bool:
    """Tell whether one of our errors says that what was asked for does not exist."""
    from google.api_core.exceptions import NotFound

    return isinstance(error.__cause__, NotFound)


def _kind(error: Exception) -> tuple[type[PropCastError], str]:
    from google.api_core.exceptions import Aborted, Cancelled, GoogleAPICallError, RetryError, Unknown
    from google.auth.exceptions import GoogleAuthError, TransportError

    if isinstance(error, RetryError | TransportError | Cancelled | Unknown | OSError):
        return StoreUnavailable, ""
    if isinstance(error, GoogleAuthError):
        return StoreRefused, "run `gcloud auth application-default login`, or give the service its account"
    code = int(error.code) if isinstance(error, GoogleAPICallError) and error.code is not None else 0
    if isinstance(error, Aborted) or code in _CONFLICT:
        return StoreConflict, ""
    if code in _TRANSIENT or _is_quota(error):
        return StoreUnavailable, ""
    return StoreRefused, _ADVICE.get(code, "")


def _is_quota(error: Exception) -> bool:
    """Tell whether a 403 of BigQuery or Cloud Storage speaks of a rate, not of a right."""
    reasons = {str(each.get("reason", "")) for each in getattr(error, "errors", ()) or () if isinstance(each, dict)}
    return bool(reasons & {"rateLimitExceeded", "quotaExceeded", "backendError", "jobRateLimitExceeded"})


_ADVICE = {
    401: "the credentials are not accepted: sign in again",
    403: "the account lacks a right: `propcast cloud plan` shows the bindings that are missing",
    404: "it is not there: `propcast cloud plan` shows what is missing",
}
