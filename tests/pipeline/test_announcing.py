"""A day is announced once, as of the right moment, and waited for until it is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from propcast.backends.bus.port import Bus
from propcast.backends.compose import Backends
from propcast.backends.json import Body
from propcast.backends.state.records import StepState
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.announcing import LOOK_EVERY_S, announce, await_slate
from propcast.pipeline.batch.filing import save
from propcast.pipeline.batch.history import batches
from propcast.pipeline.batch.planning import plan_step
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import RawReady, Trigger
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepResult, run_step
from tests.pipeline.conftest import NBA_DAY, NOW


@dataclass
class Recorder:
    """A bus that keeps what is published."""

    kept: list[tuple[str, Body, Mapping[str, str]]] = field(default_factory=list)

    def publish(self, topic: str, messages: Sequence[tuple[Body, Mapping[str, str]]]) -> list[str]:
        self.kept += [(topic, body, attributes) for body, attributes in messages]
        return ["1"] * len(messages)


@dataclass
class HandTime:
    """Time that passes only while somebody sleeps."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> HandTime:
    found = HandTime()
    monkeypatch.setattr("propcast.pipeline.announcing.time", found)
    return found


@pytest.mark.parametrize("day", [NBA_DAY, GameDay.of_instant(NOW), GameDay.of_instant(NOW).plus(1)])
def test_one_message_says_all(empty_home: Backends, day: GameDay) -> None:
    """A day that has passed is forecast as of each event's own moment, any other as of now."""
    bus = Recorder()
    at = announce(replace(empty_home, bus=cast("Bus", bus)), Sport.NBA, day)
    ((topic, body, attributes),) = bus.kept
    message = RawReady.model_validate(body)
    assert (topic, at, message.reason) == ("raw-ready", NOW, Trigger.OPERATOR)
    assert message.as_of == (None if day == NBA_DAY else NOW)
    assert message.tables == tuple(table.name for table in plan_of(Sport.NBA).raw)
    assert attributes == {"sport": "nba", "game_day": str(day)}


def planned(backends: Backends, state: StepState) -> None:
    """What planning leaves in the ledger."""
    run_step(backends, plan_step(plan_of(Sport.NBA)), Sport.NBA, NBA_DAY, lambda _: StepResult(state))


def test_a_slate_that_stands_is_returned_at_once(played_home: Backends, time: HandTime) -> None:
    planned(played_home, StepState.DONE)
    done = await_slate(played_home, Sport.NBA, NBA_DAY, NOW, 10, lambda: None)
    assert done.slate == played_home.ledger.current(Sport.NBA, NBA_DAY)
    assert done.slate is not None
    assert done.seconds == 0


@pytest.mark.parametrize("state", [StepState.NOT_READY, StepState.FAILED])
def test_a_plan_that_has_to_be_tried_again_is_no_end(played_home: Backends, time: HandTime, state: StepState) -> None:
    """Inputs that are not complete are looked for again later; nothing is known of the day yet."""
    planned(played_home, state)
    with pytest.raises(NotReady):
        await_slate(played_home, Sport.NBA, NBA_DAY, NOW, 10, lambda: None)


def test_a_slate_from_before_is_not_what_was_announced(played_home: Backends, time: HandTime) -> None:
    planned(played_home, StepState.DONE)
    ticks: list[float] = []
    with pytest.raises(NotReady, match="was not published within 10 s"):
        await_slate(played_home, Sport.NBA, NBA_DAY, NOW + timedelta(seconds=1), 10, lambda: ticks.append(time.seconds))
    assert len(ticks) == pytest.approx(10 / LOOK_EVERY_S, abs=1)


def test_it_waits_while_a_batch_is_open(played_home: Backends, time: HandTime) -> None:
    planned(played_home, StepState.DONE)
    (batch,) = batches(played_home, Sport.NBA, NBA_DAY)

    def tick() -> None:
        if time.seconds > 3:
            played_home.state.transact(lambda tx: save(tx, batch))

    played_home.state.transact(lambda tx: save(tx, replace(batch, state=BatchState.COLLECTING)))
    done = await_slate(played_home, Sport.NBA, NBA_DAY, NOW, 10, tick)
    assert 3 < done.seconds < 4
