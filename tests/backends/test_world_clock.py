"""The clock of a simulated world: begun once, the same for every process of its home, and for local ones alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from propcast.backends.settings import Settings
from propcast.backends.world_clock import FILE, clock_of, has_world_clock, start_world_clock
from propcast.core.clock import Clock, ShiftedClock, SystemClock
from propcast.core.errors import InputError

THEN = datetime(2019, 11, 30, 12, tzinfo=UTC)


def settings(home: Path, **told: str) -> Settings:
    return Settings.model_validate({"home": home, "history": home / "none", **told})


def offset(clock: Clock) -> timedelta:
    assert isinstance(clock, ShiftedClock)
    return clock.offset


def test_a_home_without_a_world_goes_by_the_machine(tmp_path: Path) -> None:
    assert isinstance(clock_of(settings(tmp_path)), SystemClock)
    assert not has_world_clock(tmp_path)


def test_every_process_of_the_home_tells_the_same_time(tmp_path: Path) -> None:
    begun = start_world_clock(tmp_path / "home", THEN)
    assert has_world_clock(tmp_path / "home")
    assert offset(clock_of(settings(tmp_path / "home"))) == offset(begun)
    assert timedelta() <= begun.now() - THEN < timedelta(hours=1)


def test_a_world_that_runs_keeps_its_clock(tmp_path: Path) -> None:
    begun = start_world_clock(tmp_path, THEN)
    assert offset(start_world_clock(tmp_path, THEN + timedelta(days=900))) == offset(begun)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_nowhere_else_does_a_file_move_the_clock(tmp_path: Path, environment: str) -> None:
    start_world_clock(tmp_path, THEN)
    assert isinstance(clock_of(settings(tmp_path, environment=environment)), SystemClock)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"offset_s": "soon"}', '{"offset_s": null}'])
def test_a_file_that_is_no_clock_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError, match=FILE):
        clock_of(settings(tmp_path))
