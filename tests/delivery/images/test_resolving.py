"""Whether a module is there is found out without importing it."""

import sys
from pathlib import Path

import pytest

from propcast.delivery.images.reach import Need, Place
from propcast.delivery.images.resolving import resolves, unresolved

HERE = Place("x.py", 1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for modules, the first that is looked at."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def put(site: Path, *files: str) -> None:
    for file in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text("raise RuntimeError('it was imported')", encoding="utf-8")


def need(module: str, name: str = "") -> Need:
    return Need(module, name, HERE)


def test_nothing_is_imported(site: Path) -> None:
    put(site, "package_x/__init__.py", "package_x/inner/__init__.py", "package_x/inner/module.py")
    before = set(sys.modules)
    assert resolves(need("package_x.inner.module", "anything"))
    assert set(sys.modules) == before


@pytest.mark.parametrize("absent", ["package_y", "package_x.gone", "package_x.module.deeper", "package_x.gone.deeper"])
def test_what_is_not_there_does_not_resolve(site: Path, absent: str) -> None:
    put(site, "package_x/__init__.py", "package_x/module.py")
    assert unresolved([need(absent), need("package_x.module")]) == [need(absent)]


@pytest.mark.proves("I1")
def test_a_name_of_a_shared_package_must_be_a_module_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("one", "two"):
        monkeypatch.syspath_prepend(str(tmp_path / part))
    put(tmp_path, "one/vendor/cloud/storage/__init__.py", "two/vendor/cloud/firestore.py")
    for name in ("storage", "firestore"):
        assert resolves(need("vendor.cloud", name))
    assert not resolves(need("vendor.cloud", "pubsub_v1"))


def test_what_is_loaded_is_there(site: Path) -> None:
    assert resolves(need("pytest", "raises"))
    assert resolves(need("os.path"))
