"""Each fault that deep health is for: exactly one check sees it, with a value and a unit."""

import io
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from propcast.apps import (
    analytics_processor,
    precompute_processor,
    prediction_coordinator,
    prediction_worker,
)
from propcast.apps.resources import Resources, open_resources
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.clock import Clock, FixedClock
from propcast.core.sport import Sport
from propcast.forecast.artefact import Artefact, card_of, identified, pack, registry_row
from propcast.service.app import create_app
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import MODELS
from propcast.tables.precompute import NBA_FEATURE_TABLE
from propcast.tables.raw import RAW_NBA_SHOTS
from propcast.tables.schema import Table
from tests.apps.rig import NOW, Running, Site, eventually, failing, running
from tests.pipeline.conftest import NBA_DAY
from tests.service.client import served

ANALYTICS, WORKER = analytics_processor.SERVICE, prediction_worker.SERVICE

Fault = Callable[[Site], None]


def folder(site: Site, table: Table) -> Path:
    return site.home / "warehouse" / table.name


def delete_table(site: Site) -> None:
    shutil.rmtree(folder(site, RAW_NBA_SHOTS))


def rewrite(site: Site, table: Table, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    place = folder(site, table)
    rows = change(pl.read_delta(str(place)))
    delta = DeltaTable(place)
    partition = None if table.partition is None else [table.partition]
    write_deltalake(delta, rows, mode="overwrite", schema_mode="overwrite", partition_by=partition)


def rename_column(site: Site) -> None:
    rewrite(site, RAW_NBA_SHOTS, lambda rows: rows.rename({"distance_ft": "distance"}))


def retype_column(site: Site) -> None:
    rewrite(site, RAW_NBA_SHOTS, lambda rows: rows.with_columns(pl.col("distance_ft").cast(pl.String)))


def add_column(site: Site) -> None:
    rewrite(site, RAW_NBA_SHOTS, lambda rows: rows.with_columns(pl.lit(None, pl.String).alias("extra")))


def no_room_for_objects(site: Site) -> None:
    (site.home / "objects" / "_scratch").rmdir()
    (site.home / "objects" / "_scratch").touch()


def no_room_for_tables(site: Site) -> None:
    (site.home / "warehouse" / "_scratch").rmdir()
    (site.home / "warehouse" / "_scratch").touch()


def lose_object(site: Site) -> None:
    (site.home / "objects" / "known" / "object").unlink()


def revoke_subscription(site: Site) -> None:
    with closing(sqlite3.connect(site.home / "bus.sqlite")) as connection, connection:
        connection.execute("DELETE FROM subscriptions WHERE name = 'raw-ready.analytics-processor'")


def change_variable(site: Site) -> None:
    """Somebody else starts the same service otherwise; the one that runs is not what is on record any more."""
    open_resources(ANALYTICS.entry, {**site.environ, "PROPCAST_SOURCE_SLA_MIN": "60"}, site.clock)


ON_ANALYTICS: list[tuple[Fault, str, Any, str, str]] = [
    (delete_table, "tables:schema_mismatches", len(RAW_NBA_SHOTS.columns), "columns", "fail"),
    (rename_column, "tables:schema_mismatches", 2, "columns", "fail"),
    (retype_column, "tables:schema_mismatches", 1, "columns", "fail"),
    (add_column, "tables:schema_mismatches", 1, "columns", "warn"),
    (no_room_for_objects, "objects:round_trip", None, "ms", "fail"),
    (no_room_for_tables, "warehouse:round_trip", None, "ms", "fail"),
    (lose_object, "objects:latency", None, "ms", "fail"),
    (revoke_subscription, "bus:latency", None, "ms", "fail"),
    (change_variable, "config:release_differences", 1, "keys", "warn"),
]


@pytest.mark.proves("H7", "L5", "L21", "L23")
@pytest.mark.parametrize(
    ("fault", "key", "value", "unit", "status"), ON_ANALYTICS, ids=lambda v: getattr(v, "__name__", None)
)
def test_one_fault_is_one_check(league: Site, fault: Fault, key: str, value: Any, unit: str, status: str) -> None:
    with running(league, ANALYTICS) as app:
        assert failing(app.deep()) == {}
        fault(league)
        body = app.deep()
    assert failing(body) == {key: (value, unit)}
    assert body["checks"][key][0]["status"] == status
    assert body["checks"][key][0]["output"]


def artefact(site: Site) -> Path:
    (path,) = (site.home / "objects" / "models").rglob("*.zip")
    return path


def flip_byte(site: Site) -> None:
    packed = bytearray(artefact(site).read_bytes())
    packed[len(packed) // 2] ^= 1
    artefact(site).write_bytes(bytes(packed))


def lose_artefact(site: Site) -> None:
    artefact(site).unlink()


def other_library(site: Site) -> None:
    older = pl.col("library_versions").str.replace(r'"lightgbm": "[^"]+"', '"lightgbm": "0.0.1"')
    rewrite(site, MODELS, lambda rows: rows.with_columns(older))


def other_golden(site: Site) -> None:
    """A model that does not give what its card says it gave when it was trained."""
    backends = site.backends()
    packed = artefact(site).read_bytes()
    card = card_of(packed)
    moved = identified(replace(card, golden_means=tuple(mean + 0.5 for mean in card.golden_means)), _trees(packed))
    again = pack(moved)
    backends.objects.put("models/other.zip", again)
    row = registry_row(Artefact(moved.card, moved.trees), again, "models/other.zip", NOW + timedelta(hours=1))
    backends.warehouse.write(MODELS, row, Stamp("test", NOW))


def _trees(packed: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read("trees.txt").decode()


def other_contract(site: Site) -> None:
    """Features of yesterday that another version of the code built."""
    backends = site.backends()
    stored = backends.warehouse.read(NBA_FEATURE_TABLE)
    day = site.clock.now().date() - timedelta(days=1)
    stale = stored.head(1).with_columns(pl.lit("0" * 12).alias("feature_hash"), pl.lit(day).alias("game_day"))
    backends.warehouse.write(NBA_FEATURE_TABLE, stale, Stamp("test", NOW))


@pytest.mark.proves("H7", "I7", "S7", "L42", "L43")
@pytest.mark.parametrize(
    ("fault", "key", "value", "unit"),
    [
        (flip_byte, "models:unloaded", 1, "models"),
        (lose_artefact, "models:unloaded", 1, "models"),
        (other_library, "models:unloaded", 1, "models"),
        (other_golden, "models:golden_difference", pytest.approx(0.5), "stat units"),
        (other_contract, "features:contract_mismatches", 1, "hashes"),
    ],
    ids=lambda v: getattr(v, "__name__", None),
)
def test_one_fault_of_a_model_is_one_check(trained: Site, fault: Fault, key: str, value: Any, unit: str) -> None:
    with running(trained, WORKER) as app:
        assert failing(app.deep()) == {}
        fault(trained)
        assert failing(app.deep()) == {key: (value, unit)}


@pytest.mark.proves("H7")
@pytest.mark.parametrize(("seconds", "status"), [(0.5, "pass"), (2, "warn"), (-11, "fail")])
def test_a_clock_that_differs_from_the_stores_is_seen(league: Site, seconds: float, status: str) -> None:
    store = FixedClock(league.clock.now() + timedelta(seconds=seconds))
    skewed = replace(ANALYTICS, open=partial(open_resources, ANALYTICS.entry, clock=league.clock, store_clock=store))
    with served(create_app(skewed, league.conditions(ANALYTICS.entry))) as client:
        body = Running(league, ANALYTICS.entry, client).deep()
    assert body["checks"]["clock:skew"][0]["status"] == status
    assert failing(body) == ({} if status == "pass" else {"clock:skew": (abs(seconds), "s")})


@pytest.mark.proves("H7", "L18")
def test_a_missing_variable_is_the_one_thing_that_is_wrong(league: Site) -> None:
    league.variables |= {"PROPCAST_ENVIRONMENT": "staging", "PROPCAST_BACKEND": "local"}
    app = create_app(ANALYTICS, league.conditions(ANALYTICS.entry))
    with served(app, is_open=False) as client:
        eventually(lambda: {*failing(client.get("/ready").json())} == {"config:missing_variables"})
        answer, functional = client.get("/ready"), client.post("/process", content=b"")
    assert (answer.status_code, failing(answer.json())) == (503, {"config:missing_variables": (1, "variables")})
    assert functional.status_code in (401, 503)


@pytest.mark.proves("H7")
def test_a_variable_that_nobody_knows_is_named_with_the_nearest_one(league: Site) -> None:
    league.variables["PROPCAST_TOPIC_ANALYTICS_REDY"] = "x"
    with running(league, ANALYTICS) as app:
        body = app.deep()
    assert failing(body) == {"config:missing_variables": (1, "variables")}
    assert "PROPCAST_TOPIC_ANALYTICS_READY" in body["checks"]["config:missing_variables"][0]["output"]


@pytest.mark.proves("H7")
def test_elsewhere_a_revision_that_is_not_on_record_is_not_ready(league: Site) -> None:
    def elsewhere(environ: Mapping[str, str], clock: Clock | None = None) -> Resources:
        found = open_resources(ANALYTICS.entry, environ, clock)
        return replace(found, identity=replace(found.identity, environment="staging", revision="not on record"))

    with running(league, replace(ANALYTICS, open=elsewhere)) as app:
        assert failing(app.deep()) == {"config:release_differences": (None, "keys")}


AGES = [
    (precompute_processor.SERVICE, "features:age", 12 * 60),
    (prediction_coordinator.SERVICE, "lines:age", 60),
    (analytics_processor.SERVICE, "sources:age", 24 * 60),
]


@pytest.mark.proves("H7", "L6")
@pytest.mark.parametrize(("service", "key", "sla_min"), AGES, ids=lambda v: v if isinstance(v, str) else None)
def test_what_is_late_for_games_to_come_is_stale_and_the_service_goes_on(
    featured: Site, service: Any, key: str, sla_min: int
) -> None:
    events = featured.backends().warehouse.read(EVENTS, [In("game_day", (NBA_DAY.date,)), In("sport", (Sport.NBA,))])
    first: datetime = min(events["starts_at"].drop_nulls().to_list())
    seen = []
    for before in (timedelta(hours=7), timedelta(minutes=1)):
        featured.clock.instant = first - before
        with running(featured, service) as app:
            body = app.ready()
        (entry,) = body["checks"][key]
        seen.append((entry["observedValue"], entry["status"], body["status"]))
    assert seen[0] == (0, "pass", "pass")
    assert entry["observedUnit"] == "min"
    assert (seen[1][1] != "pass") is (seen[1][0] >= sla_min)
    assert seen[1][2] in ("pass", "warn")
