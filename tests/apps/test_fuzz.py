"""Generated requests against all six documents: no 5xx, nothing outside the document, nothing let in."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from propcast.apps.resources import Resources, dispatcher
from propcast.backends.state.outbox import OUTBOX
from propcast.service.access import Role
from propcast.service.catalogue import ADMIN_DASHBOARD, Entry
from propcast.tables.forecasts import PREDICTIONS
from tests.apps.generated import Generator, Known, Tally
from tests.apps.rig import Site
from tests.apps.six import ENTRIES, unhurried
from tests.pipeline.conftest import MLB_DAY, NBA_DAY

CASES = int(os.environ.get("PROPCAST_FUZZ_CASES", "100"))

BEYOND = frozenset({"game_day", "first", "last", "as_of", "date", "body"})
"""What no JSON Schema can bound: a date, and one field (of the whole `body`) by another."""


@pytest.mark.proves("S2", "S4")
@pytest.mark.timeout(120 + 2 * CASES)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_generated_requests_find_no_way_out_of_the_document(
    entry: Entry, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    site: Site = request.getfixturevalue("graded" if entry is ADMIN_DASHBOARD else "trained")
    tally = Tally(entry.name)
    with unhurried(entry, site) as app:
        headers = {"push": app.caller.push(), "key": app.caller.key(Role.ADMIN)}
        try:
            Generator(app, headers, known(site), BEYOND, tally).run(CASES)
        finally:
            record_property("counted", tally.counted)
        left = refused_by_the_bus(app.client.app.state.kit.environment, site)
    assert left == []
    assert tally.answers["5xx"] == 0
    assert tally.answers["2xx"] > 0


def refused_by_the_bus(environment: Any, site: Site) -> list[str]:
    """What requests left in the outbox and the bus will not take; it would wait there for ever."""
    resources: Resources = environment if isinstance(environment, Resources) else environment.resources
    site.clock.instant += timedelta(minutes=1)
    for _ in range(20):
        dispatcher(resources).dispatch()
        site.clock.instant += timedelta(seconds=1)
    return [str(each.body["last_error"]) for each in resources.backends.state.find(OUTBOX) if each.body["last_error"]]


def known(site: Site) -> Known:
    """What there is on a site, by the names of the fields that ask for it."""
    backends = site.backends()
    rows = backends.warehouse.read(PREDICTIONS)
    people = rows.group_by("sport", maintain_order=True).head(3)
    days = [str(NBA_DAY), str(MLB_DAY)]
    return {
        **dict.fromkeys(("game_day", "date", "first", "last"), days),
        **{name: people[name].to_list() for name in ("event_id", "participant_id", "batch_id", "prediction_id")},
        "as_of": [None, "2025-07-01T12:00:00Z"],
        "market": ["points", "pitcher_strikeouts"],
        "markets": [[], ["points"], ["pitcher_strikeouts"]],
    }
