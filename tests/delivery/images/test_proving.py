"""Each proof, in this process: what it finds, and how it says so."""

import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from propcast.core.gameday import EASTERN
from propcast.delivery.images import proving, zones
from propcast.delivery.images.findings import Finding, Proven, run
from propcast.delivery.images.reach import Need, Place
from propcast.service.catalogue import PREDICTION_WORKER

HERE = Place("src/propcast/x.py", 7)


def imports(*needs: Need) -> list[Finding]:
    return list(proving.imports(PREDICTION_WORKER, needs))


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that is there and imports what is not."""
    (tmp_path / "broken_x.py").write_text("import nobody_has_this\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_what_is_there_is_no_finding() -> None:
    assert imports(Need("json", "loads", HERE), Need("xml", "dom", HERE), Need("os", "*", HERE)) == []


@pytest.mark.proves("I1")
def test_a_name_that_is_not_in_its_package_is_said_as_python_says_it() -> None:
    (finding,) = imports(Need("xml", "pubsub_v1", HERE))
    assert "src/propcast/x.py:7 imports xml.pubsub_v1: ImportError: cannot import name 'pubsub_v1'" in finding.told
    assert "an extra of prediction-worker in pyproject.toml" in finding.told


@pytest.mark.proves("I2")
def test_a_package_of_ours_that_is_not_there_is_named_once_with_its_importer(broken: Path) -> None:
    needs = [Need(f"propcast.gone{end}", "", HERE) for end in ("", ".one", ".two")]
    (finding,) = imports(*needs)
    assert finding.subject == "propcast.gone"
    assert "No module named 'propcast.gone'" in finding.told
    assert "left out of the wheel" in finding.told


def test_what_a_module_lacks_in_turn_is_told_of_the_module_that_was_asked_for(broken: Path) -> None:
    (finding,) = imports(Need("broken_x", "", HERE))
    assert "imports broken_x: ModuleNotFoundError: No module named 'nobody_has_this'" in finding.told


def test_without_an_optional_module_there_is_a_warning_and_never_silence() -> None:
    (finding,) = imports(Need("nobody_has_this", "", HERE, optional=True))
    assert finding.warns
    assert Proven("imports", 0.0, (finding,)).holds


@pytest.mark.proves("I5")
def test_a_data_file_that_was_left_out_is_named() -> None:
    present, absent = ("propcast.service.health", "schema.json"), ("propcast.apps.console", "templates/gone.html")
    assert [finding.subject for finding in proving.data([present, absent])] == ["templates/gone.html"]


@pytest.mark.proves("I6")
def test_without_a_zone_database_the_zone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoneThere:
        @staticmethod
        def no_cache(key: str) -> None:
            raise zoneinfo.ZoneInfoNotFoundError(key)

    assert list(zones.zones()) == []
    monkeypatch.setattr(zones, "ZoneInfo", NoneThere)
    (finding,) = zones.zones()
    assert "America/New_York" in finding.told
    assert "tzdata" in finding.told


def test_a_zone_without_its_changes_of_the_clock_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "ZONE", "America/Bogota")
    assert len(list(zones.zones())) == 2


def test_the_zone_that_is_proved_is_that_of_game_days() -> None:
    assert EASTERN.key == zones.ZONE


def test_nothing_is_booted_that_has_failed_before() -> None:
    begun = list[str]()

    def proof(name: str, *found: Finding) -> Iterator[Finding]:
        begun.append(name)
        yield from found

    wrong = Finding("data", "x", "x is gone")
    proofs = {"data": lambda: proof("data", wrong), "golden": lambda: proof("golden"), "boot": lambda: proof("boot")}
    assert [each.holds for each in run(proofs)] == [False, True]
    assert begun == ["data", "golden"]
