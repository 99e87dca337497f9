"""Doctor: evidence of work, and what to do where it fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.backends.warehouse.rules import STORED
from propcast.core.clock import FixedClock
from propcast.pipeline.doctor import Finding, examine
from propcast.tables.forecasts import MODELS
from propcast.tables.reference import PLAYER_ALIASES
from tests.pipeline.conftest import NOW


def opener(settings: Settings) -> Callable[..., Backends]:
    """Open the home of the settings, or another one."""
    return lambda home=None: compose(settings if home is None else Settings(home=home), FixedClock(NOW))


def findings(settings: Settings) -> dict[str, Finding]:
    """What the doctor finds, by check."""
    return {finding.check: finding for finding in examine(opener(settings), settings)}


def test_a_home_with_a_model_passes(trained_home: Backends) -> None:
    found = findings(trained_home.settings)
    assert {f.check for f in found.values() if f.status == "fail"} == set()
    assert (found["models:golden"].status, found["tables:schema"].status) == ("pass", "pass")
    assert found["models:golden"].detail.startswith("1 models load")


def test_scratch_work_leaves_nothing_in_the_home(played_home: Backends) -> None:
    home = played_home.settings.home
    before = sorted(path.relative_to(home) for path in home.rglob("*.parquet"))
    findings(played_home.settings)
    assert sorted(path.relative_to(home) for path in home.rglob("*.parquet")) == before


def test_a_warehouse_that_is_elsewhere_keeps_its_tables_as_they_are(played_home: Backends) -> None:
    """On Google Cloud another home has the same tables."""
    stored = played_home.warehouse
    open_home = opener(played_home.settings)
    before = stored.version(PLAYER_ALIASES)
    found = examine(lambda home=None: replace(open_home(home), warehouse=stored), played_home.settings)
    assert next(each.status for each in found if each.check == "warehouse:round_trip") == "pass"
    assert stored.version(PLAYER_ALIASES) == before
    assert stored.sweep(NOW + timedelta(days=1)) == 0


@pytest.mark.proves("L43")
def test_a_model_file_that_is_gone_fails_and_says_how_to_get_it_back(trained_home: Backends) -> None:
    (path,) = (trained_home.settings.home / "objects").rglob("*.zip")
    path.unlink()
    finding = findings(trained_home.settings)["models:golden"]
    assert finding.status == "fail"
    assert "propcast train --sport nba --market points --until 2024-12-07" in finding.detail


@pytest.mark.proves("L43")
def test_a_model_file_that_was_changed_fails(trained_home: Backends) -> None:
    (path,) = (trained_home.settings.home / "objects").rglob("*.zip")
    path.write_bytes(path.read_bytes() + b"x")
    assert findings(trained_home.settings)["models:golden"].status == "fail"


@pytest.mark.proves("L21")
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda frame: frame.with_columns(pl.col("n_rows").cast(pl.String)), "models: n_rows of another type"),
        (lambda frame: frame.drop("sha256"), "models: the stored models lacks sha256"),
    ],
    ids=["type", "absence"],
)
def test_a_stored_table_unlike_its_declaration_fails(
    played_home: Backends, change: Callable[[pl.DataFrame], pl.DataFrame], fault: str
) -> None:
    folder = played_home.settings.home / "warehouse" / "models"
    write_deltalake(folder, change(pl.DataFrame(schema={**MODELS.schema, **STORED})), mode="overwrite")
    finding = findings(played_home.settings)["tables:schema"]
    assert finding.status == "fail"
    assert finding.detail.startswith(fault)


def test_an_empty_home_warns_and_says_what_to_run(empty_home: Backends) -> None:
    found = findings(empty_home.settings)
    assert found["tables:schema"] == Finding(
        "tables:schema", "warn", "nothing is stored yet; run `propcast import --from DIR`"
    )
    assert found["models:golden"].status == "warn"


def test_a_home_that_is_not_there_warns_and_is_not_made(tmp_path: Path) -> None:
    found = findings(Settings(home=tmp_path / "none", history=tmp_path))
    assert found["home:folder"].status == "warn"
    assert "models:golden" not in found
    assert not (tmp_path / "none").exists()


def test_a_misspelt_setting_is_a_warning_with_a_suggestion(
    empty_home: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROPCAST_HOEM", "/tmp")  # noqa: S108 - never used
    finding = findings(empty_home.settings)["settings:unknown"]
    assert finding.status == "warn"
    assert "PROPCAST_HOME" in finding.detail


def test_a_broken_part_fails_alone(empty_home: Backends) -> None:
    """A store that cannot be opened stops no other check."""

    def broken(home: Path | None = None) -> Backends:
        raise OSError("disk on fire")

    found = {finding.check: finding for finding in examine(broken, empty_home.settings)}
    assert found["warehouse:round_trip"] == Finding("warehouse:round_trip", "fail", "OSError: disk on fire")
    assert found["zone:eastern"].status == "pass"
