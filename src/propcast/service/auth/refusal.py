"""Why a credential is refused: a closed list for the log, and one bland sentence for the caller."""

from enum import StrEnum

from propcast.service.problems import Problem


class Reason(StrEnum):
    """What was wrong; it goes to the log as a security event."""

    NO_CREDENTIAL = "no_credential"
    MALFORMED = "malformed"
    FORGED = "forged"
    EXPIRED = "expired"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_ACCOUNT = "wrong_account"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_SESSION = "unknown_session"
    UNKNOWN_ATTEMPT = "unknown_attempt"
    UNKNOWN_ACCOUNT = "unknown_account"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a reason
    NOT_ALLOWED = "not_allowed"
    CSRF = "csrf"
    FOREIGN_ORIGIN = "foreign_origin"
    UNCHECKED = "unchecked"


class Refused(Exception):
    """A credential was shown and is not good."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


def unauthorised(reason: Reason) -> Problem:
    """Return the 401 of a missing or bad credential; the caller does not learn which."""
    return Problem(401, "A valid credential is needed.", reason, {"WWW-Authenticate": "Bearer"})


def forbidden(reason: Reason) -> Problem:
    """Return the 403 of a good credential that is not enough."""
    return Problem(403, "This credential does not allow that.", reason)


def unchecked() -> Problem:
    """Return the 503 for a credential that cannot be checked now: nobody is let in on faith."""
    return Problem(503, "Credentials cannot be checked now.", Reason.UNCHECKED, {"Retry-After": "5"})


def returned() -> Problem:
    """Return the 429 for a push that no handler can see yet: the bus keeps it and counts nothing."""
    return Problem(429, "This service is not open yet; deliver it again.", Reason.UNCHECKED, {"Retry-After": "1"})
