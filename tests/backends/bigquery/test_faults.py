"""Every request of the client may fail in every way: nothing is lost, nothing is doubled, and an error has a name."""

from dataclasses import replace

import pytest

from propcast.backends.google.patience import Patience
from propcast.backends.warehouse.bigquery.warehouse import BigQueryWarehouse
from propcast.backends.warehouse.bigquery.writing import Writer
from propcast.core.clock import FixedClock
from propcast.core.errors import PropCastError, StoreConflict, StoreRefused, StoreUnavailable
from propcast.tables.schema import Table
from tests.backends.bigquery.faults import PERMANENT, PERMISSION, TRANSIENT, UNAVAILABLE, Fault, FaultyLine
from tests.backends.samples import FACTS, LATEST, NOON, counts, put, row, values
from tests.emulators.bigquery import ON_BIGQUERY, BigQueryEmulator, BigQuerySite

pytestmark = list(ON_BIGQUERY)
BEFORE = (row("a", 1), row("b", 1))
CHANGE = (row("a", 2), row("c", 2))
IMPATIENT = Patience(budget_s=300.0, call_s=300.0, first_s=0.01, longest_s=0.02)


@pytest.fixture
def site(bigquery_emulator: BigQueryEmulator) -> BigQuerySite:
    return bigquery_emulator.site()


def over(site: BigQuerySite, line: FaultyLine, patience: Patience = IMPATIENT) -> BigQueryWarehouse:
    """Open the warehouse over a faulty line."""
    sound = site.open(FixedClock(NOON))
    service = replace(sound.writer.service, patience=patience)
    service.client._http_internal = line
    return BigQueryWarehouse(Writer(service, sound.writer.names, sound.writer.clock))


def requests_of_a_change(site: BigQuerySite, table: Table) -> int:
    line = FaultyLine()
    put(over(site, line), table, *CHANGE)
    return line.sent


def fresh(table: Table, number: int) -> Table:
    return replace(table, name=f"{table.name}_{number}")


@pytest.mark.parametrize("fault", TRANSIENT, ids=lambda each: each.name)
def test_what_may_pass_is_tried_again_and_counts_stay_exact(site: BigQuerySite, fault: Fault) -> None:
    sound = site.open(FixedClock(NOON))
    put(sound, LATEST, *BEFORE)
    for number in range(requests_of_a_change(site, LATEST)):
        table = fresh(LATEST, number)
        put(sound, table, *BEFORE)
        line = FaultyLine(fault, {number})
        assert counts(put(over(site, line), table, *CHANGE)) == (2, 0, 0, 0), line.met
        assert values(sound, table) == {"a": 2, "b": 1, "c": 2}
        assert (len(line.met), sound.version(table)) == (1, 1)


@pytest.mark.parametrize("fault", PERMANENT, ids=lambda each: each.name)
def test_what_will_not_pass_is_a_named_error_or_does_no_harm(site: BigQuerySite, fault: Fault) -> None:
    sound = site.open(FixedClock(NOON))
    put(sound, LATEST, *BEFORE)
    refused = 0
    for number in range(requests_of_a_change(site, LATEST)):
        table = fresh(LATEST, number)
        put(sound, table, *BEFORE)
        try:
            put(over(site, FaultyLine(fault, {number})), table, *CHANGE)
        except (StoreRefused, StoreConflict):
            refused += 1
        assert values(sound, table) in ({"a": 1, "b": 1}, {"a": 2, "b": 1, "c": 2})
        put(sound, table, *CHANGE)
        assert values(sound, table) == {"a": 2, "b": 1, "c": 2}
        assert sound.version(table) == 1
    assert refused


@pytest.mark.parametrize("fault", [*TRANSIENT, *PERMANENT], ids=lambda each: each.name)
def test_a_read_is_whole_or_a_named_error_never_a_part(site: BigQuerySite, fault: Fault) -> None:
    put(site.open(FixedClock(NOON)), FACTS, *BEFORE)
    line = FaultyLine()
    values(over(site, line), FACTS)
    for number in range(line.sent):
        try:
            assert values(over(site, FaultyLine(fault, {number})), FACTS) == {"a": 1, "b": 1}
        except PropCastError:
            assert fault in PERMANENT


def test_a_service_that_stays_away_is_unavailable_once_the_budget_is_spent(site: BigQuerySite) -> None:
    line = FaultyLine(UNAVAILABLE, range(1000))
    with pytest.raises(StoreUnavailable, match="looking at facts: ServiceUnavailable"):
        over(site, line, replace(IMPATIENT, budget_s=0.2)).count(FACTS)
    assert line.sent > 1


def test_a_right_that_is_missing_is_said_at_once_with_what_to_do(site: BigQuerySite) -> None:
    line = FaultyLine(PERMISSION, range(1000))
    with pytest.raises(StoreRefused, match="the account lacks a right"):
        over(site, line).count(FACTS)
    assert line.sent == 1
