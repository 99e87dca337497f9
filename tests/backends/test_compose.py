"""The composition root builds what the settings name, in the home folder."""

from datetime import timedelta
from pathlib import Path

import pytest

from propcast.backends.bus.port import Subscription
from propcast.backends.compose import compose
from propcast.backends.settings import Settings
from propcast.core.clock import FixedClock, SystemClock
from propcast.core.errors import InputError
from propcast.core.sport import Sport
from tests.backends.samples import FACTS, NOON, put, row


def test_everything_is_kept_under_the_home(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    backends = compose(Settings(home=home))
    put(backends.warehouse, FACTS, row("a"))
    backends.objects.put("a/b", b"")
    backends.ledger.runs(Sport.NBA)
    for path in ("warehouse/facts/_delta_log", "objects/a/b", "state.sqlite"):
        assert (home / path).exists()


def test_the_clock_is_the_machines_unless_one_is_given(tmp_path: Path) -> None:
    clock = FixedClock(NOON)
    assert isinstance(compose(Settings(home=tmp_path)).clock, SystemClock)
    assert compose(Settings(home=tmp_path), clock).clock is clock


def test_the_state_store_keeps_its_own_time_when_it_is_given_one(tmp_path: Path) -> None:
    skewed, agreed = FixedClock(NOON), FixedClock(NOON + timedelta(seconds=10))
    assert compose(Settings(home=tmp_path), skewed).state.now() == NOON
    assert compose(Settings(home=tmp_path), skewed, agreed).state.now() == NOON + timedelta(seconds=10)


def test_a_clock_that_is_set_wrong_is_this_processes_alone_and_both_stores_keep_right(tmp_path: Path) -> None:
    backends = compose(Settings(home=tmp_path, clock_offset_s=-10))
    behind = backends.state.now() - backends.clock.now()
    assert timedelta(seconds=9) < behind < timedelta(seconds=11)
    backends.bus.ensure(["news"], [Subscription("reader", "news", "", "")])
    backends.bus.publish("news", [({}, {})])
    oldest_s = backends.bus.backlog("reader").oldest_s
    assert oldest_s is not None
    assert oldest_s < 9


def test_each_port_may_have_its_own_backend_and_a_cloud_without_places_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, backend="gcp", backend_state="local")
    assert (settings.backend_of("state"), settings.backend_of("bus")) == ("local", "gcp")
    with pytest.raises(InputError):
        compose(settings)


def test_a_home_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="PROPCAST_HOME"):
        compose(Settings(home=tmp_path / "file"))
