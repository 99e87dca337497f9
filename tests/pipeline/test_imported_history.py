"""The facts of the history's README, on the imported tables."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import Between, In
from propcast.core.clock import FixedClock
from propcast.pipeline.importing import ImportReport, import_history
from propcast.tables import raw

pytestmark = [pytest.mark.history, pytest.mark.xdist_group("imported_history")]

CLOCK = FixedClock(datetime(2026, 8, 20, 12, tzinfo=UTC))
ROWS = {
    "nba_player_box": 219_151, "nba_team_box": 20_682, "nba_schedule": 10_334, "nba_shot_zones_season": 6_167,
    "nba_points_lines": 35_290, "nba_other_lines": 59_698, "nba_pra_lines": 54_066, "nba_points_consensus": 8_057,
    "mlb_pitcher_games": 14_500, "mlb_batter_games": 10_413, "mlb_k_lines": 103_545, "mlb_k_consensus": 3_148,
}  # fmt: skip


@pytest.fixture(scope="module")
def home(history: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[DeltaWarehouse, ImportReport]:
    warehouse = DeltaWarehouse(tmp_path_factory.mktemp("home"), CLOCK)
    return warehouse, import_history(warehouse, history, CLOCK, lambda name, done, total: None)


@pytest.fixture(scope="module")
def warehouse(home: tuple[DeltaWarehouse, ImportReport]) -> DeltaWarehouse:
    return home[0]


@pytest.mark.proves("L22")
def test_every_row_of_every_file_is_accounted_for(home: tuple[DeltaWarehouse, ImportReport]) -> None:
    files = {file.name: file for file in home[1].files}
    assert {name: file.rows_in for name, file in files.items()} == ROWS
    for file in files.values():
        assert file.refused is None
        assert file.rows_in == file.written + file.merged + sum(file.quarantined.values())
    assert files["nba_pra_lines"].merged == 823


def test_the_counts_of_the_tables_are_those_of_the_report(home: tuple[DeltaWarehouse, ImportReport]) -> None:
    warehouse, report = home
    written = {file.name: file.written for file in report.files}
    assert warehouse.count(raw.RAW_NBA_PLAYER_BOX) == written["nba_player_box"]
    assert warehouse.count(raw.RAW_MLB_PITCHER_GAME) == written["mlb_pitcher_games"]
    quotes = sum(written[name] for name in written if name.endswith("_lines"))
    withdrawn = warehouse.count(raw.RAW_QUOTES, [In("is_open", (False,))])
    assert warehouse.count(raw.RAW_QUOTES) == quotes + withdrawn


def test_a_second_import_writes_nothing(home: tuple[DeltaWarehouse, ImportReport], history: Path) -> None:
    again = import_history(home[0], history, CLOCK, lambda name, done, total: None)
    assert sum(file.written + file.generated for file in again.files) + again.people + again.vendor_events == 0


@pytest.mark.parametrize(
    ("name", "day", "points", "opponent"),
    [("Luka Dončić", date(2024, 1, 26), 73, "ATL"), ("Joel Embiid", date(2024, 1, 22), 70, "SAS")],
)
def test_known_box_lines(warehouse: DeltaWarehouse, name: str, day: date, points: int, opponent: str) -> None:
    found = warehouse.read(raw.RAW_NBA_PLAYER_BOX, [Between("game_day", day, day), In("player_name", (name,))])
    assert found.select("pts", "opponent").rows() == [(points, opponent)]


def test_both_sides_of_a_game_meet_each_other(warehouse: DeltaWarehouse) -> None:
    """Also on neutral floors, where the file names the listed host as its own opponent."""
    box = warehouse.read(raw.RAW_NBA_TEAM_BOX, columns=["event_id", "team", "opponent", "pts", "opp_pts", "is_home"])
    others = box.select("event_id", opponent="team", opp_pts="pts")
    assert box.join(others, on=others.columns, how="anti").is_empty()
    neutral = box.group_by("event_id").agg(~pl.col("is_home").any()).filter("is_home")
    assert neutral.height == 7
    assert "nba:0022401229" in neutral["event_id"]


def test_regular_season_games_per_season(warehouse: DeltaWarehouse) -> None:
    box = warehouse.read(raw.RAW_NBA_TEAM_BOX, [In("season_type", ("regular",))], columns=["season", "event_id"])
    games = dict(box.group_by("season").agg(pl.col("event_id").n_unique()).rows())
    short = {"2019-20": 1059, "2020-21": 1080, "2025-26": 120}
    assert games == {season: short.get(season, 1230) for season in games}
    assert len(games) == 9


def test_two_starts_per_game_one_of_them_at_home(warehouse: DeltaWarehouse) -> None:
    starts = warehouse.read(raw.RAW_MLB_PITCHER_GAME, [In("season", ("2024", "2025"))])
    games = starts.group_by("event_id").agg(pl.len(), pl.col("is_home").sum())
    assert games.height == 4855
    assert games.select("len", "is_home").unique().rows() == [(2, 1)]


def test_no_game_of_the_unnumbered_season_has_more_than_two_starts(warehouse: DeltaWarehouse) -> None:
    starts = warehouse.read(raw.RAW_MLB_PITCHER_GAME, [In("season", ("2023",))])
    sizes = starts.group_by("event_id").len()["len"].value_counts()
    assert dict(sizes.rows()) == {2: 2382, 1: 11}


def test_germans_perfect_game(warehouse: DeltaWarehouse) -> None:
    day = date(2023, 6, 28)
    starts = warehouse.read(raw.RAW_MLB_PITCHER_GAME, [Between("game_day", day, day)])
    german = starts.filter(pl.col("pitcher_name").str.contains("Germ"))
    assert german.select("outs", "strikeouts", "hits", "walks").rows() == [(27, 9, 0, 0)]


def test_the_game_that_the_schedule_lacks_is_a_quoted_event(warehouse: DeltaWarehouse) -> None:
    day = date(2025, 11, 1)
    events = warehouse.read(raw.RAW_VENDOR_EVENTS, [Between("game_day", day, day), In("home", ("DET",))])
    assert events.select("away", "event_id").rows() == [("DAL", "nba:0022500147")]
    assert warehouse.count(raw.RAW_NBA_SCHEDULE, [In("event_id", ("nba:0022500147",))]) == 0
    assert warehouse.count(raw.RAW_NBA_TEAM_BOX, [In("event_id", ("nba:0022500147",))]) == 2


@pytest.mark.proves("L38", "E5")
def test_no_quote_and_no_poll_is_in_play(warehouse: DeltaWarehouse) -> None:
    quotes = warehouse.read(raw.RAW_QUOTES, columns=["observed_at", "starts_at"])
    assert quotes.filter(pl.col("observed_at") >= pl.col("starts_at")).is_empty()


@pytest.mark.proves("L40", "E6")
def test_there_is_no_row_for_who_did_not_play(warehouse: DeltaWarehouse) -> None:
    """The file has only who played: 901 of them for under half a minute, and nobody with invented zeros."""
    box = warehouse.read(raw.RAW_NBA_PLAYER_BOX, columns=["status", "minutes_rounded", "fgm", "oreb"])
    assert box["status"].unique().to_list() == ["played"]
    assert box.filter(pl.col("minutes_rounded") == 0).height == 901
    assert (box["fgm"].null_count(), box["oreb"].null_count()) == (12_561, 16_765)


def test_every_quoted_nba_event_is_a_game_but_the_postponed_one(warehouse: DeltaWarehouse) -> None:
    events = warehouse.read(raw.RAW_VENDOR_EVENTS, [In("sport", ("nba",))])
    own = events.filter(pl.col("event_id").str.starts_with("nba:odds:"))
    assert own.select("home", "away", "game_day").rows() == [("ATL", "HOU", date(2025, 1, 11))]


def test_game_days_are_eastern_even_where_the_file_says_utc(warehouse: DeltaWarehouse) -> None:
    quotes = warehouse.read(raw.RAW_QUOTES, [In("source", ("nba_pra_lines",))], columns=["game_day", "observed_at"])
    eastern = pl.col("observed_at").dt.convert_time_zone("America/New_York").dt.date()
    assert quotes.filter(eastern != pl.col("game_day")).is_empty()


def test_an_offer_is_never_withdrawn_while_it_stands(warehouse: DeltaWarehouse) -> None:
    """Every withdrawal is at a poll of its game day after the offer was seen and before the start."""
    quotes = warehouse.read(raw.RAW_QUOTES, [In("sport", ("mlb",))])
    offer = ["event_id", "subject", "book", "line"]
    states = quotes.sort("observed_at").with_columns(pl.col("is_open").shift(1).over(offer).alias("was_open"))
    withdrawn = states.filter(~pl.col("is_open"))
    assert withdrawn.height > 5000
    assert withdrawn["was_open"].all()
    assert withdrawn["observed_at"].null_count() == 0
