"""The Slate page: what is published for a game day, filtered as its address says."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from propcast.apps.console.drawing import Spread, spread
from propcast.apps.console.environment import Console
from propcast.apps.console.panels import Panel, PanelState
from propcast.apps.console.slate_query import SORTS, SlateQuery
from propcast.apps.console.wording import sentence
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.reasons import Status
from propcast.core.sport import Sport
from propcast.pipeline.ages import read_moments
from propcast.pipeline.calendar import DayKind, Outlook, read_outlook
from propcast.pipeline.funnel import read_funnel
from propcast.pipeline.queries import BETS, EVER, SlateView
from propcast.pipeline.queries import slate as read_slate
from propcast.pipeline.standing import STAGES, StageState

NAME = "slate"
PAGE_ROWS = 100

_QUIET = {
    DayKind.NO_GAMES: "There are no games on this day.",
    DayKind.OFF_SEASON: "There are no games on this day: it is off-season.",
    DayKind.UNKNOWN: "Nothing is known of this day: no schedule that is stored reaches it.",
}


@dataclass(frozen=True)
class Neighbours:
    """The published game days around one, for going from one to the next."""

    before: GameDay | None
    after: GameDay | None
    latest: GameDay | None


@dataclass(frozen=True)
class Slate:
    """A slate as the page shows it.

    Attributes:
        view: the rows that meet the filters, in order.
        games: every game of the slate, by start.
        bets, abstained: of all rows of the slate, not only of those that meet the filters.
        scales: the largest value to draw, by market.
    """

    query: SlateQuery
    view: SlateView
    games: tuple[str, ...]
    all_rows: int
    bets: int
    abstained: int
    forecast_as_of: datetime | None
    scales: dict[str, float]

    @property
    def pages(self) -> int:
        """How many pages the table has."""
        return max(1, -(-self.view.rows.height // PAGE_ROWS))

    def shown(self) -> list[dict[str, Any]]:
        """Return the rows of the page that is asked for."""
        here = SlateView(self.view.sport, self.view.game_day, self.view.batch_id, self._slice())
        return here.shown().to_dicts()

    def spread(self, row: dict[str, Any]) -> Spread | None:
        """Return the drawing of one row."""
        return spread(row, self.scales.get(row["market"], 0.0))

    def _slice(self) -> pl.DataFrame:
        return self.view.rows.slice((min(self.query.page, self.pages) - 1) * PAGE_ROWS, PAGE_ROWS)


@dataclass(frozen=True)
class SlatePage:
    """The page: its game day, the days around it, and the slate as a panel."""

    sport: Sport
    game_day: GameDay
    neighbours: Neighbours
    outlook: Outlook
    slate: Panel[Slate]


def read(console: Console, query: SlateQuery, *, is_known: bool) -> Panel[SlatePage]:
    """Return the page; only a known reader learns why a slate is not there.

    Raises:
        InputError: a market that does not exist or is another sport's.
    """
    now, sport = console.clock.now(), query.sport
    published = [found.game_day for found in console.reads.ledger.current_between(sport, *EVER)]
    latest = max(published, default=None)
    day = GameDay(query.date) if query.date else latest or GameDay.of_instant(now)
    outlook = read_outlook(console.reads, sport, day, now)
    around = Neighbours(
        max((found for found in published if found < day), default=None),
        min((found for found in published if found > day), default=None),
        latest,
    )
    panel = _panel(console, query, outlook, now)
    if panel.content is None and outlook.kind is DayKind.GAMES and not is_known:
        panel = replace(panel, sentence="No slate of this day is published.")
    return Panel(NAME, PanelState.OK, now, SlatePage(sport, day, around, outlook, panel))


def _panel(console: Console, query: SlateQuery, outlook: Outlook, now: datetime) -> Panel[Slate]:
    """Return the slate; nothing published is no error."""
    sport, day = query.sport, outlook.game_day
    try:
        whole = read_slate(
            console.reads, sport, day, market=query.market, every_line=query.lines == "every", rows=console.rows
        )
    except NotReady as error:
        return Panel(NAME, PanelState.EMPTY, now, None, _QUIET.get(outlook.kind) or f"{sentence(str(error))}.")
    if whole.batch_id is None:
        return Panel(NAME, PanelState.EMPTY, now, None, _QUIET[DayKind.NO_GAMES])
    found = _slate(query, whole)
    state, told = _state(console, outlook, found)
    return Panel(NAME, state, whole.published_at, found, told)


def _slate(query: SlateQuery, whole: SlateView) -> Slate:
    rows = whole.rows
    view = SlateView(whole.sport, whole.game_day, whole.batch_id, _asked(rows, query), whole.published_at)
    top = rows.group_by("market").agg(pl.max_horizontal(pl.col("q90").max(), pl.col("line").max()).alias("top"))
    return Slate(
        query=query,
        view=view,
        games=tuple(rows.sort("starts_at", "game", nulls_last=True)["game"].drop_nulls().unique(maintain_order=True)),
        all_rows=rows.height,
        bets=rows.filter(pl.col("decision").is_in(BETS)).height,
        abstained=rows.filter(pl.col("status") != Status.FORECAST).height,
        forecast_as_of=rows["as_of"].max(),  # type: ignore[arg-type]
        scales=dict(top.drop_nulls().iter_rows()),
    )


def _asked(rows: pl.DataFrame, query: SlateQuery) -> pl.DataFrame:
    """Return the rows that the address asks for, in its order."""
    wanted = [pl.lit(value=True)]
    wanted += [pl.col("game") == query.game] if query.game else []
    wanted += [pl.col("decision").is_in(BETS)] if query.decision else []
    wanted += (
        [_plain_letters(pl.col("player_name")).str.contains(_plain(query.player), literal=True)] if query.player else []
    )
    kept = rows.filter(wanted)
    return kept.sort(SORTS[query.sort][1], nulls_last=True, maintain_order=True) if query.sort else kept


def _plain(name: str) -> str:
    return str(pl.select(_plain_letters(pl.lit(name))).item())


def _plain_letters(name: pl.Expr) -> pl.Expr:
    """Return names as people type them: small letters without accents."""
    return name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()


def _state(console: Console, outlook: Outlook, found: Slate) -> tuple[PanelState, str]:
    """Say what is missing from the slate, or that quotes are newer than its forecasts; what is missing comes first."""
    totals = read_funnel(console.reads, outlook.sport, outlook.game_day, console.rows).totals()
    stage = totals[STAGES.index("published")] if totals else None
    if stage is not None and stage.state in (StageState.PARTIAL, StageState.FAILED) and stage.owed:
        missing = stage.owed - (stage.got or 0)
        return PanelState.PARTIAL, f"{missing:,} of {stage.owed:,} quoted markets have no row in this slate."
    quotes = read_moments(console.reads, outlook.sport, outlook.game_day).quotes
    is_open = outlook.kind is DayKind.GAMES and outlook.next_start is not None
    if is_open and quotes and found.forecast_as_of and quotes > found.forecast_as_of:
        minutes = int((quotes - found.forecast_as_of).total_seconds() // 60)
        return PanelState.STALE, f"Quotes are {minutes:,} min newer than these forecasts."
    if not found.view.rows.height:
        return PanelState.EMPTY, "No line meets these filters." if found.all_rows else "Nobody was forecast."
    return PanelState.OK, ""
