"""Grading: everybody who was quoted is settled, void or open, once and for good."""

from datetime import timedelta
from functools import partial
from typing import Any

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.policy import Policy
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.day import run_day
from propcast.pipeline.grading import GradeReport, grade_day, results
from propcast.pipeline.sports import plan_of
from propcast.tables.forecasts import GRADES, PREDICTIONS
from propcast.tables.raw import RAW_QUOTES
from tests.league import mlb, nba, nba_quotes
from tests.pipeline.conftest import (
    GRADED,
    MLB_DAY,
    NBA_DAY,
    NO_GAMES,
    NOW,
    PARTLY_QUOTED,
    POSTPONED,
    RELIEVED,
    SCRATCHED,
)

PUSH_DAY = GameDay(
    next(
        game.day
        for game in nba_quotes.quoted_games()
        if game.round == nba_quotes.PUSH_ROUND and nba_quotes.PUSHED // 100 - 1 in (game.home, game.away)
    )
)

EAGER = partial(
    Policy, version="eager", min_ev=-1.0, min_edge=-1.0, min_p_plays=0.0, min_books=0, min_price=-10000,
    max_price=10000, min_lead_s=0.0, max_distance_sd=100.0, max_event_stake=1.0, max_slate_stake=1.0,
)  # fmt: skip
"""Bets whatever it can: so that bets win, lose and push."""

PARTS = ("forecast", "abstained", "settled", "void", "open")


def stored(backends: Backends, sport: Sport, day: GameDay) -> pl.DataFrame:
    """The stored grades of a day."""
    return backends.warehouse.read(GRADES, [In("game_day", (day.date,)), In("sport", (sport,))])


def offer_value_on_the_push(backends: Backends) -> None:
    """One book raises its price of the over on the line that the result will equal."""
    quotes = backends.warehouse.read(
        RAW_QUOTES, [In("subject", (f"nba:{nba_quotes.PUSHED}",)), In("book", ("northbook",))]
    )
    raised = quotes.filter((pl.col("market") == "points") & (pl.col("line") % 1 == 0)).with_columns(
        pl.lit("raised").alias("quote_id"),
        pl.col("observed_at") + pl.duration(hours=1),
        pl.lit(320, pl.Int64).alias("over_price"),
        pl.lit(-450, pl.Int64).alias("under_price"),
    )
    backends.warehouse.write(RAW_QUOTES, raised, Stamp("raised", NOW))


def champion(report: GradeReport) -> list[dict[str, Any]]:
    """The champion's sums, one row per market."""
    return report.sums.filter(pl.col("system") == CHAMPION).to_dicts()


@pytest.mark.proves("L46")
@pytest.mark.parametrize(("sport", "day"), GRADED)
def test_sums_close_per_participant_and_per_line(graded_home: Backends, sport: Sport, day: GameDay) -> None:
    """Quoted = forecast + abstained, and quoted = settled + void + open: nobody drops out of the record."""
    rows = champion(grade_day(graded_home, sport, day))
    assert rows
    for row in rows:
        for prefix in ("", "lines_"):
            quoted, forecast, abstained, settled, void, still_open = (row[prefix + part] for part in ("quoted", *PARTS))
            assert quoted == forecast + abstained == settled + void + still_open
            assert still_open == 0


@pytest.mark.proves("L46")
@pytest.mark.parametrize(("sport", "day"), GRADED)
def test_everybody_who_was_quoted_is_in_the_sums(graded_home: Backends, sport: Sport, day: GameDay) -> None:
    """Counted independently: participants with a quote, by market."""
    today = [In("game_day", (day.date,)), In("sport", (sport,))]
    quotes = graded_home.warehouse.read(RAW_QUOTES, today)
    asked = dict(quotes.group_by("market").agg(pl.struct("event_id", "subject").n_unique()).iter_rows())
    assert {row["market"]: row["quoted"] for row in champion(grade_day(graded_home, sport, day))} == asked


@pytest.mark.proves("L46")
def test_every_prediction_has_exactly_one_grade(graded_home: Backends) -> None:
    """Abstentions, unquoted players and every system are graded too."""
    for sport, day in GRADED:
        current = graded_home.ledger.current(sport, day)
        assert current is not None
        batch = [In("game_day", (day.date,)), In("batch_id", (current.batch_id,))]
        asked = graded_home.warehouse.read(PREDICTIONS, batch)["prediction_id"].sort()
        assert graded_home.warehouse.read(GRADES, batch)["prediction_id"].sort().equals(asked)


@pytest.mark.proves("L46")
def test_grading_again_writes_nothing(graded_home: Backends) -> None:
    before = stored(graded_home, Sport.NBA, NBA_DAY)
    again = grade_day(graded_home, Sport.NBA, NBA_DAY)
    assert again.result.new == 0
    assert stored(graded_home, Sport.NBA, NBA_DAY).equals(before)


def test_the_result_is_what_the_league_says(graded_home: Backends) -> None:
    grades = stored(graded_home, Sport.NBA, NBA_DAY).filter(
        (pl.col("market") == "points") & pl.col("actual").is_not_null()
    )
    scored = {(row[0], f"nba:{row[1]}"): float(points) for row, points in nba.points_scored().items()}
    assert grades.height > 0
    for row in grades.select("event_id", "participant_id", "actual").unique().iter_rows():
        assert scored[row[0], row[1]] == row[2]


