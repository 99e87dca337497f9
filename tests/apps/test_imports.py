"""`image:unresolved_imports`: the closure of a service in the process that serves, nothing imported for it."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from propcast.apps.checks.imports import unresolved_imports
from propcast.delivery.images import baked as room
from propcast.delivery.images.baked import Reading, from_sources, kept, needs_of, read, write
from propcast.delivery.images.reach import Need, Place, Reached, Tree, reach_of
from propcast.service.catalogue import PREDICTION_COORDINATOR, Entry
from propcast.service.checklist import CHECKLIST
from propcast.service.health.body import Status
from propcast.service.health.checks import Observed

THERE = Need("json", "loads", Place("src/propcast/a.py", 1))
GONE = Need("google.cloud", "nobody_v1", Place("src/propcast/b.py", 2), lazy=True)
SPARE = Need("nobody_has_this", "", Place("src/propcast/c.py", 3), optional=True)


def seen(*needs: Need) -> Observed:
    def given() -> Sequence[Need]:
        return needs

    found: Any = unresolved_imports(given)()
    assert isinstance(found, Observed)
    return found


def test_what_is_there_passes() -> None:
    assert seen(THERE) == Observed(0)


@pytest.mark.proves("I1", "I3", "H7")
def test_a_missing_module_is_counted_and_named_with_its_importer() -> None:
    found = seen(THERE, GONE)
    assert found.value == 1
    assert CHECKLIST["image:unresolved_imports"].bounds.judge(found.value) is Status.FAIL
    assert "google.cloud.nobody_v1 (src/propcast/b.py:2)" in found.sentence


def test_an_optional_module_that_is_missing_is_a_warning_alone_and_no_excuse_beside_another() -> None:
    assert seen(THERE, SPARE).status is Status.WARN
    assert seen(GONE, SPARE).status is None


def test_what_is_not_known_yet_is_no_pass() -> None:
    found = unresolved_imports(lambda: None)()
    assert isinstance(found, Observed)
    assert (found.value, found.status) == (None, Status.WARN)


def test_the_sources_are_read_once_and_nobody_waits_longer_than_he_may() -> None:
    may_end, begun = threading.Event(), list[int]()

    def slowly() -> Sequence[Need]:
        begun.append(1)
        may_end.wait(30)
        return (THERE,)

    reading = Reading(slowly)
    assert [reading.within(0.0), reading.within(0.0)] == [None, None]
    may_end.set()
    assert reading.within(30) == (THERE,)
    assert begun == [1]


def test_nothing_is_imported_to_find_out() -> None:
    before = set(sys.modules)
    assert unresolved_imports(needs_of(PREDICTION_COORDINATOR, patience_s=60))() == Observed(0)
    assert {name for name in set(sys.modules) - before if not name.startswith("propcast")} == set()


def test_an_image_has_the_list_that_its_sources_gave(tmp_path: Path) -> None:
    baked = from_sources(PREDICTION_COORDINATOR, ("python", "-m", "x"))
    (tmp_path / "needs.json").write_text(write(baked), encoding="utf-8")
    assert read(write(baked)) == baked
    assert needs_of(PREDICTION_COORDINATOR, tmp_path / "needs.json")() == baked.needs


def test_what_sources_need_is_read_again_only_when_one_of_them_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, reads = PREDICTION_COORDINATOR, list[str]()
    app = tmp_path / "propcast" / "apps" / "prediction_coordinator.py"

    def counted(entry: Entry, tree: Tree) -> Reached:
        reads.append(entry.name)
        return reach_of(entry, tree)

    app.parent.mkdir(parents=True)
    app.write_text("import numpy\n", encoding="utf-8")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(room, "reach_of", counted)
    first = [kept(entry, Tree(tmp_path)) for _ in range(2)]
    assert first[0] == first[1]
    assert len(reads) == 1
    app.write_text("import polars.selectors\n", encoding="utf-8")
    assert "polars.selectors" in {need.full for need in kept(entry, Tree(tmp_path))}
    (file,) = (tmp_path / "propcast" / "__pycache__").iterdir()
    file.write_text("{", encoding="utf-8")  # a disk that was full
    assert kept(entry, Tree(tmp_path)) != first[0]
    assert len(reads) == 3
