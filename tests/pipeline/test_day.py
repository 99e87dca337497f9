"""One game day of the hand-written leagues, from raw tables to a published slate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.port import Transaction
from propcast.backends.state.records import CURRENT_SLATES, StepState
from propcast.backends.state.sqlite import SqliteState
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.errors import NotReady, PropCastError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.day import DayReport, published, run_day
from propcast.pipeline.steps import Step, StepResult, StepStore, run_step
from propcast.tables.forecasts import DECISIONS, PREDICTIONS
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.reference import PLAYER_ALIASES, REF_PLAYERS
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES

T = TypeVar("T")

DAYS = pytest.mark.parametrize(("sport", "day"), [(Sport.NBA, NBA_DAY), (Sport.MLB, MLB_DAY)])


@DAYS
def test_every_quoted_participant_and_line_has_a_forecast_or_a_reason(
    played_home: Backends, sport: Sport, day: GameDay
) -> None:
    report = run_day(played_home, sport, day)
    quotes = played_home.warehouse.read(RAW_QUOTES, [In("game_day", (day.date,)), In("sport", (sport,))])
    asked = quotes.filter(pl.col("observed_at").is_not_null()).select("event_id", "subject", "market").unique()
    champion = report.predictions.filter((pl.col("system") == CHAMPION) & pl.col("is_quoted"))
    answered = champion.select("event_id", pl.col("participant_id").alias("subject"), "market").unique()
    assert asked.height > 0
    assert asked.join(answered, on=asked.columns, how="anti").is_empty()
    silent = champion.filter((pl.col("status") != "forecast") & (pl.col("reasons").list.len() == 0))
    assert silent.is_empty()


@DAYS
def test_sums_close(played_home: Backends, sport: Sport, day: GameDay) -> None:
    for row in run_day(played_home, sport, day).sums().iter_rows(named=True):
        assert row["quoted"] == row["forecast"] + row["abstained"]
        assert row["lines"] >= row["priced"]


@DAYS
def test_running_again_changes_nothing(league_home: Backends, sport: Sport, day: GameDay) -> None:
    first = run_day(league_home, sport, day)
    batch = league_home.ledger.current(sport, day)
    second = run_day(league_home, sport, day)
    assert second.steps()["new"].sum() == 0
    assert league_home.ledger.current(sport, day) == batch
    assert second.predictions.equals(first.predictions)


@pytest.mark.proves("L37")
def test_every_line_stands_on_a_quote(played_home: Backends) -> None:
    """No line is invented: each predicted line was offered for that participant and market."""
    predictions = run_day(played_home, Sport.NBA, NBA_DAY).predictions.filter(pl.col("line").is_not_null())
    offered = played_home.warehouse.read(RAW_QUOTES, [In("game_day", (NBA_DAY.date,))]).select(
        "event_id", pl.col("subject").alias("participant_id"), "market", "line"
    )
    assert predictions.height > 0
    assert predictions.join(offered, on=offered.columns, how="anti").is_empty()


@pytest.mark.proves("E5", "L38")
def test_no_quote_at_or_after_the_start_is_used(played_home: Backends) -> None:
    run_day(played_home, Sport.NBA, NBA_DAY)
    predictions, _ = published(played_home, Sport.NBA, NBA_DAY)
    quotes = played_home.warehouse.read(RAW_QUOTES, [In("game_day", (NBA_DAY.date,))])
    used = predictions.select(pl.col("over_quote_id").alias("quote_id"), "starts_at", "as_of").drop_nulls()
    seen = used.join(quotes.select("quote_id", "observed_at"), on="quote_id", how="left", validate="m:1")
    assert seen.height > 0
    assert seen.select(
        ((pl.col("observed_at") <= pl.col("as_of")) & (pl.col("as_of") < pl.col("starts_at"))).all()
    ).item()


@pytest.mark.proves("E4")
def test_one_current_prediction_per_key(played_home: Backends) -> None:
    predictions = run_day(played_home, Sport.NBA, NBA_DAY).predictions
    key = ["event_id", "participant_id", "market", "line", "system"]
    assert predictions.select(key).is_duplicated().sum() == 0


def test_a_player_without_a_quote_keeps_his_distribution(played_home: Backends) -> None:
    run_day(played_home, Sport.NBA, NBA_DAY)
    predictions, _ = published(played_home, Sport.NBA, NBA_DAY)
    unquoted = predictions.filter((pl.col("status") == "no_line") & (pl.col("system") == "moving_average"))
    assert unquoted.height > 0
    assert unquoted["mean"].null_count() == 0
    assert unquoted["line"].null_count() == unquoted.height


def test_a_day_without_games_is_a_success_that_says_so(league_home: Backends) -> None:
    report = run_day(league_home, Sport.NBA, NO_GAMES)
    grid = league_home.ledger.expected(Sport.NBA, NO_GAMES)
    assert report.predictions.is_empty()
    assert {cell.state for cell in grid} == {StepState.EMPTY_OK}
    assert {cell.reason for cell in grid} == {"no games"}


def test_an_empty_home_says_what_to_do(empty_home: Backends) -> None:
    with pytest.raises(NotReady, match="propcast import"):
        run_day(empty_home, Sport.NBA, NBA_DAY)


def test_round_trips_do_not_grow_with_the_number_of_players(played_home: Backends) -> None:
    small = run_day(played_home, Sport.MLB, MLB_DAY)
    large = run_day(played_home, Sport.NBA, NBA_DAY)
    assert large.predictions.height > 3 * small.predictions.height
    for report in (small, large):
        assert all(built.result.round_trips <= 25 for built in report.built)


class StateThatDies(SqliteState):
    """A store whose machine goes down at the moment of publishing."""

    def transact(self, work: Callable[[Transaction], T]) -> T:
        def cut_short(tx: Transaction) -> T:
            result = work(tx)
            if CURRENT_SLATES in getattr(tx, "touched", ()):
                raise OSError("power cut")
            return result

        return super().transact(cut_short)


def test_a_crash_before_publishing_leaves_nothing_visible(league_home: Backends) -> None:
    """Rows are written first; readers follow the pointer, which flips in one transaction or not at all."""
    dying = replace(league_home, state=StateThatDies(league_home.settings.home / "state.sqlite", league_home.clock))
    with pytest.raises(OSError, match="power cut"):
        run_day(dying, Sport.NBA, NBA_DAY)
    assert league_home.warehouse.count(PREDICTIONS) > 0
    assert league_home.ledger.current(Sport.NBA, NBA_DAY) is None
    assert published(league_home, Sport.NBA, NBA_DAY)[0].is_empty()
    recovered = run_day(league_home, Sport.NBA, NBA_DAY)
    assert recovered.predictions.height == league_home.warehouse.count(PREDICTIONS)
    assert recovered.decisions.height == league_home.warehouse.count(DECISIONS)


def test_the_grid_counts_every_game(played_home: Backends) -> None:
    run_day(played_home, Sport.NBA, NBA_DAY)
    cells = [cell for cell in played_home.ledger.expected(Sport.NBA, NBA_DAY) if cell.step == "predictions"]
    assert cells
    assert [cell.actual for cell in cells] == [cell.expected for cell in cells]
    assert {cell.state for cell in cells} == {StepState.DONE}


def test_an_earlier_as_of_sees_fewer_quotes(played_home: Backends) -> None:
    late = run_day(played_home, Sport.NBA, NBA_DAY)
    early = run_day(played_home, Sport.NBA, NBA_DAY, as_of=datetime(2024, 12, 7, 12, tzinfo=UTC))
    assert quoted_rows(early) < quoted_rows(late)


def quoted_rows(report: DayReport) -> int:
    """How many rows of the day are about somebody quoted."""
    return report.predictions.filter("is_quoted").height


def test_a_step_may_only_touch_what_it_declares(empty_home: Backends) -> None:
    step = Step("careless", reads=(REF_PLAYERS,), writes=())

    def work(store: StepStore) -> StepResult:
        store.read(PLAYER_ALIASES)
        return StepResult(StepState.DONE)

    with pytest.raises(PropCastError, match="without declaring it"):
        run_step(empty_home, step, Sport.NBA, None, work)


def test_a_failed_attempt_closes_its_ledger_row_with_the_reason(empty_home: Backends) -> None:
    def work(store: StepStore) -> StepResult:
        raise NotReady("the box is not final")

    with pytest.raises(NotReady):
        run_step(empty_home, Step("waiting", (), ()), Sport.NBA, NBA_DAY, work)
    run = empty_home.ledger.runs()[0]
    assert (run.outcome, run.reason) == (StepState.NOT_READY, "NotReady: the box is not final")
    assert run.closed_at is not None


def test_a_corrected_input_makes_a_new_batch_beside_the_old_one(played_home: Backends) -> None:
    first = run_day(played_home, Sport.MLB, MLB_DAY)
    quotes = played_home.warehouse.read(RAW_QUOTES, [In("game_day", (MLB_DAY.date,))])
    later = quotes.filter(pl.col("is_open")).sort("observed_at").tail(1)
    seen = pl.col("observed_at") + pl.duration(seconds=1)
    moved = later.with_columns(over_price=pl.lit(-150, pl.Int64), observed_at=seen)
    played_home.warehouse.write(RAW_QUOTES, moved, Stamp("late", datetime(2025, 7, 1, tzinfo=UTC)))
    second = run_day(played_home, Sport.MLB, MLB_DAY, as_of=later["starts_at"][0])
    assert second.predictions["batch_id"][0] != first.predictions["batch_id"][0]
    batches = played_home.warehouse.read(PREDICTIONS, [In("game_day", (MLB_DAY.date,))])["batch_id"].n_unique()
    assert batches == 2


def test_an_event_that_has_started_is_not_forecast(played_home: Backends) -> None:
    starts = played_home.warehouse.read(RAW_QUOTES, [In("game_day", (MLB_DAY.date,))])["starts_at"]
    report = run_day(played_home, Sport.MLB, MLB_DAY, as_of=starts.max())  # type: ignore[arg-type]
    assert report.predictions.height > 0
    assert report.predictions["status"].unique().to_list() == ["abstained"]
    assert report.predictions["reasons"].list.contains("GAME_STARTED").all()
