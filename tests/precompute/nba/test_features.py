"""The feature engine equals a slow oracle, looks only backwards, and does not care how its input is laid out."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.core.errors import LeakDetected
from propcast.core.markets import market, markets_of
from propcast.core.sport import Sport
from propcast.precompute.nba import features as engine
from propcast.precompute.nba.features import NO_SOURCE, nba_features, nba_features_of
from propcast.precompute.nba.grid import scored_contexts
from propcast.precompute.nba.inputs import NbaInputs
from propcast.tables.contract import split
from propcast.tables.features import NBA_FEATURES
from propcast.tables.precompute import NBA_FEATURE_TABLE
from tests.league import nba
from tests.league.nba import League
from tests.precompute.nba.oracle import Oracle

POINTS = market("points")
LAST_DAY = max(g.day for g in nba.games())
MIDDLE = next(g.day for g in nba.games() if (g.season, g.round) == (2024, 14))


def slate(contexts: pl.DataFrame, day: date) -> pl.DataFrame:
    return contexts.filter(pl.col("game_day") == day)


def test_features_equal_the_slow_oracle(features: pl.DataFrame, contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """Every feature the oracle knows, for every context of nine dates over both seasons."""
    oracle = Oracle(inputs.player_games, inputs.team_games)
    days = contexts["game_day"].unique().sort().gather_every(5)
    rows = contexts.filter(pl.col("game_day").is_in(days.implode())).to_dicts()
    built = {(r["event_id"], r["player_id"]): r for r in features.iter_rows(named=True)}
    assert len(rows) > 300
    for context in rows:
        found = built[context["event_id"], context["player_id"]]
        for name, expected in oracle.features(context).items():
            got, where = found[name], f"{name} of {context['player_id']} on {context['game_day']}"
            assert (got is None) == (expected is None), f"{where}: {got} for {expected}"
            assert expected is None or got == pytest.approx(expected, rel=2e-5, abs=2e-5), where


def test_rows_obey_their_contract(features: pl.DataFrame, contexts: pl.DataFrame) -> None:
    """One row per context, in the declared order, inside every range, stamped with what it knew."""
    assert features.height == contexts.height
    assert split(NBA_FEATURE_TABLE, features).bad.is_empty()
    assert [name for name in features.columns if name in NBA_FEATURES.names] == list(NBA_FEATURES.names)
    assert (features["feature_hash"] == NBA_FEATURES.hash).all()


@pytest.mark.proves("E1", "L34")
def test_nothing_after_the_moment_changes_a_feature(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """Scrambling the day itself and every later day leaves the slate's features bit-identical."""
    today = slate(contexts, MIDDLE)
    later = pl.col("game_day") >= MIDDLE
    wild = [
        pl.when(later & pl.col(name).is_not_null()).then(pl.lit(37)).otherwise(name).cast(pl.Int64).alias(name)
        for name in ("pts", "fga", "reb", "tov")
    ]
    moved = pl.when(later).then(pl.lit("LAL")).otherwise("team").alias("team")
    scrambled = replace(
        inputs,
        player_games=inputs.player_games.with_columns(*wild, moved),
        team_games=inputs.team_games.with_columns(*wild),
    )
    assert_frame_equal(nba_features(POINTS, today, scrambled), nba_features(POINTS, today, inputs), check_exact=True)


