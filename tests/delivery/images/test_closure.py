"""The real closures: complete, declared, and without models where there are none."""

import shutil
from pathlib import Path

import pytest

from propcast.delivery.images.checkout import Checkout
from propcast.delivery.images.closure import Closure, Surveyor
from propcast.delivery.images.distributions import Installed
from propcast.delivery.images.objections import MODEL_LIBRARIES
from propcast.delivery.images.reach import Tree
from propcast.delivery.manifest.requirements import requirements_of
from propcast.service import catalogue

ROOT = Path(__file__).parents[3]
EACH = pytest.mark.parametrize("entry", catalogue.SERVICES, ids=lambda entry: entry.name)


@pytest.fixture(scope="module")
def closures() -> dict[str, Closure]:
    checkout, installed = Checkout(ROOT), Installed()
    return {entry.name: checkout.closure(entry.name, installed) for entry in catalogue.SERVICES}


@EACH
def test_nothing_is_imported_that_is_not_declared(closures: dict[str, Closure], entry: catalogue.Entry) -> None:
    found = closures[entry.name]
    assert [violation.told for violation in found.violations] == []
    assert [part.name for part in found.distributions if not part.version] == []
    assert [library for library in found.native if not library.found] == []


@pytest.mark.proves("I11")
@EACH
def test_only_who_has_models_has_a_model_library(closures: dict[str, Closure], entry: catalogue.Entry) -> None:
    heavy = {part.name for part in closures[entry.name].distributions} & set(MODEL_LIBRARIES)
    assert heavy == ({"lightgbm"} if "models" in entry.groups else set())


def test_native_libraries_and_data_are_found_where_they_belong(closures: dict[str, Closure]) -> None:
    worker, console = closures["prediction-worker"], closures["admin-dashboard"]
    assert [(each.name, each.distribution) for each in worker.native] == [("libgomp.so.1", "lightgbm")]
    assert console.native == ()
    assert "propcast.apps.console: templates/today.html" in console.data
    assert worker.data == ("propcast.service.health: schema.json",)


def test_what_a_distribution_brings_comes_too_with_its_own_extras(closures: dict[str, Closure]) -> None:
    because = {part.name: part.because for part in closures["prediction-coordinator"].distributions}
    assert because["polars"] == "base"
    assert because["fastapi"] == "web"
    assert because["httptools"] == "uvicorn"


def test_the_hash_follows_sources_and_versions_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    entry, installed = catalogue.PREDICTION_COORDINATOR, Installed()

    def hashed() -> str:
        return Surveyor(Tree(tmp_path / "src"), requirements_of(ROOT), installed).closure(entry, ["web"]).hash

    before = hashed()
    (tmp_path / "src/propcast/cli/main.py").write_text("", encoding="utf-8")
    assert hashed() == before
    with (tmp_path / "src/propcast/core/odds.py").open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert hashed() != before
