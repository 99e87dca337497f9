"""How the platform is asked: with a time limit, again where that may help, and never with an error that has no name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from google.api_core import exceptions as platform
from google.auth import exceptions as credentials
from google.longrunning.operations_pb2 import GetOperationRequest, Operation

from propcast.core.clock import Clock
from propcast.delivery.targets.port import TargetError, TargetRefused, TargetUnavailable, TrafficMoved

T = TypeVar("T")
Sleep = Callable[[float], None]
GetOperation = Callable[[GetOperationRequest], Operation]

LATER = (
    platform.ServiceUnavailable,
    platform.GatewayTimeout,  # a deadline that was exceeded is one
    platform.TooManyRequests,  # … and an exhausted quota
    platform.InternalServerError,
    platform.Unknown,
    platform.Cancelled,
    platform.RetryError,
    credentials.TransportError,
)
"""What may be gone when the same is asked again."""


@dataclass(frozen=True)
class Patience:
    """How long the platform is waited for.

    Attributes:
        call_s: one call.
        tries: how often the same is asked before it counts as unavailable; the pause between doubles from `pause_s`.
        operation_s, poll_s: a long-running operation in all, and between two looks at it.
    """

    call_s: float = 15.0
    tries: int = 4
    pause_s: float = 0.5
    operation_s: float = 300.0
    poll_s: float = 2.0


@dataclass(frozen=True)
class Asking:
    """Asks with patience; every failure comes out as one of the target's own errors, and says what was asked."""

    clock: Clock
    sleep: Sleep
    patience: Patience = Patience()

    def again(self, what: str, call: Callable[[], T]) -> T:
        """Return what `call` returns, made again while it fails for now; only for what may be done twice."""
        for attempt in range(1, self.patience.tries):
            try:
                return self.once(what, call)
            except TargetUnavailable:
                self.sleep(self.patience.pause_s * 2 ** (attempt - 1))
        return self.once(what, call)

    def once(self, what: str, call: Callable[[], T]) -> T:
        """Return what `call` returns, made once."""
        try:
            return call()
        except (platform.GoogleAPICallError, platform.RetryError, credentials.GoogleAuthError) as error:
            raise named(what, error) from error

    def finished(self, what: str, operation: Operation, get: GetOperation) -> None:
        """Wait until an operation has ended well."""
        end = self.clock.now() + timedelta(seconds=self.patience.operation_s)
        request = GetOperationRequest(name=operation.name)
        while not operation.done:
            if self.clock.now() >= end:
                limit = self.patience.operation_s
                raise TargetUnavailable(f"{what}: not done after {limit:.0f} s; read back what became of it")
            self.sleep(self.patience.poll_s)
            operation = self.again(what, lambda: get(request))
        if operation.HasField("error"):
            failed = operation.error
            error: Exception = platform.from_grpc_status(failed.code, failed.message)  # type: ignore[no-untyped-call]
            raise named(what, error)


def named(what: str, error: Exception) -> TargetError:
    """Return the target's own error for one of the platform's."""
    told = f"{what}: {type(error).__name__}: {getattr(error, 'message', None) or error}"
    if isinstance(error, platform.Aborted):
        return TrafficMoved(f"{told}; somebody else changed it first, nothing was changed")
    if isinstance(error, LATER):
        return TargetUnavailable(f"{told}; ask again later")
    return TargetRefused(f"{told}; asking again will not help")
