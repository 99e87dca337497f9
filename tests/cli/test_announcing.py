"""`propcast announce`: what people read of it, and programs."""

import json

import pytest

from propcast.backends.compose import Backends
from propcast.core.sport import Sport
from propcast.pipeline.announcing import Announced
from propcast.service.topics import Places, subscriptions, topics
from tests.cli.conftest import run_in
from tests.pipeline.conftest import NBA_DAY

NBA = ("announce", "--sport", "nba", "--date", NBA_DAY)
HEARD_BY = "raw-ready.analytics-processor"


@pytest.fixture
def announced(played_home: Backends) -> Backends:
    """A home whose services have run."""
    played_home.bus.ensure(topics(Places()), subscriptions(Places()))
    return played_home


def ending(backends: Backends, *, published: bool) -> Announced:
    slate = backends.ledger.current(Sport.NBA, NBA_DAY)
    return Announced(Sport.NBA, NBA_DAY, slate if published else None, 2.34)


def test_a_home_without_a_bus_says_what_to_do(played_home: Backends) -> None:
    result = run_in(played_home)(*NBA, "--no-wait")
    assert result.exit_code == 1 or result.exit_code == 2
    assert "raw-ready" in result.output


def test_without_waiting_it_has_told_the_services_once(announced: Backends) -> None:
    result = run_in(announced)(*NBA, "--no-wait")
    assert (result.exit_code, result.stdout) == (0, f"announced nba {NBA_DAY}; `propcast status` shows how far it is\n")
    assert announced.bus.backlog(HEARD_BY).messages == 1


@pytest.mark.parametrize("published", [True, False])
def test_it_says_what_became_of_the_day(announced: Backends, monkeypatch: pytest.MonkeyPatch, published: bool) -> None:
    done = ending(announced, published=published)
    monkeypatch.setattr("propcast.pipeline.announcing.await_slate", lambda *_: done)
    told = run_in(announced)(*NBA).stdout
    if done.slate is None:
        assert told == f"✓ NBA {NBA_DAY}: nobody to forecast (2.3 s)\n"
    else:
        rows = done.slate.counts["predictions"]
        assert told == f"✓ NBA {NBA_DAY}: batch {done.slate.batch_id[:12]} published, {rows:,} predictions, in 2.3 s\n"
    document = json.loads(run_in(announced)(*NBA, "--json").stdout)
    assert (document["slate"] is not None) is published
    assert document["game_day"] == str(NBA_DAY)
