"""Settles a game day: what happened, how every prediction did, and whether the sums close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.lines import closing_lines
from propcast.core.markets import market
from propcast.core.settlement import settle
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.grid import settle_cells
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.queries import require_current
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.analytics import EVENTS
from propcast.tables.forecasts import CLOSING_LINES, DECISIONS, GRADES, PREDICTIONS
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES

GRADED_AT_HOUR = 12
"""Grading a past day behaves as if run at this hour UTC of the day after."""


@dataclass(frozen=True)
class GradeReport:
    """How one day settled; `sums` per participant and per (participant, line), for every system."""

    sport: Sport
    game_day: GameDay
    batch_id: str
    result: StepResult
    sums: pl.DataFrame
    scores: pl.DataFrame

    def tables(self) -> list[tuple[str, pl.DataFrame, dict[str, str]]]:
        """Return titled frames with the columns to print: the sums of the champion, the scores of everybody."""
        parts = ("quoted", "forecast", "abstained", "settled", "void", "open")
        people = {"market": "market", **{part: part for part in parts}}
        lines = {"market": "market", **{f"lines_{part}": part for part in parts}}
        champion = self.sums.filter(pl.col("system") == CHAMPION)
        scored = {"market": "market", "system": "system", "n": "n", "mae": "MAE", "bias": "bias", "crps": "CRPS",
                  "log_score": "log loss", "market_log_score": "market's"}  # fmt: skip
        return [
            (f"{CHAMPION}: quoted participants", champion, people),
            (f"{CHAMPION}: quoted lines", champion, lines),
            ("At the modal line, who played", self.scores, scored),
        ]

    def sentence(self) -> str:
        """Return whether everything is settled, in words."""
        return f"{self.sport.upper()} {self.game_day}: {self.result.state}" + (
            f" ({self.result.reason})" if self.result.reason else ", every quoted participant is settled or void"
        )


def grade_step(plan: SportPlan) -> Step:
    """Return the step that settles a day."""
    return Step(
        f"{plan.sport}/grade",
        (PREDICTIONS, DECISIONS, EVENTS, plan.results, RAW_QUOTES, RAW_QUOTE_POLLS),
        (GRADES, CLOSING_LINES),
    )


def grade_day(backends: Backends, sport: Sport, day: GameDay) -> GradeReport:
    """Settle the current slate of a day, from results known at noon UTC of the day after; again changes nothing.

    Raises:
        NotReady: nothing was published for the day.
    """
    slate, plan = require_current(backends, sport, day), plan_of(sport)
    graded: list[pl.DataFrame] = []

    def work(store: StepStore) -> StepResult:
        grades = settle_day(store, plan, day, slate.tag)
        graded.append(grades)
        events = [cell.event_id for cell in backends.ledger.expected(sport, day) if cell.step == "grades"]
        return _closed(plan, day, events, grades)

    result = run_step(backends, grade_step(plan), sport, day, work)
    return GradeReport(sport, day, slate.batch_id, result, sums(graded[0]), scores(graded[0]))


def settle_day(store: StepStore, plan: SportPlan, day: GameDay, publication: str) -> pl.DataFrame:
    """Settle every prediction of a publication, store grades and closes, and return the grades with `is_quoted`."""
    today = [In("game_day", (day.date,)), In("sport", (plan.sport,))]
    of_batch = [*today, In("batch_id", (publication,))]
    predictions, decisions = store.read(PREDICTIONS, of_batch), store.read(DECISIONS, of_batch)
    events = store.read(EVENTS, [In("season", (day.season(plan.sport),)), *today])
    quotes, polls = store.read(RAW_QUOTES, today), store.read(RAW_QUOTE_POLLS, today)
    closing = CLOSING_LINES.conform(closing_lines(quotes, polls, events))
    known_at = day.plus(1).at_utc(GRADED_AT_HOUR)
    outcomes = results(plan, predictions, events, _played(store, plan, day, known_at), known_at)
    grades = GRADES.conform(settle(predictions, decisions, outcomes, closing))
    store.write(CLOSING_LINES, closing)
    store.write(GRADES, grades)
    return grades.join(predictions.select("prediction_id", "is_quoted"), on="prediction_id", validate="1:1")


def results(
    plan: SportPlan, predictions: pl.DataFrame, events: pl.DataFrame, played: pl.DataFrame, known_at: datetime
) -> pl.DataFrame:
    """Return what came of every (event, participant, market) that was predicted.

    Who is missing from a game that has player rows did not take part; a game without any has no source and stays
    open; a game that was never played is void.
    """
    asked = predictions.select("event_id", "participant_id", "market").unique(maintain_order=True)
    counted = pl.concat([_counts(played, name) for name in asked["market"].unique().sort().to_list()])
    has_rows = played.select("event_id").unique().with_columns(pl.lit(value=True).alias("has_rows"))
    status = events.select("event_id", "status")
    found = (
        asked.join(counted, on=["event_id", "participant_id", "market"], how="left", validate="1:1")
        .join(has_rows, on="event_id", how="left")
        .join(status, on="event_id", how="left")
    )
    unplayed = pl.col("status") == "unplayed"
    is_final = pl.col("has_rows").fill_null(value=False) | unplayed
    return found.select(
        "event_id",
        "participant_id",
        "market",
        "actual",
        pl.col("action").fill_null(value=False),
        pl.when(is_final & pl.col("action").is_null())
        .then(pl.when(unplayed).then(pl.lit("GAME_POSTPONED")).otherwise(pl.lit(plan.void_reason)))
        .alias("void_reason"),
        is_final.alias("is_final"),
        pl.lit(value=True).alias("single_source"),
        pl.lit(known_at, pl.Datetime("us", "UTC")).alias("observed_at"),
    )


def sums(grades: pl.DataFrame) -> pl.DataFrame:
    """Return, per system and market, how many participants and lines were asked, forecast, settled and void."""
    quoted = grades.filter("is_quoted").with_columns(
        pl.struct("event_id", "participant_id", "line").alias("bet"),
        pl.struct("event_id", "participant_id").alias("who"),
    )
    has_line = pl.col("line").is_not_null()
    is_forecast, is_void = pl.col("status") == "forecast", pl.col("outcome") == "void"
    settled = pl.col("actual").is_not_null()
    named = {"quoted": pl.lit(value=True), "forecast": is_forecast, "abstained": ~is_forecast, "settled": settled,
             "void": is_void, "open": ~settled & ~is_void}  # fmt: skip
    return (
        quoted.group_by("market", "system")
        .agg(
            *(pl.col("who").filter(keep).n_unique().alias(name) for name, keep in named.items()),
            *(pl.col("bet").filter(keep & has_line).n_unique().alias(f"lines_{name}") for name, keep in named.items()),
        )
        .sort("market", pl.col("system") != CHAMPION, "system")
    )


def scores(grades: pl.DataFrame) -> pl.DataFrame:
    """Return each system's errors over who played at the modal line, beside the market on the same rows."""
    modal = grades.filter(pl.col("is_modal_line") & pl.col("actual").is_not_null() & (pl.col("status") == "forecast"))
    return (
        modal.group_by("market", "system")
        .agg(
            pl.len().alias("n"),
            pl.col("abs_error").mean().alias("mae"),
            pl.col("error").mean().alias("bias"),
            pl.col("crps").mean(),
            pl.col("log_score").mean(),
            pl.col("market_log_score").mean(),
        )
        .sort("market", pl.col("system") != CHAMPION, "system")
    )


