"""What goes wrong: one sentence that says what to do, a documented exit code, no traceback."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from propcast.backends.compose import Backends
from propcast.core.errors import (
    ContractViolation,
    InputError,
    LeakDetected,
    ModelRefused,
    NotReady,
    PropCastError,
    StoreConflict,
)
from tests.cli.conftest import propcast, run_in
from tests.pipeline.conftest import NBA_DAY

NBA = ("--sport", "nba", "--date", str(NBA_DAY))


def said(result: Result, exit_code: int) -> str:
    """What stands on standard error; standard output stays empty for whoever parses it."""
    assert result.exit_code == exit_code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("slate", "--sport", "nba", "--date", "2025-10-2"), "write it as YYYY-MM-DD"),
        (("slate", "--sport", "nba", "--date", "tomorrow"), "is not a game day"),
        (("slate", "--sport", "nhl", "--date", "2025-10-24"), "is not one of 'nba', 'mlb'"),
        (("slate", *NBA, "--market", "pionts"), "did you mean 'points'"),
        (("slate", *NBA, "--market", "pitcher_strikeouts"), "a market of mlb"),
        (("slate", *NBA, "--system", "similarty"), "did you mean 'similarity'"),
        (("slate", *NBA, "--format", "xml"), "is not one of"),
        (("explain", "feedface"), "no current prediction starts with 'feedface'"),
        (("explain",), "Missing argument"),
        (("day", *NBA, "--as-of", "noon"), "write it like 2025-10-24T21:30:00Z"),
        (("day", *NBA, "--as-of", "2024-12-07T12:00:00"), "end it with Z"),
        (("scorecard", "--sport", "nba", "--from", "2024-12-08", "--to", "2024-12-07"), "swap them"),
        (("backfill", "--sport", "nba", "--from", "2024-12-08", "--to", "2024-12-07"), "swap them"),
        (("train", "--sport", "mlb", "--market", "points", "--until", "2024-12-07"), "markets of mlb"),
        (("backtest", "--sport", "nba", "--market", "points", "--season", "2024"), "did you mean '2024-25'"),
        (("backtest", "--sport", "mlb", "--market", "pitcher_strikeouts", "--season", "x"), "write it like 2025"),
        (("backtest", "--sport", "nba", "--market", "points", "--season", "2024-25", "--report", "a.pdf"), ".html"),
        (("import", "--from", "nowhere"), "is not a folder"),
        (("slates",), "No such command"),
        (("slate", "--sprot", "nba"), "No such option"),
    ],
)
def test_what_cannot_be_used_is_exit_code_2(played_template: Path, words: tuple[str, ...], hint: str) -> None:
    assert hint in said(propcast("--home", played_template, *words), 2)


@pytest.mark.parametrize(
    "words",
    [("status",), ("slate", *NBA), ("day", *NBA), ("grade", *NBA), ("explain", "abc")],
    ids=lambda words: words[0],
)
def test_a_home_that_is_not_there_is_not_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    home = tmp_path / "hoem"
    assert f"there is no home at {home}" in said(propcast("--home", home, *words), 2)
    assert not home.exists()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file" in said(propcast("--home", tmp_path / "file", "status"), 2)
    assert "cannot be the home folder" in said(propcast("--home", tmp_path / "file", "import", "--from", tmp_path), 2)


def test_an_empty_folder_of_history_is_refused_by_name(tmp_path: Path) -> None:
    assert "nba_player_box.parquet" in said(propcast("--home", tmp_path / "h", "import", "--from", tmp_path), 2)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("slate", "--sport", "nba", "--date", "2024-11-01"), "propcast day --sport nba --date 2024-11-01"),
        (("grade", "--sport", "nba", "--date", "2024-11-01"), "propcast day --sport nba --date 2024-11-01"),
        (("scorecard", "--sport", "nba", "--from", "2024-11-01", "--to", "2024-11-02"), "propcast grade"),
        (("train", "--sport", "nba", "--market", "points", "--until", "2023-10-30"), "at least 200"),
        (("train", "--sport", "nba", "--market", "points", "--until", "2013-10-30"), "propcast import"),
    ],
)
def test_what_is_not_ready_is_exit_code_4(played_home: Backends, words: tuple[str, ...], hint: str) -> None:
    assert hint in said(run_in(played_home)(*words), 4)


def test_a_day_of_an_empty_home_is_exit_code_4(empty_home: Backends) -> None:
    assert "propcast import --from DIR" in said(run_in(empty_home)("day", *NBA), 4)


def test_a_changed_model_is_exit_code_5(trained_home: Backends) -> None:
    (path,) = (trained_home.settings.home / "objects").rglob("*.zip")
    path.write_bytes(path.read_bytes()[:-1])
    assert "sha256" in said(run_in(trained_home)("day", *NBA), 5)


def raising(error: BaseException) -> Callable[..., object]:
    """A day that ends like this."""

    def run(*_: object, **__: object) -> object:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PropCastError("it is broken [/bold]; mend it"), 1),
        (InputError("it is broken [/bold]; mend it"), 2),
        (ContractViolation("it is broken [/bold]; mend it"), 3),
        (NotReady("it is broken [/bold]; mend it"), 4),
        (ModelRefused("it is broken [/bold]; mend it"), 5),
        (LeakDetected("it is broken [/bold]; mend it"), 6),
        (StoreConflict("it is broken [/bold]; mend it"), 7),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_of_ours_has_its_exit_code(
    played_template: Path, monkeypatch: pytest.MonkeyPatch, error: PropCastError, code: int
) -> None:
    """The message is printed as it is, brackets too."""
    monkeypatch.setattr("propcast.pipeline.day.run_day", raising(error))
    assert said(propcast("--home", played_template, "day", *NBA), code) == "✗ it is broken [/bold]; mend it"


def test_an_error_of_the_machine_names_the_file(played_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.pipeline.day.run_day", raising(OSError(28, "No space left on device", "/data/x")))
    assert said(propcast("--home", played_template, "day", *NBA), 1).startswith("✗ /data/x: No space left on device")


def test_an_interrupted_command_says_what_stands(played_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.pipeline.day.run_day", raising(KeyboardInterrupt()))
    assert "interrupted; nothing half-done is visible" in said(propcast("--home", played_template, "day", *NBA), 130)


def test_a_bug_keeps_its_traceback(played_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("propcast.pipeline.day.run_day", raising(ZeroDivisionError()))
    assert isinstance(propcast("--home", played_template, "day", *NBA).exception, ZeroDivisionError)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_reader_who_leaves_early_is_no_failure(played_template: Path, form: str) -> None:
    """`propcast slate | head` ends quietly, whoever has read enough."""
    read, write = os.pipe()
    os.close(read)
    words = ["--home", str(played_template), "slate", *NBA, "--format", form]
    with os.fdopen(write, "wb") as closed:
        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "propcast.cli.main", *words], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