@pytest.mark.proves("L46", "L40")
@pytest.mark.parametrize(
    ("sport", "day", "participant", "reason"),
    [
        (Sport.MLB, SCRATCHED, f"mlb:{mlb.SCRATCHED}", "DID_NOT_START"),
        (Sport.MLB, RELIEVED, f"mlb:{mlb.ENTERED_IN_RELIEF}", "DID_NOT_START"),
        (Sport.MLB, MLB_DAY, f"mlb:{mlb.STRANGER}", "DID_NOT_START"),
    ],
)
def test_who_did_not_start_is_void_with_its_reason(
    graded_home: Backends, sport: Sport, day: GameDay, participant: str, reason: str
) -> None:
    """Also the starter who came in later, who did throw: never a result, never a zero."""
    rows = stored(graded_home, sport, day).filter(pl.col("participant_id") == participant)
    assert rows.height > 0
    assert set(rows["outcome"]) == {"void"}
    assert set(rows["void_reason"]) == {reason}
    assert rows["actual"].null_count() == rows.height


@pytest.mark.proves("L46", "L40")
def test_who_did_not_play_is_void(league_home: Backends) -> None:
    """A quoted player who was scratched: void in every market, by every system, at every line."""
    game = next(g for g in nba_quotes.quoted_games() if g.round == nba.SCRATCH_ROUND)
    day = GameDay(game.day)
    run_day(league_home, Sport.NBA, day)
    grade_day(league_home, Sport.NBA, day)
    rows = stored(league_home, Sport.NBA, day).filter(pl.col("participant_id") == f"nba:{nba.SCRATCHED}")
    assert rows["line"].drop_nulls().len() > 0
    assert rows.select("outcome", "void_reason", "actual").unique().rows() == [("void", "DNP", None)]


@pytest.mark.proves("L46")
def test_a_game_never_played_is_void_for_everybody(graded_home: Backends) -> None:
    rows = stored(graded_home, Sport.NBA, POSTPONED)
    assert rows.height > 0
    assert rows.select("outcome", "void_reason").unique().rows() == [("void", "GAME_POSTPONED")]


@pytest.mark.proves("L46")
def test_a_bet_wins_loses_or_pushes_by_its_own_line(league_home: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push is neither: its stake comes back. Wins and losses follow from the line and the side alone."""
    monkeypatch.setattr("propcast.pipeline.batch.editions.DEFAULT_POLICY", EAGER())
    offer_value_on_the_push(league_home)
    run_day(league_home, Sport.NBA, PUSH_DAY)
    grade_day(league_home, Sport.NBA, PUSH_DAY)
    bets = stored(league_home, Sport.NBA, PUSH_DAY).filter(pl.col("decision").is_in(["OVER", "UNDER"]))
    margin = pl.col("actual") - pl.col("line")
    gain = pl.when(pl.col("decision") == "OVER").then(margin).otherwise(-margin)
    expected = (
        pl.when(pl.col("actual").is_null())
        .then(pl.lit("void"))
        .when(gain == 0)
        .then(pl.lit("push"))
        .when(gain > 0)
        .then(pl.lit("win"))
        .otherwise(pl.lit("loss"))
    )
    assert {"win", "loss", "push"} <= set(bets["outcome"])
    assert bets.filter(pl.col("outcome") != expected).is_empty()
    profits = dict(bets.group_by("outcome").agg(pl.col("profit_units").unique().sort()).iter_rows())
    assert profits["push"] == [0.0]
    assert profits["loss"] == [-1.0]
    assert min(profits["win"]) > 0


def test_nothing_published_is_not_ready_and_says_what_to_run(league_home: Backends) -> None:
    with pytest.raises(NotReady, match=f"propcast day --sport nba --date {NBA_DAY}"):
        grade_day(league_home, Sport.NBA, NBA_DAY)


def test_a_day_without_games_has_nothing_to_grade(graded_home: Backends) -> None:
    with pytest.raises(NotReady, match="had no games"):
        grade_day(graded_home, Sport.NBA, NO_GAMES)


def test_the_grid_knows_every_game_after_grading(graded_home: Backends) -> None:
    """A game without quotes owes nothing and says so; no cell is left waiting."""
    grid = [cell for cell in graded_home.ledger.expected(Sport.NBA, PARTLY_QUOTED) if cell.step == "grades"]
    assert {cell.state for cell in grid} == {StepState.DONE, StepState.EMPTY_OK}
    assert {cell.reason for cell in grid if cell.state is StepState.EMPTY_OK} == {"nothing to settle"}


def test_running_the_day_again_keeps_what_the_grid_has_counted(graded_home: Backends) -> None:
    before = graded_home.ledger.expected(Sport.NBA, NBA_DAY)
    run_day(graded_home, Sport.NBA, NBA_DAY)
    assert graded_home.ledger.expected(Sport.NBA, NBA_DAY) == before
    assert all(cell.expected is not None for cell in before)


@pytest.mark.proves("L46")
def test_a_box_that_is_not_there_yet_leaves_the_bet_open() -> None:
    """Absence of all players of a game is no evidence that one of them did not play."""
    predictions = pl.DataFrame({"event_id": ["nba:1"], "participant_id": ["nba:7"], "market": ["points"]})
    events = pl.DataFrame({"event_id": ["nba:1"], "status": ["final"]})
    columns = {"event_id": pl.String, "participant_id": pl.String, "pts": pl.Int64}
    played = pl.DataFrame(schema=columns)
    known_at = NBA_DAY.at_utc(12) + timedelta(days=1)
    found = results(plan_of(Sport.NBA), predictions, events, played, known_at).row(0, named=True)
    assert (found["is_final"], found["action"], found["void_reason"]) == (False, False, None)
