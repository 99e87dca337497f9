"""What moves the true probabilities: venue, rest, defence, pace, absences, and who is better."""

import numpy as np
import pytest

from propcast.core.arrays import FloatArray
from propcast.sources.simulated.nba.players import SQUAD
from propcast.sources.simulated.nba.rates import SLOTS
from propcast.sources.simulated.nba.rotation import MOST_SHARE, Script
from tests.sources.simulated.worlds import nba

CLOSE = Script.CLOSE


def shooting() -> FloatArray:
    """Expected share of shots made per side, over both kinds of chances, as planned."""
    rates, share = nba().rates, nba().who.share[CLOSE]
    weight = share[..., None] * rates.plays[CLOSE][..., None] * rates.shot
    usual = rates.makes[:, CLOSE].mean(axis=0)
    made: FloatArray = (weight * usual).sum(axis=(-1, -2)) / weight.sum(axis=(-1, -2))
    return made


def test_plans_share_out_all_of_the_minutes() -> None:
    share = nba().who.share
    assert np.allclose(share.sum(axis=-1), 1)
    assert share.max() <= MOST_SHARE * 1.1
    assert (share[:, ~nba().who.plays] == 0).all()


def test_homes_and_the_rested_shoot_better() -> None:
    made, tired = shooting(), nba().games.back_to_back
    assert made[:, 0].mean() > made[:, 1].mean()
    assert made[~tired].mean() > made[tired].mean()


def test_defences_differ_and_act_on_their_opponents() -> None:
    made = shooting()
    conceded = [made[nba().games.sides[:, ::-1] == team].mean() for team in range(30)]
    assert np.std(conceded) > 0.005


def test_pace_is_shared_by_both_sides_and_overtime_is_longer() -> None:
    slots = nba().rates.slots
    assert slots.shape == (len(Script), len(nba().games))
    assert slots[CLOSE].std() > 0.5
    assert 2 * slots[CLOSE].mean() == pytest.approx(SLOTS, rel=0.03)
    assert (slots[Script.OVERTIME] > slots[CLOSE]).all()


def test_who_stays_away_leaves_minutes_and_the_ball_to_the_others() -> None:
    who = nba().who
    missing_best = ~who.plays[..., 0]
    second = who.share[CLOSE][..., 3]
    plays = who.plays[..., 3]
    assert second[missing_best & plays].mean() > second[~missing_best & plays].mean() + 0.003
    ball = (who.share[CLOSE] * nba().rates.plays[CLOSE]).sum(axis=-1)
    assert np.allclose(ball, ball[0, 0])


def test_routs_give_minutes_to_the_bench() -> None:
    share, plays = nba().who.share, nba().who.plays
    bench = plays & (np.arange(SQUAD) >= 10)
    assert share[Script.HOME_ROUT][bench].mean() > 1.3 * share[CLOSE][bench].mean()


def test_the_chances_of_scripts_sum_to_one_and_favour_the_better_side() -> None:
    scripts, made = nba().rates.scripts, shooting()
    assert np.allclose(scripts.sum(axis=0), 1)
    assert (scripts > 0).all()
    assert np.corrcoef(made[:, 0] - made[:, 1], scripts[Script.HOME_ROUT] - scripts[Script.AWAY_ROUT])[0, 1] > 0.5


def test_slots_cannot_overflow_but_for_the_rarest_minutes() -> None:
    """A slot is at most one play; only draws of minutes far off the plan come near."""
    outcome, rates = nba().outcome, nba().rates
    used = (outcome.share * rates.plays[outcome.script, np.arange(len(outcome.script))]).sum(axis=-1)
    assert (used > 1).mean() < 0.01
