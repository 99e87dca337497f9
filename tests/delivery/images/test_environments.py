"""The planted defects in whole environments: each is caught by its own proofs, and by nothing else.

Every case is shown twice: with all proofs, and without those that guard it. Then the service boots and is well, so that
nothing but the guard would have stopped the image.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from benchmarks.images.__main__ import SITE
from benchmarks.images.__main__ import scratch as copied
from benchmarks.images.defects import CONSOLE, PROCESSOR, WORKER, other_version, replace, without_openmp, without_zones

from propcast.delivery.images.checkout import Checkout
from propcast.delivery.images.environment import Environment
from propcast.delivery.images.findings import Proven
from propcast.delivery.images.selftest import selftest
from propcast.service import catalogue

pytestmark = [pytest.mark.images, pytest.mark.timeout(1200)]  # a busy machine makes environments slowly
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Planted:
    """A defect in an environment, what has to find it, and what has to be said."""

    service: str
    plant: Callable[[Path], None]
    guards: tuple[str, ...]
    said: tuple[str, ...]


def without_template(site: Path) -> None:
    (site / "propcast/apps/console/templates/today.html").unlink()


def without_analytics(site: Path) -> None:
    shutil.rmtree(site / "propcast" / "analytics")


def without_client(site: Path) -> None:
    for name in ("jinja2", "httpx"):
        shutil.rmtree(site / name)


CASES = {
    "I1": Planted(CONSOLE, without_client, ("imports",), ("imports jinja2", "imports httpx", "an extra of admin-dash")),
    "I2": Planted(PROCESSOR, without_analytics, ("imports",), ("No module named 'propcast.analytics'", ".py:")),
    "I4": Planted(WORKER, without_openmp, ("native", "imports", "golden"), ("libgone.so.1", "wheel of lightgbm")),
    "I5": Planted(CONSOLE, without_template, ("data",), ("templates/today.html",)),
    "I6": Planted(CONSOLE, without_zones, ("zones",), ("America/New_York",)),
    "I7": Planted(WORKER, other_version, ("golden",), ("was trained with lightgbm 4", "(here 94")),
}
STOPPED_ANYWAY = {"I1", "I2", "I6"}
"""What is imported as a service starts: without its guard the boot fails, later and less clearly."""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Environment]]:
    """Makes one sound environment for each service."""
    made = dict[str, Environment]()

    def template(service: str) -> Environment:
        if service not in made:
            made[service] = Environment(ROOT, tmp_path_factory.mktemp(service))
            assert made[service].install(Checkout(ROOT).extras(service)) == []
        return made[service]

    yield template
    for environment in made.values():
        shutil.rmtree(environment.folder)


@pytest.fixture
def planted(templates: Callable[[str], Environment], tmp_path: Path) -> Iterator[Callable[[Planted], Environment]]:
    """Makes a copy of a sound environment with a defect in it."""

    def plant(case: Planted) -> Environment:
        copy = Environment(ROOT, tmp_path)
        shutil.copytree(templates(case.service).venv, copy.venv, symlinks=True, copy_function=os.link)
        case.plant(copy.venv / SITE)
        return copy

    yield plant
    shutil.rmtree(tmp_path / "venv", ignore_errors=True)


def failed(proofs: list[Proven]) -> dict[str, list[str]]:
    return {each.proof: [finding.told for finding in each.findings] for each in proofs if not each.holds}


@pytest.mark.proves("I1", "I2", "I4", "I5", "I6", "I7", "I10")
@pytest.mark.parametrize("name", CASES)
def test_a_planted_defect_is_caught_by_its_guard_alone(planted: Callable[[Planted], Environment], name: str) -> None:
    case = CASES[name]
    environment, needs = planted(case), Checkout(ROOT).needs(case.service)
    caught = failed(environment.prove(case.service, needs, without=["boot"]))
    assert set(caught) == set(case.guards)
    told = "\n".join(sentence for sentences in caught.values() for sentence in sentences)
    assert [said for said in case.said if said not in told] == [], told
    if name not in STOPPED_ANYWAY:
        assert failed(environment.prove(case.service, needs, without=case.guards)) == {}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A checkout to plant defects in."""
    return copied(tmp_path)


@pytest.mark.proves("I1")
def test_an_extra_that_a_service_lacks_stops_it_before_anything_is_installed(scratch: Path) -> None:
    replace(scratch / "deploy/propcast.toml", '["web", "gcp", "console"]', '["web", "gcp"]')
    report = selftest(Checkout(scratch), CONSOLE)
    assert [each.proof for each in report.proofs if not each.holds] == ["closure"]
    assert {finding.subject.split(".")[0] for finding in report.findings} == {"argon2", "jinja2", "markupsafe"}
    assert all('or "console", which has it' in finding.told for finding in report.findings)


@pytest.mark.proves("I3", "I10")
def test_an_import_in_a_function_stops_it_though_it_would_boot(scratch: Path) -> None:
    module = scratch / "src/propcast/apps/desk.py"
    with module.open("a", encoding="utf-8") as file:
        file.write("\n\ndef rarely() -> None:\n    import pandas\n")
    line = len(module.read_text(encoding="utf-8").splitlines())
    (finding,) = selftest(Checkout(scratch), PROCESSOR).findings
    assert finding.told.startswith(f"src/propcast/apps/desk.py:{line} imports pandas")
    environment = Environment(scratch, scratch / "environment")
    assert environment.install(Checkout(scratch).extras(PROCESSOR)) == []
    assert set(failed(environment.prove(PROCESSOR, Checkout(scratch).needs(PROCESSOR), without=["boot"]))) == {
        "imports"
    }
    # The service starts. Whether it has read its own sources when it is first asked for its deep health is chance.
    booted = failed(environment.prove(PROCESSOR, Checkout(scratch).needs(PROCESSOR), without=["imports"]))
    assert set(booted) <= {"boot"}
    assert all(told.startswith("/health/deep: image:unresolved_imports") for told in booted.get("boot", []))


@pytest.mark.proves("I2", "I5")
def test_what_the_wheel_leaves_out_is_named(scratch: Path) -> None:
    left_out = 'packages = ["src/propcast"]\nexclude = ["src/propcast/apps/console/static", "src/propcast/precompute"]'
    replace(scratch / "pyproject.toml", 'packages = ["src/propcast"]', left_out)
    told = "\n".join(finding.told for finding in selftest(Checkout(scratch), CONSOLE).findings)
    assert "No module named 'propcast.precompute'" in told
    assert "static/console.css" in told


@pytest.mark.proves("I8")
def test_a_stale_lock_stops_it_though_it_would_install(scratch: Path) -> None:
    replace(scratch / "pyproject.toml", '"structlog>=25.4"', '"structlog>=99"')
    report = selftest(Checkout(scratch), PROCESSOR)
    assert [each.proof for each in report.proofs if not each.holds] == ["lock"]
    assert "structlog of extra `web`" in report.findings[0].told
    environment = Environment(scratch, scratch / "environment")
    assert environment.install(Checkout(scratch).extras(PROCESSOR)) == []


@pytest.mark.parametrize("entry", catalogue.SERVICES, ids=lambda entry: entry.name)
def test_every_service_passes(entry: catalogue.Entry) -> None:
    report = selftest(Checkout(ROOT), entry.name)
    assert failed(list(report.proofs)) == {}
    assert {each.proof for each in report.proofs} >= {"lock", "closure", "install", "imports", "golden", "boot"}
