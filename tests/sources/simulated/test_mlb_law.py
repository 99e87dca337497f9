"""The law of strikeouts that is stated is the one that was drawn from, and so are the chances to start."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from propcast.core.arrays import FloatArray, IntArray
from propcast.sources.simulated.mlb.duel import MOST_BATTERS, batters_faced, strikeout_logits
from propcast.sources.simulated.mlb.facts import game_facts
from propcast.sources.simulated.mlb.law import tabulate
from propcast.sources.simulated.mlb.quoted import quoted
from tests.sources.simulated.worlds import mlb

WORST_Z = 4.0


def settled() -> tuple[FloatArray, IntArray]:
    """The laws of quoted pitchers who started, and how many they struck out."""
    season = mlb()
    facts = game_facts(season)
    rows, laws = quoted(season, facts, np.flatnonzero(~season.games.is_postponed))
    counts = (
        season.appearances.filter("vs_starter")
        .group_by("game", "pitcher")
        .agg(strikeouts=(pl.col("result") == 0).sum())
    )
    people = pl.DataFrame({"participant_id": [f"mlb:{n}" for n in season.pitchers.ids.tolist()]}).with_row_index(
        "pitcher"
    )
    named = (
        counts.with_columns(pl.col("pitcher").cast(pl.UInt32))
        .join(people, on="pitcher")
        .join(facts.select("game", "event_id"), on="game")
    )
    joined = rows.join(named, on=["event_id", "participant_id"], how="left", maintain_order="left", validate="1:1")
    started = joined["strikeouts"].is_not_null().to_numpy()
    return laws[started], joined["strikeouts"].drop_nulls().to_numpy().astype(np.int64)


def test_outcomes_have_the_stated_mean_and_variance() -> None:
    law, actual = settled()
    counts = np.arange(law.shape[1])
    mean = law @ counts
    score = (actual - mean) / np.sqrt(law @ counts**2 - mean**2)
    n = len(actual)
    assert n > 4_000
    assert abs(score.mean()) * np.sqrt(n) < WORST_Z
    assert abs((score**2).mean() - 1) / ((score**2).std() / np.sqrt(n)) < WORST_Z


def test_probability_integral_transforms_are_uniform() -> None:
    law, actual = settled()
    rows = np.arange(len(actual))
    pit = np.cumsum(law, axis=1)[rows, actual] - law[rows, actual] * np.random.default_rng(0).random(len(actual))
    observed, expected = np.histogram(pit, 20, (0, 1))[0], len(actual) / 20
    assert ((observed - expected) ** 2 / expected).sum() < 19 + WORST_Z * np.sqrt(2 * 19)


def test_announced_starters_start_as_often_as_stated() -> None:
    who = mlb().starts
    appears = who.starter == who.announced
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        group = (who.chance > low) & (who.chance <= high)
        spread = np.sqrt((who.chance[group] * (1 - who.chance[group])).sum())
        assert group.sum() > 30
        assert abs((appears[group] - who.chance[group]).sum()) / spread < WORST_Z


def test_nine_equal_batters_and_a_fixed_number_of_them_make_a_binomial_on_a_usual_day() -> None:
    """22 batters at 22 %: mean 4.84 (DOMAIN 5.3); the day's form only widens it."""
    logits = np.full((1, MOST_BATTERS), np.log(0.22 / 0.78))
    law = tabulate(logits, np.eye(MOST_BATTERS + 1)[[22]])[0]
    counts = np.arange(len(law))
    mean = law @ counts
    assert mean == pytest.approx(4.84, abs=0.06)
    assert law @ counts**2 - mean**2 > binom(22, 0.22).var()


def test_batters_faced_follow_the_plan_and_openers_leave_early() -> None:
    n = np.arange(MOST_BATTERS + 1)
    law = batters_faced(np.array([19.0, 24.0, 24.0]), np.array([False, False, True]))
    mean = law @ n
    assert np.allclose(law.sum(axis=1), 1)
    assert mean[0] < mean[1]
    assert mean[1] == pytest.approx(24, abs=0.5)
    assert mean[2] < 6
    assert law[2, 10:].sum() == 0


def test_strikeouts_depend_on_both_men_the_park_the_side_and_the_pass() -> None:
    season = mlb()
    pitcher, batter = np.array([0]), np.array([0])
    usual = strikeout_logits(season.pitchers, season.hitters, pitcher, batter, np.zeros(1), np.array([1]))
    later = strikeout_logits(season.pitchers, season.hitters, pitcher, batter, np.zeros(1), np.array([3]))
    park = strikeout_logits(season.pitchers, season.hitters, pitcher, batter, np.full(1, 0.1), np.array([1]))
    everyone = np.arange(60)
    spread = strikeout_logits(season.pitchers, season.hitters, pitcher, everyone, np.zeros(1), np.array([1])).std()
    assert later < usual < park
    assert spread > 0.1
