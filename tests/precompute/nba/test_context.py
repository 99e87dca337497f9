"""Participants are who may play, decided before the game, with a reason where nothing can be said."""

from datetime import timedelta

import polars as pl
import pytest

from propcast.core.reasons import Reason
from propcast.precompute.nba.context import nba_contexts, play_rates
from propcast.precompute.nba.grid import scored_contexts
from propcast.precompute.nba.inputs import NbaInputs
from propcast.tables.analytics import NBA_PLAYER_CONTEXT
from propcast.tables.contract import split
from tests.league import nba, nba_quotes
from tests.league.nba import League
from tests.precompute.nba.builders import quoted_history


def game(round_: int, number: int = 0, season: int = 2024) -> nba.Game:
    return next(g for g in nba.games() if (g.season, g.round, g.number) == (season, round_, number))


def of(contexts: pl.DataFrame, event: str) -> dict[int, dict[str, object]]:
    rows = contexts.filter(pl.col("event_id") == event).iter_rows(named=True)
    return {row["player_id"]: row for row in rows}


def test_contexts_obey_their_contract(contexts: pl.DataFrame) -> None:
    """One row per player and event, every required column filled."""
    assert split(NBA_PLAYER_CONTEXT, contexts).bad.is_empty()
    assert not contexts.select("event_id", "player_id").is_duplicated().any()


@pytest.mark.proves("L35")
def test_who_dressed_decides_nothing(
    league: League, events: pl.DataFrame, inputs: NbaInputs, as_of: pl.DataFrame, contexts: pl.DataFrame
) -> None:
    """Without the rows of the day itself and later, the day's contexts are the same."""
    history = quoted_history(league, inputs.player_games)
    for round_ in (3, 14, 19):
        day = game(round_).day
        moments = as_of.join(events.filter(pl.col("game_day") == day), on="event_id", how="semi")
        before = inputs.player_games.filter(pl.col("game_day") < day)
        known = history.filter(pl.col("game_day") < day)
        built = nba_contexts(events, league.quotes, before, moments, known)
        assert built.equals(contexts.filter(pl.col("game_day") == day))


@pytest.mark.proves("L35")
def test_the_absent_are_listed_like_the_others(contexts: pl.DataFrame) -> None:
    """A quoted player who will not play, and one injured for weeks: both within the team's last 10 games."""
    scratched = of(contexts, _event_of(nba.SCRATCHED, nba.SCRATCH_ROUND))[nba.SCRATCHED]
    assert scratched["is_quoted"]
    assert scratched["reason"] is None
    injured = of(contexts, _event_of(nba.INJURED, 10))[nba.INJURED]
    assert (injured["is_quoted"], injured["reason"]) == (False, None)


def test_a_traded_player_follows_his_last_box_row(contexts: pl.DataFrame) -> None:
    """He is Boston's until seen with Denver, then Denver's, and no longer Boston's."""
    first, later = nba.TRADE_ROUND, nba.TRADE_ROUND + 2
    assert of(contexts, _event_of_team("BOS", first))[nba.TRADED]["team"] == "BOS"
    assert nba.TRADED not in of(contexts, _event_of_team("BOS", later))
    assert of(contexts, _event_of_team("DEN", later))[nba.TRADED]["team"] == "DEN"


def test_a_stranger_and_a_debutant_have_rows_with_reasons(contexts: pl.DataFrame) -> None:
    """Quoted, but of neither team; quoted, but never in a box: no team, a reason each, and a name."""
    stranger = of(contexts, game(nba.FIRST_QUOTED_ROUND + 1).event_id)[nba.STRANGER]
    debutant = of(contexts, game(nba.FIRST_QUOTED_ROUND + 2).event_id)[nba.DEBUTANT]
    assert (stranger["team"], stranger["reason"]) == (None, Reason.NOT_ON_ROSTER)
    assert (debutant["team"], debutant["reason"]) == (None, Reason.INSUFFICIENT_HISTORY)
    assert debutant["player_name"] == nba.player_name(nba.DEBUTANT)


