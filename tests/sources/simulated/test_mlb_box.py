"""Simulated MLB boxes add up, and hold the awkward cases of the sport."""

import polars as pl
import pytest

from propcast.analytics.mlb.pitcher_game import pitcher_games
from propcast.analytics.mlb.team_game import team_games
from propcast.core.sport import Sport
from propcast.tables import raw
from propcast.tables.contract import split
from tests.sources.simulated.worlds import Told, mlb, told

PITCHED = ["event_id", "pitcher_id"]


@pytest.fixture
def world() -> Told:
    return told(Sport.MLB)


def test_every_row_obeys_its_table(world: Told) -> None:
    for table, frame in world.feed.told:
        assert split(table, frame).bad.is_empty(), table.name


def test_two_starts_a_game(world: Told) -> None:
    pitched = world.latest(raw.RAW_MLB_PITCHER_GAME)
    starters = pitched.group_by("event_id").agg(pl.col("is_starter").sum(), pl.col("team").n_unique())
    assert starters["is_starter"].unique().to_list() == [2]
    assert starters["team"].unique().to_list() == [2]
    assert pitched.height / starters.height == pytest.approx(9, abs=1.5)


def test_pitchers_and_batters_lines_are_sums_of_plate_appearances(world: Told) -> None:
    plays = world.latest(raw.RAW_MLB_PLATE_APPEARANCES)
    of_pitchers = plays.group_by(PITCHED).agg(
        pl.len().cast(pl.Int64).alias("batters_faced"), pl.col("is_strikeout").sum().cast(pl.Int64).alias("strikeouts")
    )
    pitched = world.latest(raw.RAW_MLB_PITCHER_GAME).select(of_pitchers.columns)
    assert of_pitchers.sort(PITCHED).equals(pitched.sort(PITCHED))
    of_batters = plays.group_by("event_id", "batter_id").agg(
        pl.len().cast(pl.Int64).alias("plate_appearances"),
        pl.col("is_strikeout").sum().cast(pl.Int64).alias("strikeouts"),
    )
    batted = world.latest(raw.RAW_MLB_BATTER_GAME).select(of_batters.columns)
    keys = ["event_id", "batter_id"]
    assert of_batters.sort(keys).equals(batted.sort(keys))


def test_lines_are_possible(world: Told) -> None:
    rows = world.latest(raw.RAW_MLB_PITCHER_GAME)
    on_base = rows["hits"] + rows["walks"] + rows["hbp"]
    assert (rows["outs"] + on_base == rows["batters_faced"]).all()
    assert (rows["home_runs"] <= rows["hits"]).all()
    assert (rows["strikes"] + rows["balls"] == rows["pitches"]).all()
    assert (rows["swings"] <= rows["strikes"]).all()
    assert (rows["strikeouts"] <= rows["whiffs"]).all()
    assert (rows["csw"] <= rows["strikes"]).all()
    assert (rows["chases"] + rows["zone_swings"] == rows["swings"]).all()
    assert (rows["zone_contacts"] <= rows["zone_swings"]).all()
    assert (rows["pitches"] >= rows["batters_faced"]).all()


def test_a_side_gets_all_of_its_outs(world: Told) -> None:
    outs = world.latest(raw.RAW_MLB_PITCHER_GAME).group_by("event_id", "team").agg(pl.col("outs").sum())["outs"]
    assert outs.min() == 24
    assert outs.max() <= 33  # type: ignore[operator]
    assert (outs == 27).mean() > 0.5  # type: ignore[operator]


def test_who_bats_is_who_was_announced(world: Told) -> None:
    orders = world.latest(raw.RAW_MLB_LINEUPS).select("event_id", "team", "slot", "batter_id")
    batted = world.latest(raw.RAW_MLB_BATTER_GAME).select(orders.columns)
    assert orders.group_by("event_id", "team").len()["len"].unique().to_list() == [9]
    assert batted.join(orders, on=orders.columns, how="anti").is_empty()
    assert not orders.select("event_id", "batter_id").is_duplicated().any()