def _played(store: StepStore, plan: SportPlan, day: GameDay, known_at: datetime) -> pl.DataFrame:
    rows = store.read(plan.results, [In("season", (day.season(plan.sport),)), In("game_day", (day.date,))])
    return rows.filter(plan.took_part & (pl.col("observed_at") <= known_at)).with_columns(
        (pl.lit(f"{plan.sport}:") + pl.col("player_id").cast(pl.String)).alias("participant_id")
    )


def _counts(played: pl.DataFrame, name: str) -> pl.DataFrame:
    return played.select(
        "event_id",
        "participant_id",
        pl.lit(name).alias("market"),
        market(name).stat_expr().alias("actual"),
        pl.lit(value=True).alias("action"),
    )


def _closed(plan: SportPlan, day: GameDay, events: Sequence[str], grades: pl.DataFrame) -> StepResult:
    """Sums must close: what was forecast is settled, void or still open, event by event."""
    champion = grades.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
    done = champion.filter(pl.col("outcome").is_in(["pending", "unresolved"]).not_())
    owed, got = (dict(frame.group_by("event_id").len().iter_rows()) for frame in (champion, done))
    cells = settle_cells(plan.sport, day, "grades", dict.fromkeys(events, 0) | owed, got, "nothing to settle")
    open_rows = champion.height - done.height
    state = StepState.DEGRADED if open_rows else StepState.DONE
    outcomes = dict(grades.filter(pl.col("system") == CHAMPION).group_by("outcome").len().iter_rows())
    note = f"{open_rows} row{'' if open_rows == 1 else 's'} without a result" if open_rows else ""
    return StepResult(state, note, outcomes, cells)
