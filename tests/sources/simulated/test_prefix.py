"""What is told once stays told: by seed, by season, by day, by instant and by copy."""

from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest

from propcast.core.provenance import SIMULATED, is_simulated, simulated
from propcast.core.sport import Sport
from propcast.sources.simulated.feed import Feed, Window
from propcast.sources.simulated.seasons import season_feed
from propcast.tables import raw
from propcast.tables.content import row_hashes
from propcast.tables.schema import Table
from tests.sources.simulated.worlds import SEASONS, Told, league, window

SPORTS = pytest.mark.parametrize("sport", list(Sport))
TODAY = {Sport.NBA: date(2025, 11, 19), Sport.MLB: date(2025, 4, 22)}
FEW_DAYS = 3
SHOWN = {sport: window(sport, today, FEW_DAYS + 9) for sport, today in TODAY.items()}


def feed(sport: Sport, season: str, shown: Window, seed: int = 7, copies: int = 1) -> Feed:
    return season_feed([league(sport, seed, copy) for copy in range(copies)], season, shown)


def contents(one: Feed) -> dict[str, set[int]]:
    """Hashes of all told rows by table, times of observation included."""
    rows: dict[str, set[int]] = {}
    for table, frame in one.told:
        rows.setdefault(table.name, set()).update(hashes(table, frame))
    return rows


@cache
def world(sport: Sport) -> Feed:
    """What is told some weeks into the season."""
    return feed(sport, SEASONS[sport], SHOWN[sport])


@cache
def all_told(sport: Sport) -> dict[str, set[int]]:
    return contents(world(sport))


def hashes(table: Table, frame: pl.DataFrame) -> list[int]:
    return row_hashes(frame, table.schema.names()).to_list()


@SPORTS
def test_the_same_seed_tells_the_same_and_another_does_not(sport: Sport) -> None:
    shown = window(sport, TODAY[sport], FEW_DAYS)
    first = contents(feed(sport, SEASONS[sport], shown, seed=11))
    assert contents(feed(sport, SEASONS[sport], shown, seed=11)) == first
    other = contents(feed(sport, SEASONS[sport], shown, seed=12))
    box = raw.RAW_NBA_PLAYER_BOX if sport is Sport.NBA else raw.RAW_MLB_PITCHER_GAME
    assert not first[box.name] & other[box.name]
    assert not first[raw.RAW_QUOTES.name] & other[raw.RAW_QUOTES.name]


@SPORTS
@pytest.mark.parametrize("days", [1, 9])
def test_a_later_day_adds_rows_and_changes_none(sport: Sport, days: int) -> None:
    today = TODAY[sport] - timedelta(days=days)
    earlier = feed(sport, SEASONS[sport], window(sport, today, FEW_DAYS))
    later = all_told(sport)
    for name, rows in contents(earlier).items():
        assert rows <= later[name], name
        assert name in ("ref_players", "raw_nba_shot_zones_season") or len(rows) < len(later[name])
    assert set(hashes_of_truth(earlier)) <= set(hashes_of_truth(world(sport)))


def hashes_of_truth(one: Feed) -> list[int]:
    return row_hashes(one.truth, one.truth.columns).to_list()


@SPORTS
def test_today_has_quotes_and_no_results(sport: Sport) -> None:
    told = Told(world(sport))
    box = raw.RAW_NBA_PLAYER_BOX if sport is Sport.NBA else raw.RAW_MLB_PITCHER_GAME
    assert told.latest(raw.RAW_QUOTES)["game_day"].max() == TODAY[sport]
    assert told.latest(box)["game_day"].max() == TODAY[sport] - timedelta(days=1)
    quotes = told.latest(raw.RAW_QUOTES).filter(pl.col("game_day") == TODAY[sport])
    assert quotes.group_by("event_id").agg(pl.col("observed_at").n_unique())["observed_at"].min() > 2  # type: ignore[operator]


@SPORTS
def test_an_instant_of_the_day_knows_what_came_before_it(sport: Sport) -> None:
    """The day can be told poll by poll: what is known at an instant is a part of what is known later."""
    whole = window(sport, TODAY[sport], 1)
    noon = Window(whole.known_by - timedelta(hours=8), whole.quoted_from, whole.quoted_to)
    early, late = contents(feed(sport, SEASONS[sport], noon)), contents(feed(sport, SEASONS[sport], whole))
    assert all(rows <= late[name] for name, rows in early.items())
    assert 0 < len(early["raw_quotes"]) < len(late["raw_quotes"])


@SPORTS
def test_a_season_does_not_depend_on_which_others_are_told(sport: Sport) -> None:
    """An earlier season and a later one were made in between; this one is as it was."""
    before = all_told(sport)
    year = int(SEASONS[sport][:4])
    for other in (year - 2, year + 1):
        name = str(other) if sport is Sport.MLB else f"{other}-{(other + 1) % 100:02d}"
        feed(sport, name, window(sport, date(other + 1, 3, 1), 1))
    assert contents(feed(sport, SEASONS[sport], SHOWN[sport])) == before


@SPORTS
def test_copies_are_added_beside_the_first_league(sport: Sport) -> None:
    shown = window(sport, TODAY[sport], 1)
    one, three = feed(sport, SEASONS[sport], shown), feed(sport, SEASONS[sport], shown, copies=3)
    together = contents(three)
    assert all(rows <= together[name] for name, rows in contents(one).items())
    (_, events), (_, tripled) = (
        next((table, frame) for table, frame in each.told if table is raw.RAW_VENDOR_EVENTS) for each in (one, three)
    )
    assert tripled["event_id"].n_unique() == 3 * events["event_id"].n_unique()
    assert not tripled.is_duplicated().any()


@SPORTS
def test_everything_told_is_labelled(sport: Sport) -> None:
    for table, frame in world(sport).told:
        assert set(frame["source"].unique()) <= {SIMULATED}, table.name
        for column in ("event_id", "participant_id", "subject", "book"):
            if column in frame.columns:
                assert frame.select(simulated(column).all()).item(), (table.name, column)
        for column in ("player_name", "full_name", "raw_name", "pitcher_name", "batter_name"):
            if column in frame.columns:
                assert frame[column].str.contains("(sim", literal=True).all(), (table.name, column)
    assert set(world(sport).truth["source"]) == {SIMULATED}


@SPORTS
def test_only_a_few_days_can_be_told(sport: Sport) -> None:
    whole = window(sport, TODAY[sport], 2)
    since = TODAY[sport] - timedelta(days=4)
    short = feed(sport, SEASONS[sport], Window(whole.known_by, whole.quoted_from, whole.quoted_to, since))
    for table, frame in short.told:
        if "game_day" in table.schema and not frame.is_empty():
            assert frame["game_day"].min() >= since, table.name  # type: ignore[operator]
    assert all(rows <= all_told(sport)[name] for name, rows in contents(short).items())
    assert is_simulated(short.told[0][1]["participant_id"][0])
