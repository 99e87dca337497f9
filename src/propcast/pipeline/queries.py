"""What people ask of a published slate: one row per participant and line, with the decision beside the forecast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate, StepState
from propcast.backends.warehouse.port import Condition, In
from propcast.core.errors import InputError, NotReady, did_you_mean
from propcast.core.gameday import GameDay
from propcast.core.markets import market as declared_market
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.steps import WHOLE_DAY
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import DECISIONS, PREDICTIONS

Rows = Callable[[CurrentSlate, str], pl.DataFrame]
"""Returns the rows of a published batch and system."""

BETS = ("OVER", "UNDER")
EVER = (GameDay.parse("1900-01-01"), GameDay.parse("2999-12-31"))
"""The first and last game day that a question about all days looks at."""


@dataclass(frozen=True)
class SlateView:
    """The current slate; `batch_id` is None on a day without games.

    Attributes:
        rows: PREDICTIONS with `game` (away@home) and the decision: `decision`, `stake`, `edge`, `decision_reasons`.
    """

    sport: Sport
    game_day: GameDay
    batch_id: str | None
    rows: pl.DataFrame
    published_at: datetime | None = None

    def title(self) -> str:
        """Return a heading with the counts that matter."""
        if self.batch_id is None:
            return f"{self.sport.upper()} {self.game_day} · no games"
        bets = self.rows.filter(pl.col("decision").is_in(BETS)).height
        counts = f"{self.rows.height:,} rows · {bets} bets · batch {self.batch_id[:12]}"
        return f"{self.sport.upper()} {self.game_day} · {counts}"

    def shown(self) -> pl.DataFrame:
        """Return the rows as a table prints them: the better side's price, EV and stake in percent, two reasons."""
        over = pl.col("ev_over").fill_null(-9) >= pl.col("ev_under").fill_null(-9)
        why = pl.concat_list("reasons", pl.col("decision_reasons").fill_null([])).list.unique(maintain_order=True)
        return self.rows.with_columns(
            pl.when(over).then(pl.lit("OVER")).otherwise(pl.lit("UNDER")).alias("best_side"),
            pl.when(over).then("over_price").otherwise("under_price").alias("best_price"),
            pl.when(over).then("over_book").otherwise("under_book").alias("best_book"),
            pl.max_horizontal("ev_over", "ev_under").alias("best_ev"),
            why.alias("all_reasons"),
        ).with_columns(
            pl.format("{} {} {}", pl.col("best_side").str.slice(0, 1), signed(pl.col("best_price")), "best_book").alias(
                "best"
            ),
            (100 * pl.col("best_ev")).alias("ev_pct"),
            (100 * pl.col("stake")).alias("stake_pct"),
            pl.col("all_reasons").list.head(2).list.join(" ").alias("why"),
        )

    def flat(self) -> pl.DataFrame:
        """Return the rows without lists, for CSV."""
        lists = [name for name, dtype in self.rows.schema.items() if isinstance(dtype, pl.List)]
        return self.rows.with_columns(pl.col(lists).list.join(" "))


def slate(
    backends: Backends,
    sport: Sport,
    day: GameDay,
    *,
    market: str | None = None,
    system: str | None = None,
    every_line: bool = False,
    rows: Rows | None = None,
) -> SlateView:
    """Return the current slate of a game day: one system (the champion), modal lines unless every line is wanted.

    A day that was run and had no games is a slate without rows. `rows` gives the rows of a batch and system where
    they are at hand; a published batch never changes.

    Raises:
        InputError: a market of another sport, or a system that forecasts nothing of it.
        NotReady: nothing is published for the day.
    """
    _require_market(sport, market)
    if without_games(backends, sport, day):
        return SlateView(sport, day, None, _beside(PREDICTIONS.empty(), DECISIONS.empty(), EVENTS.empty()))
    current = require_current(backends, sport, day)
    found = (rows or partial(batch_rows, backends))(current, system or CHAMPION)
    if found.is_empty() and system is not None:
        raise _unknown_system(backends, batch_of(current), system)
    asked = found.filter(pl.col("market") == market) if market else found
    return SlateView(sport, day, current.batch_id, _in_order(asked, every_line=every_line), current.published_at)


