"""E6: who did not play has no numbers: not in results, not in features, not in training, not in grades."""

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.backends.warehouse.port import In
from propcast.core.sport import Sport
from propcast.pipeline.sports import plan_of
from propcast.tables.raw import RAW_NBA_PLAYER_BOX
from tests.leaks.archive import Archive, analysed, build, first_start, read_archive
from tests.leaks.settled import settled, tables_of
from tests.leaks.worlds import MARKETS, World

SPORTS = pytest.mark.parametrize("sport", list(Sport))
MEASURES = ("pts", "reb", "ast", "fg3m", "fga", "minutes_played", "usage_rate", "ts_pct", "ra_fga")
SCORES = ("actual", "error", "abs_error", "crps", "log_score", "brier", "pit")


@pytest.mark.proves("E6", "L40")
def test_absences_change_no_feature(world: World) -> None:
    """With a row for everybody who sat out, or with none at all, features are bit-identical."""
    day = world.days[Sport.NBA][-1]
    archive = read_archive(world.backends, Sport.NBA, day)
    moment = first_start(archive, day) - timedelta(minutes=1)
    box = archive.frames[RAW_NBA_PLAYER_BOX.name]
    listed = with_absences(box)
    assert listed.height > box.height
    played = box.filter(pl.col("status") == "played")
    expected = build(archive, day, moment)
    for rows in (listed, played):
        found = build(archive.with_frames({RAW_NBA_PLAYER_BOX.name: rows}), day, moment)
        for name in ("contexts", "features"):
            assert_frame_equal(found[name], expected[name], check_exact=True)


def with_absences(box: pl.DataFrame) -> pl.DataFrame:
    """Add a did-not-play for every player of a team in each of its games that he is not listed for."""
    games = ["event_id", "team", "opponent", "is_home", "season", "season_type", "game_day", "observed_at", "source"]
    people = box.select("season", "team", "player_id", "player_name").unique(["season", "team", "player_id"])
    everyone = box.select(games).unique(["event_id", "team"]).join(people, on=["season", "team"])
    absent = everyone.join(box, on=["event_id", "player_id"], how="anti").with_columns(status=pl.lit("dnp"))
    return pl.concat([box, RAW_NBA_PLAYER_BOX.conform(absent)])


@pytest.mark.proves("E6", "L40")
def test_an_absence_has_no_measure(world: World) -> None:
    day = world.days[Sport.NBA][-1]
    archive = read_archive(world.backends, Sport.NBA, day, 0)
    listed = with_absences(archive.frames[RAW_NBA_PLAYER_BOX.name])
    results = results_of(archive.with_frames({RAW_NBA_PLAYER_BOX.name: listed}), world)
    absent = results.filter(pl.col("participation") != "played")
    assert absent.height > 0
    assert absent.select(MEASURES).null_count().row(0) == (absent.height,) * len(MEASURES)


def results_of(archive: Archive, world: World) -> pl.DataFrame:
    return analysed(archive, world.days[archive.sport][-1]).read(archive.plan.results)


def counted(world: World, sport: Sport) -> pl.DataFrame:
    """Who took part in which game and what he is counted, straight from the box: played, or started."""
    person = "player_id" if sport is Sport.NBA else "pitcher_id"
    took_part = pl.col("status") == "played" if sport is Sport.NBA else pl.col("is_starter")
    box = world.backends.warehouse.read(plan_of(sport).raw[0]).filter(took_part)
    participant = pl.format("{}:{}", pl.lit(sport.value), person).alias("participant_id")
    return box.select("event_id", participant, MARKETS[sport].stat_expr().alias("counted"))


@pytest.mark.proves("E6", "L40")
@SPORTS
def test_training_rows_are_those_who_took_part_with_the_count_of_the_box(world: World, sport: Sport) -> None:
    rows = world.backends.warehouse.read(plan_of(sport).training, [In("market", (MARKETS[sport].name,))])
    joined = rows.join(counted(world, sport), on=["event_id", "participant_id"], how="left", validate="1:1")
    assert joined.height > 0
    assert joined["actual"].null_count() == 0
    assert joined["actual"].to_list() == joined["counted"].to_list()


@pytest.mark.proves("E6", "L40")
@SPORTS
def test_who_was_quoted_and_did_not_play_is_void_without_any_score(world: World, sport: Sport) -> None:
    """Never a 0 that loses an over, nor the strikeouts of who came in later: no result, no error, no score."""
    tables = tables_of(world, sport)
    grades = pl.concat([settled(world, sport, day, tables) for day in world.days[sport][:2]]).filter("is_quoted")
    absent = grades.join(counted(world, sport), on=["event_id", "participant_id"], how="anti")
    assert absent.height > 0
    assert absent["outcome"].unique().to_list() == ["void"]
    assert absent.select(SCORES).null_count().row(0) == (absent.height,) * len(SCORES)
    assert set(absent["profit_units"].drop_nulls()) <= {0.0}
