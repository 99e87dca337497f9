"""The slates of the hand-written leagues, and what is published of them when nothing goes wrong."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.port import In
from propcast.backends.world_clock import start_world_clock
from propcast.core.gameday import GameDay
from propcast.core.markets import market
from propcast.core.sport import Sport
from propcast.forecast.training import ROUNDS
from propcast.pipeline.backfill import ensure_analytics, looked_at, run_lines
from propcast.pipeline.day import run_day
from propcast.pipeline.span import Span
from propcast.pipeline.sports import plan_of
from propcast.pipeline.training import train_market
from propcast.tables.content import frame_hash
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.registry import ALL
from propcast.tables.schema import Table
from tests.pipeline.conftest import FEW_TREES, NBA_DAY, load, open_home, raw_frames

MOMENTS = (timedelta(hours=5), timedelta(minutes=20))
"""Each day is forecast so long before its first event."""
TODAY = datetime(2035, 8, 15, 12, tzinfo=UTC)
"""Seasons after the leagues: what the scheduler asks for by itself, at a moment that nobody knows, changes no table."""
_TAG = "batch_id"
_IN_ORDER_OF_TIME = ("grades", "closing_lines", "scorecards", PREDICTIONS.name, DECISIONS.name)
"""What these hold depends on which slate came first, or on tags; slates are compared one by one instead."""


@dataclass(frozen=True)
class Kick:
    """One slate to be made: a game day as of a moment."""

    sport: Sport
    day: GameDay
    as_of: datetime


@dataclass(frozen=True)
class Content:
    """What a reader sees of a slate, whatever tag it was found by."""

    batch_id: str
    predictions: str
    decisions: str
    ids: frozenset[str]


@dataclass(frozen=True)
class Undisturbed:
    """The same slates from one process that nothing disturbs.

    Attributes:
        slates: the content after each kick.
        tables: content hashes of every table that is built on the way.
    """

    slates: Mapping[Kick, Content]
    tables: Mapping[str, str]


def open_now(home: Path) -> Backends:
    """Open a home in its present."""
    return compose(Settings(home=home, history=home / "none"))


def make_template(home: Path) -> None:
    """Import both leagues and fit one small model, so that some batches pin a model and others none.

    The line book of every day stands from the start: whoever makes days at once would otherwise build a neighbour's as
    history or not, as it happens.
    """
    backends = load(open_home(home), raw_frames())
    run_day(backends, Sport.NBA, NBA_DAY)
    for sport in Sport:
        days = [kick.day for kick in kicks_of(backends) if kick.sport is sport]
        span, plan = Span(sport, min(days), max(days)), plan_of(sport)
        ensure_analytics(backends, plan, looked_at(plan, span.seasons))
        assert run_lines(backends, plan, span).result.rows["consensus_lines"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ROUNDS, Sport.NBA, FEW_TREES)
        train_market(backends, Sport.NBA, market("points"), NBA_DAY)
    start_world_clock(home, TODAY)


def kicks_of(backends: Backends, n: int | None = None) -> list[Kick]:
    """Return `n` slates at most: the days of both sports in turn, each at all moments in order of time."""
    quotes = backends.warehouse.read(RAW_QUOTES, columns=["sport", "game_day", "starts_at"])
    firsts = quotes.group_by("sport", "game_day").agg(pl.col("starts_at").min()).sort("game_day", "sport")
    by_sport = {sport: list(firsts.filter(sport=sport.value).iter_rows()) for sport in Sport}
    days = [day for pair in zip(*by_sport.values(), strict=False) for day in pair]
    kicks = [Kick(Sport(sport), GameDay(day), start - lead) for sport, day, start in days for lead in MOMENTS]
    return kicks[:n]


def undisturbed(template: Path, home: Path, kicks: Iterable[Kick]) -> Undisturbed:
    """Run the slates in one process, one after the other."""
    shutil.copytree(template, home)
    backends, slates = open_now(home), dict[Kick, Content]()
    for kick in kicks:
        run_day(backends, kick.sport, kick.day, as_of=kick.as_of)
        content = content_of(backends, kick.sport, kick.day)
        assert content is not None, f"{kick} published nothing"
        slates[kick] = content
    return Undisturbed(slates, table_hashes(backends))


def content_of(backends: Backends, sport: Sport, day: GameDay) -> Content | None:
    """Return what is current; None when nothing is."""
    current = backends.ledger.current(sport, day)
    if current is None:
        return None
    where = [In("game_day", (day.date,)), In(_TAG, (current.tag,))]
    predictions, decisions = (backends.warehouse.read(table, where) for table in (PREDICTIONS, DECISIONS))
    return Content(
        current.batch_id,
        frame_hash(predictions, _said(PREDICTIONS)),
        frame_hash(decisions, _said(DECISIONS)),
        frozenset(predictions["prediction_id"]),
    )


def table_hashes(backends: Backends) -> dict[str, str]:
    """Return the content hash of every table that slates are made from."""
    built = [table for table in ALL.values() if table.name not in _IN_ORDER_OF_TIME]
    return {table.name: backends.warehouse.content_hash(table) for table in built}


def doubled(backends: Backends) -> int:
    """Return how many forecasts are stored twice under one tag, whether a reader sees them or not."""
    rows = backends.warehouse.read(PREDICTIONS, columns=[_TAG, "prediction_id"])
    return int(rows.is_duplicated().sum() - rows.filter(rows.is_duplicated()).n_unique())


def days_of(kicks: Sequence[Kick]) -> list[list[Kick]]:
    """Return the kicks of each day, in order of time."""
    found: dict[tuple[Sport, GameDay], list[Kick]] = {}
    for kick in kicks:
        found.setdefault((kick.sport, kick.day), []).append(kick)
    return list(found.values())


def _said(table: Table) -> list[str]:
    return [name for name in table.content_columns if name != _TAG]
