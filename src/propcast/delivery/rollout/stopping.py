"""What a controller is told from outside: signals, and the wish of an operator who has no hold of its process."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import FrameType

from propcast.backends.state.port import Body, Collection, Reader, State
from propcast.core.errors import PropCastError

ORDERS = Collection("rollout_orders")


class TurnBack(PropCastError):
    """The rollout shall go back; the message says who wants it."""


class Leave(PropCastError):
    """The controller ends and leaves things as they are; somebody else goes on or back."""


class AtOnce(BaseException):
    """The controller ends now, whatever it is doing."""


class Stop(StrEnum):
    """What a signal asked for."""

    TURN_BACK = "turn_back"
    LEAVE = "leave"


@dataclass
class Stops:
    """Remembers the first signal; `heed` raises what it means. A second Ctrl-C does not wait for that."""

    asked: Stop | None = None

    def interrupt(self) -> None:
        """Ctrl-C: once to go back, twice to end at once."""
        if self.asked is Stop.TURN_BACK:
            raise AtOnce
        self.asked = Stop.TURN_BACK

    def terminate(self) -> None:
        """SIGTERM: leave."""
        self.asked = self.asked or Stop.LEAVE

    def heed(self, *, going_back: bool) -> None:
        """Raise what was asked for; on its way back a rollout is not turned again."""
        if self.asked is Stop.LEAVE:
            raise Leave("it was told to end; weights are left as they are")
        if self.asked is Stop.TURN_BACK and not going_back:
            raise TurnBack("interrupted by Ctrl-C")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take signals while the block runs."""

        def on_interrupt(_: int, __: FrameType | None) -> None:
            self.interrupt()

        def on_terminate(_: int, __: FrameType | None) -> None:
            self.terminate()

        before = (
            signal.signal(signal.SIGINT, on_interrupt),
            signal.signal(signal.SIGTERM, on_terminate),
        )
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before[0])
            signal.signal(signal.SIGTERM, before[1])


def order_back(state: State, rollout_id: str, who: str) -> None:
    """Ask whoever works on a rollout to go back."""
    body: Body = {"who": who}
    state.transact(lambda tx: tx.put(ORDERS, rollout_id, body))


def heed_orders(reader: Reader, rollout_id: str, *, going_back: bool) -> None:
    """Raise `TurnBack` when an operator asked for it."""
    found = reader.get(ORDERS, rollout_id)
    if found is not None and not going_back:
        raise TurnBack(f"{found['who']} asked for it")