@pytest.mark.proves("E1", "L34")
def test_what_was_not_yet_known_changes_nothing(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """A correction of an earlier game that arrives tomorrow is invisible today."""
    today = slate(contexts, MIDDLE)
    tomorrow = today["as_of"].max()
    player = today.filter(pl.col("reason").is_null())["player_id"][0]
    extra = inputs.player_games.filter(pl.col("player_id") == player, pl.col("game_day") < MIDDLE).tail(1)
    late = extra.with_columns(
        pl.lit("nba:0022499999").alias("event_id"),
        pl.lit(60, pl.Int64).alias("pts"),
        pl.lit(tomorrow).alias("observed_at"),
    ).with_columns(pl.col("observed_at") + timedelta(hours=1))
    with_late = replace(inputs, player_games=pl.concat([inputs.player_games, late]))
    expected = nba_features(POINTS, today, inputs)
    assert_frame_equal(nba_features(POINTS, today, with_late), expected, check_exact=True)
    known = replace(inputs, player_games=pl.concat([inputs.player_games, late.with_columns(extra["observed_at"])]))
    assert not nba_features(POINTS, today, known).equals(expected)


@pytest.mark.proves("E2", "L36", "L42")
def test_one_date_equals_the_backfill(features: pl.DataFrame, contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """A day computed alone, from rows that end before it, is bit-identical to its rows in the backfill."""
    for day in contexts["game_day"].unique().sort().gather_every(9):
        until = NbaInputs(
            inputs.player_games.filter(pl.col("game_day") < day),
            inputs.team_games.filter(pl.col("game_day") < day),
            inputs.zones_season,
        )
        expected = features.filter(pl.col("game_day") == day)
        assert_frame_equal(nba_features(POINTS, slate(contexts, day), until), expected, check_exact=True)


@pytest.mark.proves("E1", "L34")
def test_did_not_play_rows_change_nothing(features: pl.DataFrame, contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """Windows count played games, never rows (doubled and removed did-not-plays alike)."""
    absent = pl.col("participation") != "played"
    doubled = inputs.player_games.filter(absent).with_columns(pl.col("event_id") + "x")
    for rows in (inputs.player_games.filter(~absent), pl.concat([inputs.player_games, doubled])):
        built = nba_features(POINTS, contexts, replace(inputs, player_games=rows))
        assert_frame_equal(built, features, check_exact=True)


@pytest.mark.proves("E1")
def test_input_order_changes_nothing(features: pl.DataFrame, contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """Shuffled rows of every frame give bit-identical features."""
    shuffled = NbaInputs(
        inputs.player_games.sample(fraction=1, shuffle=True, seed=7),
        inputs.team_games.sample(fraction=1, shuffle=True, seed=8),
        inputs.zones_season.reverse(),
    )
    mixed = contexts.sample(fraction=1, shuffle=True, seed=9)
    assert_frame_equal(nba_features(POINTS, mixed, shuffled), features, check_exact=True)


@pytest.mark.proves("E4")
def test_one_row_per_key(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """Several markets at once: one row per event, participant, market and moment; each equal to its own build."""
    markets = markets_of(Sport.NBA)
    today = slate(contexts, MIDDLE)
    together = nba_features_of(markets, today, inputs)
    assert not together.select(NBA_FEATURE_TABLE.key).is_duplicated().any()
    assert together.height == len(markets) * today.height
    for each in markets:
        assert_frame_equal(together.filter(pl.col("market") == each.name), nba_features(each, today, inputs))


def test_a_sum_market_counts_the_sum(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """Season mean of points + rebounds + assists is the sum of the three means."""
    today = slate(contexts, MIDDLE)
    parts = [nba_features(market(m), today, inputs)["stat_avg_season"] for m in ("points", "rebounds", "assists")]
    total = nba_features(market("points_rebounds_assists"), today, inputs)["stat_avg_season"]
    assert total.to_list() == pytest.approx([sum(values) for values in zip(*parts, strict=True)], rel=1e-5)


@pytest.mark.proves("E9", "L34")
def test_windows_do_not_cross_seasons(features: pl.DataFrame) -> None:
    """On a season's first day there are no games of it: no averages, and the prior carries alone."""
    opening = features.filter(pl.col("season") == "2024-25").filter(pl.col("game_day") == pl.col("game_day").min())
    assert opening.height > 0
    assert (opening["games_played_season"] == 0).all()
    assert opening["stat_avg_season"].null_count() == opening["usage_l5"].null_count() == opening.height
    assert opening["stat_mean_shrunk"].null_count() == 0


@pytest.mark.proves("L40", "E6")
def test_no_source_is_null_and_named(features: pl.DataFrame) -> None:
    """Features without a source are null in every row, and the row says so."""
    for name in NO_SOURCE:
        assert features[name].null_count() == features.height
        assert features["sources_missing"].str.split(",").list.contains(name).all()
    ordinary = features.filter(pl.col("games_played_season") >= 10)
    assert not ordinary["sources_missing"].str.contains("start_rate_l10").any()
    assert not ordinary["sources_missing"].str.contains("zone_matchup").any()


@pytest.mark.proves("L40")
def test_without_starters_the_start_rate_is_missing_not_zero(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """A history without starter flags nulls the feature and names it."""
    blind = inputs.player_games.with_columns(pl.lit(None, pl.Boolean).alias("is_starter"))
    built = nba_features(POINTS, slate(contexts, MIDDLE), replace(inputs, player_games=blind))
    assert built["start_rate_l10"].null_count() == built.height
    assert built.filter(pl.col("games_played_season") >= 3)["sources_missing"].str.contains("start_rate_l10").all()


@pytest.mark.proves("L34")
def test_a_leak_stops_the_build(contexts: pl.DataFrame, inputs: NbaInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the cutoff ever reached the day itself, nothing would be built."""
    monkeypatch.setattr(engine, "cutoff_day", lambda: pl.col("game_day").alias("cutoff_day"))
    with pytest.raises(LeakDetected, match="own or a later game day"):
        nba_features(POINTS, slate(contexts, MIDDLE), inputs)


def test_stamps_are_the_newest_that_may_count(features: pl.DataFrame, events: pl.DataFrame, inputs: NbaInputs) -> None:
    """`max_event_day` is the last game day before; on the first day of all there is none."""
    first = scored_contexts(inputs.player_games, events).filter(pl.col("game_day") == pl.col("game_day").min())
    built = nba_features(POINTS, first, inputs)
    assert built["max_event_day"].null_count() == built["stat_mean_shrunk"].null_count() == first.height > 0
    last = features.filter(pl.col("game_day") == LAST_DAY)
    before = inputs.team_games.filter(pl.col("game_day") < LAST_DAY)["game_day"].max()
    assert (last["max_event_day"] == before).all()


def test_no_contexts_give_no_rows(contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """An empty slate is an empty table, not an error."""
    assert nba_features(POINTS, contexts.clear(), inputs).is_empty()


def test_league_has_what_these_tests_need(league: League, contexts: pl.DataFrame) -> None:
    """Trade, absence and overtime lie before the slate that most tests use."""
    assert slate(contexts, MIDDLE).height >= 40
    assert nba.TRADE_ROUND < 14
    assert league.shots.height > 0