def test_switch_hitters_bat_from_the_other_side(world: Told) -> None:
    sides = world.latest(raw.RAW_MLB_BATTER_GAME).select("event_id", "batter_id", "bats")
    plays = world.latest(raw.RAW_MLB_PLATE_APPEARANCES).join(sides, on=["event_id", "batter_id"], validate="m:1")
    switch, others = plays.filter(pl.col("bats") == "S"), plays.filter(pl.col("bats") != "S")
    assert switch.height > 1_000
    assert (switch["bat_side"] != switch["pitch_hand"]).all()
    assert (others["bat_side"] == others["bats"]).all()


def test_openers_bulk_men_and_short_starts_exist(world: Told) -> None:
    roles = pitcher_games(world.latest(raw.RAW_MLB_PITCHER_GAME))
    assert roles.filter(pl.col("role") == "bulk").height > 10
    starts = roles.filter(pl.col("role") == "starter")
    assert 0.01 < (starts["batters_faced"] < 10).mean() < 0.06  # type: ignore[operator]
    assert starts.group_by("player_id").len()["len"].max() <= 36  # type: ignore[operator]
    assert team_games(world.latest(raw.RAW_MLB_PITCHER_GAME)).height == starts.height


def test_starters_rest_between_starts(world: Told) -> None:
    starts = pitcher_games(world.latest(raw.RAW_MLB_PITCHER_GAME)).filter(pl.col("role") == "starter")
    rest = starts.filter(pl.col("player_id").is_in(mlb().pitchers.ids[:210].tolist()))["days_rest"].drop_nulls()
    assert rest.median() in (4, 5)
    assert (rest < 3).mean() < 0.03  # type: ignore[operator]


def test_postponed_games_are_announced_and_have_no_results(world: Told) -> None:
    rained = pl.Series(mlb().games.is_postponed)
    events = world.latest(raw.RAW_VENDOR_EVENTS)
    played = set(world.latest(raw.RAW_MLB_PITCHER_GAME)["event_id"])
    unplayed = events.filter(pl.col("event_id").is_in(list(played)).not_(), pl.col("game_day") < pl.date(2025, 8, 5))
    assert 5 < unplayed.height <= rained.sum()
    quotes = world.latest(raw.RAW_QUOTES)
    assert quotes.join(unplayed, on="event_id", how="semi").height > 0


def test_doubleheaders_have_four_starters(world: Told) -> None:
    starts = world.latest(raw.RAW_MLB_PITCHER_GAME).filter("is_starter")
    days = starts.group_by("game_day", "team").agg(pl.col("event_id").n_unique(), pl.col("pitcher_id").n_unique())
    twice = days.filter(pl.col("event_id") == 2)
    assert twice.height > 10
    assert (twice["pitcher_id"] == 2).all()


def test_corrections_come_later_and_touch_no_strikeout(world: Told) -> None:
    first, later = world.states(raw.RAW_MLB_PITCHER_GAME)
    both = later.join(first, on=PITCHED, suffix="_first", validate="1:1")
    assert both.height > 40
    assert both["observed_at"].n_unique() <= 5
    assert (both["hits"] == both["hits_first"] + 1).all()
    assert (both["strikeouts"] == both["strikeouts_first"]).all()
    assert (both["observed_at"] > both["observed_at_first"]).all()


def test_some_starts_are_delayed_and_quotes_learn_of_it_in_time(world: Told) -> None:
    listed, moved = world.states(raw.RAW_VENDOR_EVENTS)
    both = moved.join(listed, on="vendor_event_id", suffix="_listed", validate="1:1")
    assert both.height > 10
    assert (both["starts_at"] > both["starts_at_listed"]).all()
    assert (both["observed_at"] < both["starts_at_listed"]).all()
    quotes = world.latest(raw.RAW_QUOTES).join(both.select("event_id", moved_at="observed_at"), on="event_id")
    of_event = quotes.group_by("event_id").agg(pl.col("starts_at").n_unique())
    assert of_event["starts_at"].max() == 2
