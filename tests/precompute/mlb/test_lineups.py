"""Bottom-up strikeouts: check values, brute force, and the traps of the domain."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from propcast.core.arrays import FloatArray
from propcast.precompute.mlb.features import mlb_lineup_k
from propcast.precompute.mlb.lineups import PASSES, pass_effects, strikeout_sum
from propcast.precompute.mlb.matchups import log5
from propcast.precompute.mlb.totals import prepared
from propcast.precompute.mlb.workload import MAX_BATTERS, batters_faced_pmf, survival
from tests.league.mlb import Game, bats, lineup, lineup_is_known, mlb_league
from tests.precompute.mlb.built import KEY, all_features, built, features
from tests.precompute.mlb.oracle import Oracle

NINE_AT_22 = np.full((1, 9), 0.22)
NO_SPREAD, NO_EFFECT = np.zeros((1, 9)), np.ones((1, PASSES))


def exactly(batters: int) -> FloatArray:
    pmf = np.zeros((1, MAX_BATTERS + 1))
    pmf[0, batters] = 1
    return pmf


def test_log5_check_value() -> None:
    rate = pl.select(log5(pl.lit(0.25), pl.lit(0.30), pl.lit(0.22))).item()
    assert rate == pytest.approx(0.336, abs=0.0005)


def test_nine_batters_at_22_percent_over_22_batters_are_4_84_strikeouts() -> None:
    total = strikeout_sum(NINE_AT_22, NO_SPREAD, NO_EFFECT, exactly(22))
    assert total.mean[0] == pytest.approx(4.84)
    assert total.sd[0] == pytest.approx(np.sqrt(22 * 0.22 * 0.78))


def test_a_usual_start_is_far_below_a_full_games_plate_appearances() -> None:
    total = strikeout_sum(NINE_AT_22, NO_SPREAD, NO_EFFECT, batters_faced_pmf(np.array([22.0])))
    assert total.mean[0] == pytest.approx(4.84, abs=0.01)
    assert 36 * 0.22 / total.mean[0] > 1.6


def test_the_sd_carries_each_at_bat_and_the_length_of_the_start() -> None:
    total = strikeout_sum(NINE_AT_22, NO_SPREAD, NO_EFFECT, batters_faced_pmf(np.array([22.0])))
    assert 2.0 < total.sd[0] < 2.4  # although the nine are all alike


def test_an_uncertain_order_widens_the_sd_and_leaves_the_mean() -> None:
    sure = strikeout_sum(NINE_AT_22, NO_SPREAD, NO_EFFECT, exactly(22))
    unsure = strikeout_sum(NINE_AT_22, np.full((1, 9), 0.003), NO_EFFECT, exactly(22))
    assert unsure.sd[0] > sure.sd[0]
    assert unsure.mean[0] == sure.mean[0]


def test_the_order_matters_through_who_bats_a_third_time() -> None:
    strong_first = np.linspace(0.3, 0.14, 9)[None, :]
    early = strikeout_sum(strong_first, NO_SPREAD, NO_EFFECT, exactly(20))
    late = strikeout_sum(strong_first[:, ::-1], NO_SPREAD, NO_EFFECT, exactly(20))
    assert early.mean[0] > late.mean[0]


def test_brute_force_over_batters_agrees() -> None:
    rates, effects = np.linspace(0.15, 0.31, 9), np.array([1.1, 1.0, 0.85])
    pmf = batters_faced_pmf(np.array([20.5]))
    expected, square = 0.0, 0.0
    for faced, chance in enumerate(pmf[0]):
        mean = variance = 0.0
        for n in range(faced):
            odds = rates[n % 9] / (1 - rates[n % 9]) * effects[min(n // 9, 2)]
            rate = odds / (1 + odds)
            mean, variance = mean + rate, variance + rate * (1 - rate)
        expected += chance * mean
        square += chance * (variance + mean**2)
    total = strikeout_sum(rates[None, :], NO_SPREAD, effects[None, :], pmf)
    assert total.mean[0] == pytest.approx(expected)
    assert total.sd[0] == pytest.approx(np.sqrt(square - expected**2))


def test_pass_effects_have_mean_one_and_rest_at_one_until_enough_is_known() -> None:
    contexts = prepared(built().scored)
    plays = mlb_league().plate_appearances
    effects = pass_effects(contexts, plays)
    early = (contexts["game_day"] <= contexts["game_day"].min()).to_numpy()
    assert (effects[early] == 1).all()
    last = contexts["game_day"].arg_max()
    known = plays.filter(pl.col("game_day") < contexts["game_day"].max(), "vs_starter")
    weights = [known.filter(pl.col("times_through").clip(upper_bound=3) == t).height for t in (1, 2, 3)]
    assert not (effects[last] == 1).all()
    assert np.average(effects[last], weights=weights) == pytest.approx(1)


@pytest.mark.proves("L34")
def test_pass_effects_look_at_earlier_days_only() -> None:
    contexts = prepared(built().scored).filter(pl.col("game_day") == pl.col("game_day").max())
    earlier = mlb_league().plate_appearances.filter(pl.col("game_day") < contexts["game_day"].max())
    assert (pass_effects(contexts, earlier) == pass_effects(contexts, mlb_league().plate_appearances)).all()


def test_confirmed_orders_add_up_as_brute_force_does() -> None:
    oracle, orders = Oracle(built().inputs), mlb_lineup_orders()
    fitted = pass_effects(prepared(built().scored), mlb_league().plate_appearances)
    effects = dict(zip(built().scored.select(KEY).rows(), fitted, strict=True))
    found = {(row["event_id"], row["player_id"]): row for row in all_features().to_dicts()}
    known = all_features().filter(pl.col("lineup_known") == 1)
    checked = built().scored.join(known, on=KEY, how="semi").to_dicts()
    assert {context["throws"] for context in checked} == {"L", "R", None}
    for context in checked:
        key = (context["event_id"], context["player_id"])
        reached = survival(batters_faced_pmf(np.array([found[key]["bf_projected"]])))[0]
        nine = orders[context["event_id"], context["opponent"]]
        expected = oracle.expected_strikeouts(context, nine, effects[key].tolist(), reached.tolist())
        assert found[key]["expected_k_bottom_up"] == pytest.approx(expected, rel=1e-5)


def mlb_lineup_orders() -> dict[tuple[str, str], list[dict[str, Any]]]:
    orders: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in mlb_league().lineups.to_dicts():
        orders.setdefault((row["event_id"], row["team"]), []).append(row)
    return orders


def rows_with_games() -> list[tuple[dict[str, object], bool]]:
    """Features of the quoted rounds' starts, and whether the opponent's nine were out before the start."""
    league = built().scored.filter(pl.col("starts_at").is_not_null())
    order = mlb_league().lineups.join(built().scored.select("event_id", "as_of").unique(), on="event_id")
    known = order.filter(pl.col("observed_at") <= pl.col("as_of")).select("event_id", opponent="team").unique()
    joined = all_features().join(league.select(*KEY, "opponent"), on=KEY)
    flagged = joined.join(known.with_columns(is_out=pl.lit(value=True)), on=["event_id", "opponent"], how="left")
    return [(row, bool(row["is_out"])) for row in flagged.to_dicts()]


def test_a_line_up_is_known_only_once_it_is_out() -> None:
    rows = rows_with_games()
    assert {out for _, out in rows} == {True, False}
    assert all(row["lineup_known"] == float(out) for row, out in rows)


@pytest.mark.proves("L34")
def test_a_line_up_seen_after_the_moment_is_not_used() -> None:
    late = built().inputs.lineups.with_columns(
        observed_at=pl.when(pl.col("game_day") == pl.col("game_day").max())
        .then(pl.col("observed_at") + timedelta(hours=3))
        .otherwise("observed_at")
    )
    last = built().scored.filter(pl.col("game_day") == pl.col("game_day").max())
    assert features(last, lineups=late)["lineup_known"].sum() == 0


def test_the_platoon_share_counts_batters_on_the_pitchers_side_and_no_switch_hitter() -> None:
    contexts = built().scored.select(*KEY, "opponent", "throws")
    known = all_features().join(contexts, on=KEY).filter(pl.col("lineup_known") == 1, pl.col("throws").is_not_null())
    orders = mlb_league().lineups
    assert known.height > 10
    for row in known.to_dicts():
        nine = orders.filter(pl.col("event_id") == row["event_id"], pl.col("team") == row["opponent"])
        same = sum(bats(batter) == row["throws"] for batter in nine["batter_id"])
        assert row["platoon_share"] == pytest.approx(same / 9)


def test_a_pitcher_of_unknown_hand_has_no_platoon_share() -> None:
    unknown = all_features().join(built().scored.filter(pl.col("throws").is_null()), on=KEY, how="semi")
    assert unknown["platoon_share"].null_count() == unknown.height > 0
    assert unknown["expected_k_bottom_up"].drop_nulls().len() > 0


def test_an_unknown_line_up_is_the_recent_orders_by_frequency() -> None:
    rows = built().scored.filter(pl.col("game_day") == pl.col("game_day").max(), pl.col("throws").is_not_null())
    unseen = built().inputs.lineups.filter(pl.col("game_day") < rows["game_day"].max())
    found = features(rows, lineups=unseen)
    orders = {(r["event_id"], r["team"], r["slot"]): r["bats"] for r in unseen.to_dicts()}
    faced = built().inputs.team_games.filter(pl.col("season") == "2025").sort("game_day", "event_id").to_dicts()
    for context, row in zip(rows.to_dicts(), found.to_dicts(), strict=True):
        met = [
            game["event_id"]
            for game in faced
            if game["team"] == context["opponent"]
            and game["starter_throws"] == context["throws"]
            and game["game_day"] < context["game_day"]
        ][-10:]
        sides = [orders[event, context["opponent"], slot] for event in met for slot in range(1, 10)]
        assert row["lineup_known"] == 0
        assert row["platoon_share"] == pytest.approx(sides.count(context["throws"]) / len(sides))


def test_the_stored_line_up_profile_is_what_the_features_use() -> None:
    stored = mlb_lineup_k(built().scored, built().inputs)
    contexts = built().scored.select(*KEY, "as_of", team="opponent")
    joined = (
        all_features().join(contexts, on=[*KEY, "as_of"]).join(stored, on=["event_id", "team", "as_of"], suffix="_k")
    )
    assert joined.height == built().scored.height
    assert joined["expected_k_bottom_up"].equals(joined["expected_k"].cast(pl.Float32), check_names=False)
    assert joined["known_batters"].is_in([0, 9]).all()
    assert joined["expected_k_sd"].drop_nulls().is_between(1.3, 3.5).all()


def test_the_league_hides_some_line_ups() -> None:
    game = Game("mlb:x", built().events["game_day"][0], 1, 1, 0, 1, {}, ())
    assert (lineup_is_known(game, 0), lineup_is_known(game, 1)) == (True, False)
    assert len(lineup(0, 1)) == 9