def batch_rows(backends: Backends, current: CurrentSlate, system: str = CHAMPION) -> pl.DataFrame:
    """Return all rows of one system in a published batch: PREDICTIONS with `game`, `starts_at` and the decision."""
    day, chosen = current.game_day, [*batch_of(current), In("system", (system,))]
    season = In("season", (day.season(current.sport),))
    events = backends.warehouse.read(EVENTS, [season, In("game_day", (day.date,))])
    read = backends.warehouse.read
    return _beside(read(PREDICTIONS, chosen), read(DECISIONS, chosen), events)


def require_publication(backends: Backends, sport: Sport, day: GameDay, tag: str = "") -> str:
    """Return the tag of a publication of the day, of the current one unless told.

    Raises:
        NotReady: nothing is published for the day, or not as that.
    """
    if not tag:
        return require_current(backends, sport, day).tag
    where = [In("game_day", (day.date,)), In("batch_id", (tag,)), In("sport", (sport,))]
    if not backends.warehouse.count(PREDICTIONS, where):
        raise NotReady(f"no slate of {sport} {day} is published as {tag}; leave the tag out for the current one")
    return tag


def require_current(backends: Backends, sport: Sport, day: GameDay) -> CurrentSlate:
    """Return the published slate.

    Raises:
        NotReady: there is none; the message says why and how to make one.
    """
    current = backends.ledger.current(sport, day)
    if current is None and without_games(backends, sport, day):
        raise NotReady(f"{sport} {day} had no games, so there is no slate; choose another day")
    if current is None:
        raise NotReady(
            f"no slate of {sport} {day} is published{_last_attempt(backends, sport, day)}; "
            f"run `propcast day --sport {sport} --date {day}` first"
        )
    return current


def without_games(backends: Backends, sport: Sport, day: GameDay) -> bool:
    """Tell whether the day was run and its schedule was empty."""
    grid = backends.ledger.expected(sport, day)
    return bool(grid) and all(cell.event_id == WHOLE_DAY and cell.state is StepState.EMPTY_OK for cell in grid)


def batch_of(current: CurrentSlate) -> tuple[In, In]:
    """Return the conditions that select a published batch."""
    return In("game_day", (current.game_day.date,)), In("batch_id", (current.tag,))


def signed(price: pl.Expr) -> pl.Expr:
    """Return American odds as text with their sign."""
    return pl.when(price > 0).then(pl.lit("+") + price.cast(pl.String)).otherwise(price.cast(pl.String))


def _last_attempt(backends: Backends, sport: Sport, day: GameDay) -> str:
    runs = backends.ledger.runs(sport, day, limit=1)
    return "".join(f" (last attempt: {run.step} {run.outcome or 'did not end'}, {run.reason})" for run in runs)


def _require_market(sport: Sport, name: str | None) -> None:
    if name is not None and declared_market(name).sport is not sport:
        raise InputError(f"{name} is a market of {declared_market(name).sport}, not of {sport}")


def _unknown_system(backends: Backends, batch: Sequence[Condition], system: str) -> InputError:
    known = backends.warehouse.read(PREDICTIONS, batch, columns=["system"])["system"].unique().sort().to_list()
    return InputError(f"no system {system!r} forecast this slate{did_you_mean(system, known)}")


def _beside(predictions: pl.DataFrame, decisions: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Join decisions and games to predictions; every prediction stays."""
    decided = decisions.select("prediction_id", "decision", "stake", "edge", decision_reasons="reasons")
    games = events.select("event_id", pl.concat_str("away", pl.lit("@"), "home").alias("game"))
    return predictions.join(decided, on="prediction_id", how="left", validate="1:1", maintain_order="left").join(
        games, on="event_id", how="left", validate="m:1", maintain_order="left"
    )


def _in_order(rows: pl.DataFrame, *, every_line: bool) -> pl.DataFrame:
    """Bets first, then by market and mean; without a choice of lines only the modal one."""
    no_bet = pl.col("decision").is_in(BETS).not_()
    chosen = rows if every_line else rows.filter("is_modal_line")
    return chosen.sort(no_bet, "market", pl.col("mean").neg(), "player_name", "line", nulls_last=True)