def test_no_game_in_two_seasons_is_too_little(league: League, events: pl.DataFrame, inputs: NbaInputs) -> None:
    """A player last seen three seasons ago has no team and a reason, however many games he once played."""
    old = inputs.player_games.filter(pl.col("player_id") == 101).with_columns(
        pl.lit(999, pl.Int64).alias("player_id"),
        (pl.col("game_day") - timedelta(days=900)).alias("game_day"),
        pl.lit("2020-21").alias("season"),
    )
    target = game(18)
    quote = league.quotes.head(1).with_columns(
        pl.lit(target.event_id).alias("event_id"), pl.lit("nba:999").alias("subject")
    )
    moment = pl.DataFrame({"event_id": [target.event_id], "as_of": [target.starts_at]})
    rows = pl.concat([inputs.player_games, old])
    built = nba_contexts(events, quote, rows, moment, quoted_history(league, inputs.player_games).clear())
    assert of(built, target.event_id)[999]["reason"] == Reason.INSUFFICIENT_HISTORY


def test_a_game_without_a_start_time_says_so(contexts: pl.DataFrame) -> None:
    """The Cup final has no time: nothing is forecast, everybody is listed."""
    final = contexts.filter(pl.col("event_id") == nba.CUP_FINAL)
    assert final.height > 10
    assert (final["reason"] == Reason.START_TIME_UNKNOWN).all()
    assert not final["is_home"].any()


def test_a_game_never_played_has_contexts_too(contexts: pl.DataFrame) -> None:
    """It was quoted, so it was forecast; later it is void."""
    assert contexts.filter(pl.col("event_id") == nba.UNPLAYED, pl.col("reason").is_null()).height > 10


def test_games_without_quotes_have_recent_players(contexts: pl.DataFrame) -> None:
    """Nobody is quoted, both teams are there."""
    unquoted = contexts.filter(pl.col("event_id") == game(*nba.UNQUOTED_GAME).event_id)
    assert unquoted.height >= 2 * (nba.ROSTER - 1)
    assert not unquoted["is_quoted"].any()


@pytest.mark.proves("L34")
def test_chance_to_play_is_that_of_earlier_days(contexts: pl.DataFrame) -> None:
    """Null before anybody was quoted; then the share of quoted players who played, of days before."""
    by_day = contexts.sort("game_day").group_by("game_day", maintain_order=True).agg(pl.col("p_plays").first())
    first = nba_quotes.quoted_games()[0].day
    assert (
        by_day.filter(pl.col("game_day") <= first)["p_plays"].null_count()
        == by_day.filter(pl.col("game_day") <= first).height
    )
    later = by_day.filter(pl.col("game_day") > game(19).day)["p_plays"].to_list()
    assert all(0.9 < p < 1 for p in later)


def test_unsettled_quotes_do_not_count_as_absences() -> None:
    """A game that was not played says nothing about who plays."""
    day = game(18).day
    quoted = pl.DataFrame(
        {"event_id": ["a", "a", "b"], "player_id": [1, 2, 3], "game_day": [day] * 3, "played": [True, False, None]}
    )
    assert play_rates(quoted)["p_plays"].to_list() == [0.5]


def test_training_contexts_are_who_played_an_hour_before(events: pl.DataFrame, inputs: NbaInputs) -> None:
    """One row per played row, team from the row, as of one hour before the start."""
    rows = scored_contexts(inputs.player_games, events)
    played = inputs.player_games.filter(pl.col("participation") == "played")
    assert rows.height == played.height
    assert split(NBA_PLAYER_CONTEXT, rows).bad.is_empty()
    lead = rows.select((pl.col("starts_at") - pl.col("as_of")).unique()).to_series().to_list()
    assert lead == [timedelta(hours=1)]
    unknown = scored_contexts(
        inputs.player_games, events.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("starts_at"))
    )
    assert unknown["as_of"].dt.hour().unique().to_list() == [16]


def _event_of(player: int, round_: int) -> str:
    return _event_of_team(nba.TEAMS[nba.team_of(player, 2024, round_)], round_)


def _event_of_team(team: str, round_: int) -> str:
    index = nba.TEAMS.index(team)
    found = (g for g in nba.games() if (g.season, g.round) == (2024, round_) and index in (g.home, g.away))
    return next(found).event_id
