"""What only the Delta Lake adapter promises: its folder, its crash points, its conflicts."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from deltalake import write_deltalake

from propcast.backends.warehouse import delta_store
from propcast.backends.warehouse.delta import DeltaWarehouse
from propcast.backends.warehouse.port import In
from propcast.backends.warehouse.predicate import partition_sql
from propcast.core.clock import FixedClock
from propcast.core.errors import StoreConflict, StoreUnavailable
from tests.backends.samples import FACTS, FIRST, LATEST, MONDAY, NOON, QUOTES, SMALL, frame, put, row

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def delta(root: Path) -> DeltaWarehouse:
    return DeltaWarehouse(root, FixedClock(NOON))


def test_files_are_laid_out_by_partition(delta: DeltaWarehouse, root: Path) -> None:
    put(delta, FACTS, row("a", season="2024"), row("b", season="2025"))
    put(delta, QUOTES, row("a"))
    put(delta, SMALL, row("a"))
    assert sorted(p.parent.name for p in root.glob("*/**/*.parquet")) == [
        f"game_day={MONDAY}",
        "season=2024",
        "season=2025",
        "small",
    ]


def test_a_replaced_row_rewrites_only_its_own_partition(delta: DeltaWarehouse, root: Path) -> None:
    put(delta, LATEST, row("a", season="2024"), row("b", season="2025"))
    before = set(root.glob("latest/season=2024/*"))
    put(delta, LATEST, row("b", 2, season="2025"))
    assert set(root.glob("latest/season=2024/*")) == before


def test_a_condition_to_one_text_opens_only_files_that_may_hold_it(delta: DeltaWarehouse, root: Path) -> None:
    put(delta, QUOTES, row("a", note="ours"))
    before = set(root.glob("quotes/**/*.parquet"))
    put(delta, QUOTES, row("b", note="theirs"))
    (theirs,) = set(root.glob("quotes/**/*.parquet")) - before
    theirs.unlink()
    assert delta.read(QUOTES, [In("note", ("ours",))])["thing"].to_list() == ["a"]


def test_many_partitions_are_one_commit(delta: DeltaWarehouse) -> None:
    seasons = [str(1000 + i) for i in range(300)]
    put(delta, LATEST, *(row(f"t{s}", 1, season=s) for s in seasons))
    result = put(delta, LATEST, *(row(f"t{s}", 2, season=s) for s in seasons))
    assert (result.written, result.version) == (300, 1)
    assert delta.count(LATEST) == 300


def test_compaction_merges_the_files_of_small_writes(delta: DeltaWarehouse) -> None:
    for i in range(6):
        put(delta, FACTS, row(f"t{i}", i))
    assert delta.compact(FACTS) == 6


@pytest.mark.parametrize("earlier", [0, 1], ids=["first write", "later write"])
def test_a_writer_killed_between_files_and_commit_leaves_nothing(
    delta: DeltaWarehouse, root: Path, earlier: int
) -> None:
    if earlier:
        put(delta, LATEST, row("a", 1))
    writer = SPAWN.Process(target=die_before_commit, args=(root,))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert len(list(root.glob("latest/**/*.parquet"))) == earlier + 1
    assert delta.read(LATEST)["value"].to_list() == [1] * earlier
    assert put(delta, LATEST, row("a", 2), row("b", 2)).written == 2
    assert delta.count(LATEST) == 2


def test_a_foreign_commit_during_a_replacement_is_a_conflict(
    delta: DeltaWarehouse, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(delta, LATEST, row("a", 1))

    def after_somebody_else(target: Any, rows: Any, **options: Any) -> None:
        write_deltalake(root / "latest", rows.head(1), mode="overwrite")
        write_deltalake(target, rows, **options)

    monkeypatch.setattr(delta_store, "write_deltalake", after_somebody_else)
    with pytest.raises(StoreConflict, match="another program"):
        put(delta, LATEST, row("a", 2))


def test_partition_values_are_quoted() -> None:
    assert partition_sql("season", ["it's", "b"]) == "\"season\" IN ('it''s', 'b')"
    assert partition_sql("game_day", [MONDAY]) == "\"game_day\" IN ('2025-10-20')"


def die_before_commit(root: Path) -> None:
    """Write the data files of a commit, then die as the kernel would make us."""

    def files_only(target: Any, rows: Any, **options: Any) -> None:
        orphan = root / "latest" / "season=2025" / "orphan.parquet"
        orphan.parent.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(orphan)
        os.kill(os.getpid(), signal.SIGKILL)

    vars(delta_store)["write_deltalake"] = files_only
    DeltaWarehouse(root, FixedClock(NOON)).write(LATEST, frame(row("a", 2), row("b", 2)), FIRST)


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow further, as on a disk that is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def test_a_full_disk_is_a_store_that_may_answer_later(delta: DeltaWarehouse) -> None:
    with no_room_beyond(200), pytest.raises(StoreUnavailable, match="cannot be written"):
        put(delta, SMALL, row("b"))
    assert delta.count(SMALL) == 0
    put(delta, SMALL, row("b"))
    assert delta.count(SMALL) == 1


def test_a_disk_without_room_for_the_log_is_one_too_and_other_errors_stay(
    delta: DeltaWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for said, kind in (("Generic LocalFileSystem error\n  caused by", StoreUnavailable), ("no such thing", OSError)):

        def fails(*_: object, said: str = said, **__: object) -> None:
            raise OSError(said)

        monkeypatch.setattr(delta_store, "write_deltalake", fails)
        with pytest.raises(kind):
            put(delta, SMALL, row("b"))
