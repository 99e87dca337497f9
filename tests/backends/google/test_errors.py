"""Every error of Google's clients means exactly one thing here."""

from collections.abc import Callable
from functools import partial

import pytest
from google.api_core import exceptions as api
from google.auth import exceptions as auth

from propcast.backends.google.errors import google_errors, meaning
from propcast.core.errors import PropCastError, StoreConflict, StoreRefused, StoreUnavailable

MEANT: list[tuple[Callable[..., Exception], type[PropCastError]]] = [
    (api.ServiceUnavailable, StoreUnavailable),
    (api.DeadlineExceeded, StoreUnavailable),
    (api.GatewayTimeout, StoreUnavailable),
    (api.TooManyRequests, StoreUnavailable),
    (api.ResourceExhausted, StoreUnavailable),
    (api.InternalServerError, StoreUnavailable),
    (api.Unknown, StoreUnavailable),
    (api.Cancelled, StoreUnavailable),
    (partial(api.RetryError, cause=None), StoreUnavailable),
    (partial(api.Forbidden, errors=[{"reason": "rateLimitExceeded"}]), StoreUnavailable),
    (auth.TransportError, StoreUnavailable),
    (ConnectionResetError, StoreUnavailable),
    (api.Aborted, StoreConflict),
    (api.Conflict, StoreConflict),
    (api.AlreadyExists, StoreConflict),
    (api.PreconditionFailed, StoreConflict),
    (api.Forbidden, StoreRefused),
    (api.PermissionDenied, StoreRefused),
    (api.Unauthenticated, StoreRefused),
    (api.NotFound, StoreRefused),
    (api.BadRequest, StoreRefused),
    (api.InvalidArgument, StoreRefused),
    (auth.DefaultCredentialsError, StoreRefused),
]


@pytest.mark.parametrize(("make", "kind"), MEANT)
def test_an_error_means_one_thing_and_says_what_was_tried(
    make: Callable[..., Exception], kind: type[PropCastError]
) -> None:
    error = make("x")
    meant = meaning(error, "writing table facts")
    assert type(meant) is kind
    assert str(meant).startswith(f"writing table facts: {type(error).__name__}")


def test_what_is_no_error_of_a_client_passes_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), google_errors("counting"):
        _ = 1 / 0
