"""Pace, ratings and allowed indices of teams."""

from datetime import UTC, datetime

import polars as pl
import pytest

from propcast.analytics.windows import cutoff_day
from propcast.core.markets import market
from propcast.precompute.nba.features import nba_features
from propcast.precompute.nba.inputs import NbaInputs
from propcast.precompute.nba.team_form import nba_team_form
from propcast.tables.contract import split
from propcast.tables.precompute import NBA_TEAM_FORM
from tests.league import nba

DAY = max(g.day for g in nba.games())


@pytest.fixture
def keys() -> pl.DataFrame:
    frame = pl.DataFrame({"team": nba.TEAMS, "season": "2024-25", "game_day": DAY})
    moment = pl.lit(datetime(DAY.year, DAY.month, DAY.day, 20, tzinfo=UTC)).dt.cast_time_unit("us")
    return frame.with_columns(moment.alias("as_of")).with_columns(cutoff_day())


def test_the_table_obeys_its_contract(keys: pl.DataFrame, inputs: NbaInputs) -> None:
    """One row per team, shrunk, with the games it rests on."""
    form = nba_team_form(keys, inputs.team_games)
    assert split(NBA_TEAM_FORM, form).bad.is_empty()
    assert form["games"].min() == 23 or form["games"].min() == 22
    assert form["pace"].n_unique() == len(nba.TEAMS)


@pytest.mark.proves("L41")
def test_a_leaky_defence_has_an_index_above_one(keys: pl.DataFrame, inputs: NbaInputs) -> None:
    """Double what Boston's opponents score: its index rises above all others, and its defensive rating with it."""
    against = (pl.col("opponent") == "BOS") & (pl.col("season") == "2024-25")
    allowed = (pl.col("team") == "BOS") & (pl.col("season") == "2024-25")
    leaky = inputs.team_games.with_columns(
        pl.when(against).then(pl.col("pts") * 3 // 2).otherwise("pts").alias("pts"),
        pl.when(allowed).then(pl.col("opp_pts") * 3 // 2).otherwise("opp_pts").alias("opp_pts"),
    )
    form = nba_team_form(keys, leaky).sort("allowed_pts", descending=True)
    assert form["team"][0] == form.sort("def_rating", descending=True)["team"][0] == "BOS"
    assert form["allowed_pts"][0] > 1.05 > form["allowed_pts"][1]


def test_allowed_threes_count_attempts(keys: pl.DataFrame, inputs: NbaInputs) -> None:
    """Makes against a defence are luck: changing them changes nothing, changing attempts does."""
    against = pl.col("opponent") == "BOS"

    def index(column: str) -> float:
        changed = pl.when(against).then(pl.col(column) * 2).otherwise(column).alias(column)
        form = nba_team_form(keys, inputs.team_games.with_columns(changed))
        value: float = form.filter(pl.col("team") == "BOS")["allowed_fg3m"][0]
        return value

    base = nba_team_form(keys, inputs.team_games).filter(pl.col("team") == "BOS")["allowed_fg3m"][0]
    assert index("fg3m") == base
    assert index("fg3a") > base


@pytest.mark.proves("L41")
def test_a_fast_opponent_has_a_pace_factor_above_one(features: pl.DataFrame) -> None:
    """pace_factor is opponent ÷ league: above 1 exactly for the faster teams, whatever the player's own team."""
    last = features.filter(pl.col("game_day") == DAY, pl.col("opp_pace").is_not_null())
    league = (last["opp_pace"] / last["pace_factor"]).round(3)
    assert league.n_unique() == 1
    assert ((last["pace_factor"] > 1) == (last["opp_pace"] > league[0])).all()


def test_games_without_rebounds_leave_the_pace_out(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """A whole season without offensive rebounds: no possessions, so the prior stands and nothing breaks."""
    blind = inputs.team_games.with_columns(
        pl.when(pl.col("season") != "2024-25")
        .then(pl.col("possessions", "pace", "off_rating", "def_rating"))
        .name.keep()
    )
    today = contexts.filter(pl.col("game_day") == DAY, pl.col("reason").is_null())
    built = nba_features(market("points"), today, NbaInputs(inputs.player_games, blind))
    assert built["team_pace"].null_count() == 0
    assert built["opp_def_rating"].n_unique() > 1
