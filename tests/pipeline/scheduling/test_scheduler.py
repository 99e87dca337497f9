"""A planned moment is published once, whoever looks and however often."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.state import outbox
from propcast.backends.warehouse.port import Stamp
from propcast.core.clock import FixedClock
from propcast.core.sport import Sport
from propcast.pipeline.messages import RawReady, Topic
from propcast.pipeline.scheduling import record
from propcast.pipeline.scheduling.agenda import Fate
from propcast.pipeline.scheduling.scheduler import turn
from propcast.tables.analytics import EVENTS
from tests.pipeline.scheduling.calendars import SMALL, Game, events, utc

GAMES: list[Game] = [("2026-01-14", "2026-01-15T00:30"), ("2026-01-15", "2026-01-16T00:10")]
NEAR = utc("2026-01-15T23:40")


def home_at(path: Path, now: datetime, games: Sequence[Game] = GAMES) -> Backends:
    backends = compose(Settings(home=path), FixedClock(now))
    if games:
        backends.warehouse.write(EVENTS, events(games), Stamp("tests", now))
    return backends


def at(backends: Backends, now: datetime) -> Backends:
    """The same home later, as a process that was started anew sees it."""
    return compose(replace_home(backends), FixedClock(now))


def replace_home(backends: Backends) -> Settings:
    return Settings(home=backends.settings.home)


def messages(backends: Backends) -> list[tuple[str, RawReady]]:
    parcels = outbox.due(backends.state)
    assert {parcel.topic for parcel in parcels} <= {Topic.RAW_READY}
    return [(parcel.attributes["deadline"], RawReady.model_validate(parcel.body)) for parcel in parcels]


def test_a_moment_becomes_a_message_with_the_planned_instant(tmp_path: Path) -> None:
    """However late the turn comes, `as_of` is the instant of the plan."""
    backends = home_at(tmp_path, NEAR + timedelta(seconds=47))
    turn(backends, SMALL)
    ((deadline, message),) = messages(backends)
    assert (message.sport, str(message.day), message.as_of) == (Sport.NBA, "2026-01-15", NEAR)
    assert datetime.fromisoformat(deadline) == utc("2026-01-16T00:10")


def test_a_restart_catches_up_without_doubling(tmp_path: Path) -> None:
    backends = home_at(tmp_path, utc("2026-01-15T15:00"))
    first = turn(backends, SMALL)
    later = at(backends, NEAR)
    assert [moment.name for moment in first.published] == ["lines"]
    assert [moment.name for moment in turn(later, SMALL).published] == ["near"]
    again = turn(at(later, NEAR), SMALL)
    assert (again.published, again.skipped) == ((), ())
    assert [message.as_of for _, message in messages(later)] == [utc("2026-01-15T15:00"), NEAR]


def test_two_schedulers_at_once_publish_once(tmp_path: Path) -> None:
    backends = home_at(tmp_path, NEAR)
    with ThreadPoolExecutor(4) as threads:
        turns = list(threads.map(lambda _: turn(at(backends, NEAR), SMALL), range(4)))
    assert sum(len(done.published) for done in turns) == 1
    assert len(messages(backends)) == 1


def test_what_became_of_every_moment_is_on_record(tmp_path: Path) -> None:
    backends = home_at(tmp_path, NEAR)
    turn(backends, SMALL)
    fates = record.fates(backends.state, NEAR - timedelta(days=3))
    assert sorted(fates.values()) == [Fate.PUBLISHED, *[Fate.SKIPPED] * 6]


def test_nothing_is_asked_for_where_nothing_was_imported(tmp_path: Path) -> None:
    done = turn(home_at(tmp_path, NEAR, games=()), SMALL)
    assert (done.plans, done.published, done.next_at) == ((), (), None)


def test_raw_rows_without_events_are_looked_at(league_home: Backends) -> None:
    """The events are made of them by what the first message asks for."""
    done = turn(league_home, SMALL)
    assert {plan.sentence for plan in done.plans} == {"no schedule is known"}
    assert [moment.name for moment in done.published] == ["morning", "morning"]


def test_the_next_planned_instant_is_when_to_look_again(tmp_path: Path) -> None:
    assert turn(home_at(tmp_path, utc("2026-01-15T12:00")), SMALL).next_at == utc("2026-01-15T14:00")


@pytest.mark.proves("L47")
def test_an_evening_game_belongs_to_its_eastern_day(tmp_path: Path) -> None:
    """At 00:00 UTC the slate of the evening is not over: its last moment is still to come."""
    games: list[Game] = [("2026-01-15", "2026-01-16T03:40")]
    done = turn(home_at(tmp_path, utc("2026-01-16T03:10"), games), SMALL)
    assert [(str(moment.day), moment.name) for moment in done.published] == [("2026-01-15", "near")]


def test_old_records_are_forgotten(tmp_path: Path) -> None:
    backends = home_at(tmp_path, NEAR)
    turn(backends, SMALL)
    assert record.forget(backends.state) == 0
    assert record.forget(at(backends, NEAR + record.KEPT + timedelta(days=3)).state) == 7
