"""Who is forecast: whoever is quoted, placed by what was known, never by what happened."""

import polars as pl
import pytest

from propcast.core.reasons import Reason
from propcast.precompute.mlb.context import mlb_contexts
from propcast.precompute.mlb.grid import scored_contexts
from propcast.tables.analytics import MLB_PITCHER_CONTEXT
from propcast.tables.contract import split
from tests.league import mlb
from tests.league.mlb import mlb_league
from tests.precompute.mlb.built import KEY, built, quoted_history


def of(player: int) -> pl.DataFrame:
    return built().quoted.filter(pl.col("player_id") == player)


def contexts(**changed: pl.DataFrame) -> pl.DataFrame:
    arguments = {
        "events": built().events,
        "active_quotes": built().active,
        "pitcher_games": built().inputs.pitcher_games,
        "as_of": built().as_of,
        "quoted_history": built().quoted_history,
    }
    return mlb_contexts(**{**arguments, **changed})


def test_contexts_obey_their_table_and_are_the_quoted_pitchers() -> None:
    quoted = (
        built().active.select("event_id", pl.col("subject").str.slice(4).cast(pl.Int64).alias("player_id")).unique()
    )
    assert split(MLB_PITCHER_CONTEXT, built().quoted).bad.is_empty()
    assert built().quoted.select(KEY).sort(KEY).equals(quoted.sort(KEY))


@pytest.mark.proves("L35")
def test_results_of_the_day_and_later_change_no_context() -> None:
    for day in built().quoted["game_day"].unique():
        earlier = built().inputs.pitcher_games.filter(pl.col("game_day") < day)
        same_day = pl.col("game_day") == day
        assert contexts(pitcher_games=earlier).filter(same_day).equals(built().quoted.filter(same_day))


@pytest.mark.proves("L35")
def test_a_scratched_pitcher_and_one_who_came_in_relief_are_forecast_like_starters() -> None:
    scratched, in_relief = of(mlb.SCRATCHED), of(mlb.ENTERED_IN_RELIEF)
    assert scratched["reason"].null_count() == scratched.height > 0
    assert in_relief["reason"].null_count() == in_relief.height > 0


def test_the_team_is_that_of_the_last_appearance_also_after_a_trade() -> None:
    assert set(of(mlb.TRADED)["team"]) == {"COV"}
    assert set(built().inputs.pitcher_games.filter(pl.col("player_id") == mlb.TRADED)["team"]) == {"ASH", "COV"}


def test_a_pitcher_of_a_third_team_is_not_on_the_roster_and_has_no_side() -> None:
    row = of(mlb.STRANGER).row(0, named=True)
    assert (row["reason"], row["team"], row["opponent"], row["is_home"]) == (Reason.NOT_ON_ROSTER, None, None, None)


@pytest.mark.proves("L40")
def test_a_debutant_has_no_team_and_too_little_history() -> None:
    row = of(mlb.DEBUTANT).row(0, named=True)
    assert (row["reason"], row["team"], row["throws"]) == (Reason.INSUFFICIENT_HISTORY, None, None)
    assert row["player_name"] == mlb.pitcher_name(mlb.DEBUTANT)


def test_a_pitcher_last_seen_before_last_season_has_too_little_history() -> None:
    old = built().inputs.pitcher_games.with_columns(season=pl.lit("2023"))
    assert set(contexts(pitcher_games=old)["reason"]) >= {Reason.INSUFFICIENT_HISTORY}


def test_an_event_without_a_start_time_is_for_grading_only() -> None:
    untimed = built().events.with_columns(starts_at=pl.lit(None, pl.Datetime("us", "UTC")))
    assert set(contexts(events=untimed)["reason"]) == {Reason.START_TIME_UNKNOWN}


def test_the_games_of_a_doubleheader_keep_their_own_pitchers() -> None:
    both = built().quoted.filter(pl.col("event_id").str.contains("-first|-second"))
    assert both.group_by("event_id").len()["len"].to_list() == [2, 2]
    assert both["player_id"].n_unique() == 4


