"""The fictional baseball league obeys the contracts it is used to test."""

import polars as pl
import pytest

from propcast.tables import raw
from propcast.tables.contract import split
from propcast.tables.schema import Table
from tests.league import mlb
from tests.league.mlb import mlb_league

FRAMES = {
    "pitcher_games": raw.RAW_MLB_PITCHER_GAME,
    "batter_games": raw.RAW_MLB_BATTER_GAME,
    "plate_appearances": raw.RAW_MLB_PLATE_APPEARANCES,
    "lineups": raw.RAW_MLB_LINEUPS,
    "vendor_events": raw.RAW_VENDOR_EVENTS,
    "quotes": raw.RAW_QUOTES,
    "polls": raw.RAW_QUOTE_POLLS,
}


@pytest.mark.parametrize(("name", "table"), FRAMES.items())
def test_every_frame_of_the_league_obeys_its_table(name: str, table: Table) -> None:
    assert split(table, getattr(mlb_league(), name)).bad.is_empty()


def test_the_in_play_quote_is_refused_by_the_contract() -> None:
    assert split(raw.RAW_QUOTES, mlb_league().in_play_quotes).bad.height == 1


def test_every_side_has_one_starter_and_the_strikeouts_add_up() -> None:
    league = mlb_league()
    starters = league.pitcher_games.group_by("event_id", "team").agg(pl.col("is_starter").sum())
    assert starters["is_starter"].unique().to_list() == [1]
    assert league.pitcher_games["strikeouts"].sum() == league.plate_appearances["is_strikeout"].sum()


def test_the_awkward_cases_are_there() -> None:
    league = mlb_league()
    pitched = league.pitcher_games
    quoted = league.quotes.select(
        "event_id", pl.col("subject").str.slice(4).cast(pl.Int64).alias("pitcher_id")
    ).unique()
    unplayed = quoted.join(pitched, on=["event_id", "pitcher_id"], how="anti")
    assert set(unplayed["pitcher_id"]) == {mlb.SCRATCHED, mlb.STRANGER, mlb.DEBUTANT, 1001}
    relief = quoted.join(pitched.filter(~pl.col("is_starter")), on=["event_id", "pitcher_id"])
    assert relief["pitcher_id"].to_list() == [mlb.ENTERED_IN_RELIEF]
    assert pitched.filter(pl.col("pitcher_id") == mlb.TRADED)["team"].n_unique() == 2
    assert pitched.filter(pl.col("event_id").str.ends_with("-first")).height == 2
