"""File faults: each names the file, what is wrong, and what to do."""

from pathlib import Path

import polars as pl
import pytest

from propcast.core.errors import FileFault
from propcast.sources.history.layout import LAYOUT, SPECIFICATIONS
from propcast.sources.history.parquet import read_file
from propcast.sources.history.specification import Specification
from tests.sources.samples import rows

SCHEDULE = SPECIFICATIONS["nba_schedule"]


def fault_of(directory: Path) -> str:
    with pytest.raises(FileFault) as caught:
        read_file(directory, SCHEDULE)
    return str(caught.value)


@pytest.mark.parametrize("specification", LAYOUT, ids=lambda s: s.name)
def test_an_ordinary_file_is_read_in_canonical_dtypes(specification: Specification, tmp_path: Path) -> None:
    name = specification.name
    rows(name).write_parquet(tmp_path / f"{name}.parquet")
    frame = read_file(tmp_path, SPECIFICATIONS[name])
    assert frame.height == 1
    assert set(frame.dtypes) <= {pl.Int64, pl.Float64, pl.String, pl.Boolean, pl.Date, pl.Datetime("us", "UTC")}


def test_a_missing_file_says_where_it_should_be(tmp_path: Path) -> None:
    assert f"no such file in {tmp_path}" in fault_of(tmp_path)


@pytest.mark.proves("L22")
def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / SCHEDULE.file_name
    rows("nba_schedule").write_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    assert "cannot be read as Parquet" in fault_of(tmp_path)


@pytest.mark.parametrize("body", [b"", b"game_id,home_pts\n1,2\n", b"PAR1" + b"\0" * 60 + b"PAR1"])
def test_bytes_that_are_no_parquet_are_refused(body: bytes, tmp_path: Path) -> None:
    (tmp_path / SCHEDULE.file_name).write_bytes(body)
    assert "nba_schedule.parquet: cannot be read as Parquet" in fault_of(tmp_path)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    rows("nba_schedule").clear().write_parquet(tmp_path / SCHEDULE.file_name)
    assert "has no rows" in fault_of(tmp_path)


@pytest.mark.proves("L22")
def test_all_missing_and_mistyped_columns_are_named_at_once(tmp_path: Path) -> None:
    broken = rows("nba_schedule").drop("home_pts").with_columns(pl.lit("many").alias("away_pts"))
    broken.write_parquet(tmp_path / SCHEDULE.file_name)
    message = fault_of(tmp_path)
    assert "column home_pts is missing" in message
    assert "away_pts holds String, not whole numbers" in message


def test_an_instant_without_a_zone_is_no_instant(tmp_path: Path) -> None:
    naive = rows("nba_schedule").with_columns(pl.col("start_utc").dt.replace_time_zone(None))
    naive.write_parquet(tmp_path / SCHEDULE.file_name)
    assert "not instants with a time zone" in fault_of(tmp_path)


def test_outcome_columns_of_line_files_are_never_read() -> None:
    """They came from the result; `game_id` and `game_pk` serve the mapping of vendor events alone."""
    outcomes = {"actual", "actual_k", "actual_bf", "actual_minutes", "result", "team", "opponent", "is_home"}
    for name in ("nba_points_lines", "nba_other_lines", "nba_pra_lines", "mlb_k_lines"):
        assert not outcomes & set(SPECIFICATIONS[name].columns)
