"""E9: what is used of a season in that season never contains the season's later games."""

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from propcast.core.sport import Sport
from propcast.tables.precompute import MLB_PARK_FACTORS
from propcast.tables.raw import RAW_MLB_PITCHER_GAME, RAW_NBA_SHOT_ZONES_SEASON, ZONES
from tests.leaks.archive import Archive, build, first_start, known_at, read_archive
from tests.leaks.worlds import World


@pytest.mark.proves("E9", "L34")
@pytest.mark.parametrize("sport", list(Sport))
def test_every_aggregate_of_a_season_in_progress_ends_before_the_day(world: World, sport: Sport) -> None:
    """Profiles, league averages and features with the whole season stored are those of the season as far as played."""
    day = world.days[sport][0]
    archive = read_archive(world.backends, sport, day)
    moment = first_start(archive, day) - timedelta(minutes=1)
    whole, so_far = (build(each, day, moment) for each in (archive, known_at(archive, moment)))
    for name, rows in whole.items():
        assert rows.height > 0
        assert_frame_equal(so_far[name], rows, check_exact=True)


def with_zones(archive: Archive, season: str) -> Archive:
    """Turn every shot of a season's totals into a made corner three."""
    zones = archive.frames[RAW_NBA_SHOT_ZONES_SEASON.name]
    columns = [f"{zone}_{what}" for zone in ZONES for what in ("fga", "fgm")]
    shots = pl.sum_horizontal(f"{zone}_fga" for zone in ZONES)
    other = [(shots if name.startswith("corner3") else pl.lit(0, pl.Int64)).alias(name) for name in columns]
    ours = pl.col("season") == season
    return archive.with_frames(
        {RAW_NBA_SHOT_ZONES_SEASON.name: pl.concat([zones.filter(~ours), zones.filter(ours).with_columns(other)])}
    )


@pytest.mark.proves("E9", "L34")
def test_season_totals_of_shot_zones_count_for_later_seasons_only(world: World) -> None:
    day = world.days[Sport.NBA][0]
    archive = read_archive(world.backends, Sport.NBA, day)
    last, current = archive.seasons
    assert current in archive.frames[RAW_NBA_SHOT_ZONES_SEASON.name]["season"].to_list()
    moment = first_start(archive, day) - timedelta(minutes=1)
    expected = build(archive, day, moment)
    this_season = build(with_zones(archive, current), day, moment)
    for name, rows in expected.items():
        assert_frame_equal(this_season[name], rows, check_exact=True)
    last_season = build(with_zones(archive, last), day, moment)
    assert not last_season["nba_player_shot_zones"].equals(expected["nba_player_shot_zones"])


@pytest.mark.proves("E9", "L34")
def test_park_factors_of_a_season_come_from_the_seasons_before(world: World) -> None:
    """Even games already played this season leave the factor alone: it stands from New Year on."""
    day = world.days[Sport.MLB][-1]
    archive = read_archive(world.backends, Sport.MLB, day)
    moment = first_start(archive, day) - timedelta(minutes=1)
    expected = build(archive, day, moment)[MLB_PARK_FACTORS.name]
    found = {season: build(without_strikeouts(archive, season), day, moment) for season in archive.seasons}
    assert expected.height > 0
    assert_frame_equal(found[archive.seasons[1]][MLB_PARK_FACTORS.name], expected, check_exact=True)
    assert not found[archive.seasons[0]][MLB_PARK_FACTORS.name].equals(expected)


def without_strikeouts(archive: Archive, season: str) -> Archive:
    """Take every strikeout of the home side's pitchers in a season away."""
    games = archive.frames[RAW_MLB_PITCHER_GAME.name]
    ours = (pl.col("season") == season) & pl.col("is_home")
    return archive.with_frames(
        {RAW_MLB_PITCHER_GAME.name: games.with_columns(strikeouts=pl.when(ours).then(0).otherwise("strikeouts"))}
    )
