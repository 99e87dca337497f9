"""Small tables of every rule, and literal rows for them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from propcast.backends.warehouse.port import Condition, In, Stamp, Warehouse, WriteResult
from propcast.tables.schema import Check, Rule, Table, count, day, instant, number, text, texts

NOON = datetime(2025, 10, 24, 12, tzinfo=UTC)
MONDAY = date(2025, 10, 20)
TUESDAY = MONDAY + timedelta(days=1)

STATES = Table(
    "states",
    "one state of one thing",
    (
        *text("thing", "season"),
        *day("game_day"),
        *count("n", null=True),
        *number("value", low=0, high=100, unit="stat", null=True),
        *text("note", null=True),
        *texts("tags"),
        *instant("observed_at", null=True),
    ),
    key=("thing",),
    partition="season",
    rule=Rule.LOG,
    checks=(Check("value is above n", pl.col("value") <= pl.col("n")),),
)
QUOTES = replace(STATES, name="quotes", key=("thing", "observed_at"), partition="game_day")
SLICES = replace(STATES, name="slices", rule=Rule.SET, key=("thing", "game_day"))
LATEST = replace(STATES, name="latest", rule=Rule.KEY)
SMALL = replace(LATEST, name="small", partition=None)
FACTS = replace(STATES, name="facts", rule=Rule.ONCE)
BY_RULE = (STATES, QUOTES, SLICES, LATEST, SMALL, FACTS)

FIRST = Stamp("run-1", NOON, "inputs-1")
SECOND = Stamp("run-2", NOON + timedelta(hours=1), "inputs-2")


def at(hours: float) -> datetime:
    """That many hours after noon."""
    return NOON + timedelta(hours=hours)


def row(thing: str, value: float | None = 1.0, hour: float | None = 0, **changes: object) -> dict[str, object]:
    """One row of any sample table."""
    observed = None if hour is None else at(hour)
    plain = {"season": "2025", "game_day": MONDAY, "n": None, "note": None, "tags": []}
    return {"thing": thing, "value": value, **plain, "observed_at": observed, **changes}


def frame(*rows: dict[str, object], table: Table = STATES) -> pl.DataFrame:
    """A frame of the table from literal rows."""
    return pl.DataFrame(list(rows), schema=table.schema, orient="row")


SEASON_2025 = (In("season", ("2025",)),)


def put(warehouse: Warehouse, table: Table, *rows: dict[str, object], scope: tuple[Condition, ...] = ()) -> WriteResult:
    """Write literal rows; a SET without a scope replaces season 2025."""
    scope = scope or (SEASON_2025 if table.rule is Rule.SET else ())
    return warehouse.write(table, frame(*rows, table=table), FIRST, scope=scope)


def counts(result: WriteResult) -> tuple[int, int, int, int]:
    return result.written, result.unchanged, result.merged, result.removed


def values(warehouse: Warehouse, table: Table, *where: Condition) -> dict[str, float | None]:
    rows = warehouse.read(table, where, columns=["thing", "value"])
    return dict(rows.iter_rows())