def test_home_and_opponent_follow_from_the_team() -> None:
    placed = built().quoted.filter(pl.col("team").is_not_null()).join(built().events, on="event_id", suffix="_event")
    assert (placed["is_home"] == (placed["team"] == placed["home"])).all()
    assert (placed["opponent"] != placed["team"]).all()
    assert placed["venue_team"].equals(placed["home"], check_names=False)


@pytest.mark.proves("L34")
def test_the_hand_is_the_one_known_before_the_day() -> None:
    games = built().inputs.pitcher_games
    unknown_before = games.with_columns(
        throws=pl.when((pl.col("player_id") == 1002) & (pl.col("game_day") < pl.col("game_day").max()))
        .then(None)
        .otherwise("throws")
    )
    last = contexts(pitcher_games=unknown_before).filter(pl.col("player_id") == 1002)
    assert last["throws"].null_count() == last.height


@pytest.mark.proves("L34")
def test_the_chance_to_play_is_the_share_of_earlier_days_that_started() -> None:
    first, last = (
        built().quoted.sort("game_day").row(0, named=True),
        built().quoted.sort("game_day").row(-1, named=True),
    )
    earlier = built().quoted_history.filter(pl.col("game_day") < last["game_day"])
    assert first["p_plays"] is None
    assert last["p_plays"] == pytest.approx(earlier["played"].mean())
    assert 0.8 < last["p_plays"] < 1


def test_the_postponed_event_has_its_context() -> None:
    assert built().quoted.filter(pl.col("event_id") == mlb.POSTPONED)["player_id"].to_list() == [1001]


def test_other_markets_make_no_context() -> None:
    assert contexts(active_quotes=built().active.with_columns(market=pl.lit("batter_hits"))).is_empty()


def test_scored_contexts_are_the_starts_with_what_was_known_before() -> None:
    starts = mlb_league().pitcher_games.filter("is_starter").rename({"pitcher_id": "player_id"})
    assert split(MLB_PITCHER_CONTEXT, built().scored).bad.is_empty()
    assert built().scored.select(KEY).sort(KEY).equals(starts.select(KEY).sort(KEY))


def test_only_a_first_start_has_too_little_history_to_be_scored() -> None:
    first = built().inputs.pitcher_games.group_by("player_id").agg(first_day=pl.col("game_day").min())
    rows = built().scored.join(first, on="player_id")
    is_first = rows["game_day"] == rows["first_day"]
    assert (rows["reason"].is_not_null() == is_first).all()
    assert rows["reason"].drop_nulls().unique().to_list() == [Reason.INSUFFICIENT_HISTORY]


@pytest.mark.proves("L42")
def test_a_scored_context_agrees_with_the_quoted_one_where_both_exist() -> None:
    columns = [
        *KEY,
        "as_of",
        "team",
        "opponent",
        "is_home",
        "throws",
        "venue_team",
        "player_name",
        "season",
        "starts_at",
    ]
    both = built().quoted.filter(pl.col("team").is_not_null()).select(columns)
    same = both.join(built().scored.select(KEY), on=KEY, how="semi")
    assert same.height > 25
    assert same.sort(KEY).equals(built().scored.select(columns).join(same.select(KEY), on=KEY, how="semi").sort(KEY))


def test_a_start_without_a_quoted_moment_is_seen_from_an_hour_before_else_from_noon() -> None:
    alone = scored_contexts(built().inputs.pitcher_games, built().events)
    timed, untimed = (alone.filter(pl.col("starts_at").is_null() == unknown) for unknown in (False, True))
    assert (timed["starts_at"] - timed["as_of"]).dt.total_minutes().unique().to_list() == [60]
    assert untimed["as_of"].dt.hour().unique().to_list() == [16]
    assert (untimed["as_of"].dt.date() == untimed["game_day"]).all()


def test_the_league_has_the_history_of_quotes_that_the_share_needs() -> None:
    played = quoted_history(built().inputs.pitcher_games)["played"]
    assert 0 < (~played).sum() < played.len()
