"""Import: file faults refuse a file, row faults a row, and a second run writes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import In, Stamp
from propcast.core.clock import FixedClock
from propcast.core.errors import FileFault, InputError
from propcast.core.identity import name_key
from propcast.pipeline.importing import FileReport, ImportReport, import_history, replay_names
from propcast.sources.history.layout import LAYOUT, SPECIFICATIONS
from propcast.sources.history.specification import Specification
from propcast.tables import raw, reference
from tests.sources.samples import Row, crowd, rows, write_folder

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
STAMP = Stamp("test", NOW)
IMPORTED = (*raw.TABLES, reference.REF_PLAYERS, reference.UNRESOLVED_NAMES, reference.QUARANTINE)


@pytest.fixture
def warehouse(tmp_path: Path) -> DeltaWarehouse:
    return DeltaWarehouse(tmp_path / "home", FixedClock(NOW))


def imported(warehouse: DeltaWarehouse, directory: Path) -> ImportReport:
    return import_history(warehouse, directory, FixedClock(NOW), lambda name, done, total: None)


def report_of(report: ImportReport, name: str) -> FileReport:
    return next(file for file in report.files if file.name == name)


def hashes(warehouse: DeltaWarehouse) -> dict[str, str]:
    return {table.name: warehouse.content_hash(table) for table in IMPORTED}


def alias(name: str, participant_id: str, vendor: str) -> pl.DataFrame:
    row = {"sport": participant_id[:3], "vendor": vendor, "name_key": name_key(name), "added_by": "test"}
    return pl.DataFrame(
        [{**row, "participant_id": participant_id, "added_at": NOW}], schema=reference.PLAYER_ALIASES.schema
    ).select(reference.PLAYER_ALIASES.schema.names())


def test_every_file_of_the_layout_reaches_its_table(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    report = imported(warehouse, write_folder(tmp_path / "data"))
    assert [(file.rows_in, file.written, file.refused) for file in report.files] == [(1, 1, None)] * len(LAYOUT)
    assert all(warehouse.count(specification.table) > 0 for specification in LAYOUT)
    assert report.exit_code == 0


@pytest.mark.proves("L22")
def test_a_second_import_writes_nothing(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    unresolved = rows("nba_points_lines", {}, {"player_id": None, "player_name": "Nobody"}, {"line": 18.5})
    directory = write_folder(tmp_path / "data", {"nba_points_lines": unresolved})
    imported(warehouse, directory)
    before = {table.name: warehouse.version(table) for table in IMPORTED}
    again = imported(warehouse, directory)
    assert {table.name: warehouse.version(table) for table in IMPORTED} == before
    assert sum(file.written + file.generated for file in again.files) + again.people + again.vendor_events == 0
    assert sum(file.unchanged for file in again.files) == sum(file.rows_in for file in again.files) - 1


def test_progress_is_told_after_each_file(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    import_history(warehouse, write_folder(tmp_path / "data"), FixedClock(NOW), lambda *progress: told.append(progress))
    assert told == [(s.name, i, len(LAYOUT)) for i, s in enumerate(LAYOUT, start=1)]


def test_a_missing_folder_is_an_input_error(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        imported(warehouse, tmp_path / "nowhere")


def test_an_empty_folder_is_a_file_fault_that_lists_the_layout(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    with pytest.raises(FileFault, match=r"holds no history; expected nba_schedule\.parquet, "):
        imported(warehouse, tmp_path)


@pytest.mark.proves("L22")
@pytest.mark.parametrize("specification", LAYOUT, ids=lambda s: s.name)
def test_a_broken_file_is_refused_whole_and_the_others_go_on(
    specification: Specification, warehouse: DeltaWarehouse, tmp_path: Path
) -> None:
    directory = write_folder(tmp_path / "data")
    path = directory / specification.file_name
    path.write_bytes(path.read_bytes()[:-25])
    report = imported(warehouse, directory)
    assert [file.name for file in report.refused] == [specification.name]
    assert report.exit_code == FileFault.exit_code
    assert sum(file.written for file in report.files) == len(LAYOUT) - 1
    sharing = [other for other in LAYOUT if other.table is specification.table]
    assert (warehouse.count(specification.table) == 0) is (sharing == [specification])


@pytest.mark.parametrize(
    ("name", "frame", "said"),
    [
        ("nba_player_box", rows("nba_player_box").drop("pts"), "column pts is missing"),
        ("nba_player_box", rows("nba_player_box").with_columns(pl.lit("x").alias("pts")), "pts holds String"),
        ("mlb_pitcher_games", rows("mlb_pitcher_games").clear(), "has no rows"),
    ],
    ids=["missing column", "wrong type", "empty"],
)
def test_a_file_fault_says_what_and_writes_nothing_of_the_file(
    name: str, frame: pl.DataFrame, said: str, warehouse: DeltaWarehouse, tmp_path: Path
) -> None:
    report = imported(warehouse, write_folder(tmp_path / "data", {name: frame}))
    assert said in str(report_of(report, name).refused)
    assert warehouse.count(SPECIFICATIONS[name].table) == 0


def test_a_missing_file_is_refused_and_named(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    directory = write_folder(tmp_path / "data")
    (directory / "nba_team_box.parquet").unlink()
    report = imported(warehouse, directory)
    assert "nba_team_box.parquet: no such file" in str(report_of(report, "nba_team_box").refused)
    assert len(report.refused) == 1


@pytest.mark.proves("L22")
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("nba_player_box", {"minutes_exact": 120.0}),
        ("nba_player_box", {"pts": -2}),
        ("nba_points_lines", {"line": 0.0}),
        ("nba_points_lines", {"over_price": 50.0}),
        ("mlb_pitcher_games", {"k": 40}),
    ],
)
def test_a_row_fault_is_counted_and_held_and_the_rest_is_written(
    name: str, fault: Row, warehouse: DeltaWarehouse, tmp_path: Path
) -> None:
    frame = rows(name, *crowd(name, 120), fault)
    report = imported(warehouse, write_folder(tmp_path / "data", {name: frame}))
    file = report_of(report, name)
    assert (file.rows_in, file.written, sum(file.quarantined.values())) == (121, 120, 1)
    held = warehouse.read(reference.QUARANTINE)
    assert held.select("table_name", "origin", "state").rows() == [(SPECIFICATIONS[name].table.name, name, "held")]
    assert report.exit_code == 0


def test_exact_duplicates_are_merged_and_conflicting_keys_held(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    people = crowd("nba_player_box", 300)
    frame = rows("nba_player_box", *people, people[0], {**people[1], "pts": 99})
    file = report_of(imported(warehouse, write_folder(tmp_path / "data", {"nba_player_box": frame})), "nba_player_box")
    assert (file.rows_in, file.written, file.merged) == (302, 299, 1)
    assert file.quarantined == {"key (event_id, player_id, source) repeats": 2}


def test_more_than_one_percent_of_faulty_rows_refuse_the_file(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    frame = rows("nba_player_box", *crowd("nba_player_box", 50), {"pts": -2})
    report = imported(warehouse, write_folder(tmp_path / "data", {"nba_player_box": frame}))
    assert "1 of 51 rows are faulty" in str(report_of(report, "nba_player_box").refused)
    assert warehouse.count(raw.RAW_NBA_PLAYER_BOX) == 0
    assert warehouse.count(reference.QUARANTINE) == 0


@pytest.mark.proves("L22")
def test_a_resolved_name_replays_its_quarantined_rows(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    lines = rows("nba_points_lines", {}, {"player_id": None, "player_name": "Big Ivo"})
    starts = rows("mlb_pitcher_games", {}, {"pitcher_id": None, "pitcher_name": "Bo", "team": "DDD", "is_home": False})
    directory = write_folder(tmp_path / "data", {"nba_points_lines": lines, "mlb_pitcher_games": starts})
    imported(warehouse, directory)
    assert replay_names(warehouse, FixedClock(NOW)).replayed == 0
    for row in (alias("Big Ivo", "nba:77", "the_odds_api"), alias("Bo", "mlb:88", "*")):
        warehouse.write(reference.PLAYER_ALIASES, row, STAMP)
    replayed = replay_names(warehouse, FixedClock(NOW))
    assert (replayed.replayed, replayed.written, replayed.still_held) == (2, 2, 0)
    assert warehouse.count(raw.RAW_QUOTES, [In("subject", ("nba:77",))]) == 1
    assert warehouse.count(raw.RAW_MLB_PITCHER_GAME, [In("pitcher_id", (88,))]) == 1
    assert set(warehouse.read(reference.QUARANTINE)["state"]) == {"replayed"}
    assert set(warehouse.read(reference.UNRESOLVED_NAMES)["status"]) == {"resolved"}


def test_a_name_makes_no_faulty_row_good(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    """A row that is held for more than its name stays held, whoever it turns out to be."""
    faulty = {"player_id": None, "player_name": "Big Ivo", "line": 0.0}
    lines = rows("nba_points_lines", *crowd("nba_points_lines", 120), faulty)
    imported(warehouse, write_folder(tmp_path / "data", {"nba_points_lines": lines}))
    warehouse.write(reference.PLAYER_ALIASES, alias("Big Ivo", "nba:77", "*"), STAMP)
    assert replay_names(warehouse, FixedClock(NOW)).written == 0
    assert warehouse.read(reference.QUARANTINE)["state"].to_list() == ["held"]


def test_a_replay_and_an_import_with_the_alias_write_the_same_rows(tmp_path: Path) -> None:
    lines = rows("nba_points_lines", {}, {"player_id": None, "player_name": "Big Ivo"})
    directory = write_folder(tmp_path / "data", {"nba_points_lines": lines})
    late, early = (DeltaWarehouse(tmp_path / home, FixedClock(NOW)) for home in ("late", "early"))
    early.write(reference.PLAYER_ALIASES, alias("Big Ivo", "nba:77", "*"), STAMP)
    imported(late, directory)
    late.write(reference.PLAYER_ALIASES, alias("Big Ivo", "nba:77", "*"), STAMP)
    replay_names(late, FixedClock(NOW))
    imported(early, directory)
    assert late.content_hash(raw.RAW_QUOTES) == early.content_hash(raw.RAW_QUOTES)
    again = imported(late, directory)
    assert report_of(again, "nba_points_lines").unchanged == 2


def test_a_name_that_a_person_ignores_stays_ignored(warehouse: DeltaWarehouse, tmp_path: Path) -> None:
    lines = rows("nba_points_lines", {}, {"player_id": None, "player_name": "Big Ivo"})
    directory = write_folder(tmp_path / "data", {"nba_points_lines": lines})
    assert imported(warehouse, directory).unresolved == 1
    ignored = warehouse.read(reference.UNRESOLVED_NAMES).with_columns(pl.lit("ignored").alias("status"))
    warehouse.write(reference.UNRESOLVED_NAMES, ignored, STAMP)
    assert imported(warehouse, directory).unresolved == 0
    assert warehouse.read(reference.UNRESOLVED_NAMES)["status"].to_list() == ["ignored"]


def test_row_order_of_the_files_changes_no_table(tmp_path: Path) -> None:
    frames = {name: rows(name, *crowd(name, 5)) for name in SPECIFICATIONS}
    straight, turned = (DeltaWarehouse(tmp_path / home, FixedClock(NOW)) for home in ("straight", "turned"))
    imported(straight, write_folder(tmp_path / "one", frames))
    imported(turned, write_folder(tmp_path / "other", {name: frame.reverse() for name, frame in frames.items()}))
    assert hashes(straight) == hashes(turned)


def test_a_report_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(Exception, match="2 rows came in, 1 are accounted for"):
        FileReport("file", rows_in=2, written=1)
