"""Many readers and writers at once, and writers that die."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import count
from multiprocessing.connection import Connection

import polars as pl
import pytest

from propcast.backends.warehouse.port import In, Warehouse, WriteResult
from propcast.core.clock import FixedClock
from propcast.tables.schema import Table
from tests.backends.conftest import Site
from tests.backends.samples import FACTS, FIRST, LATEST, NOON, QUOTES, SLICES, STATES, frame, row

SPAWN = multiprocessing.get_context("spawn")
WORKERS, WRITES, OWN, SHARED = 4, 5, 20, 30
BATCH = 50


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(WORKERS, mp_context=SPAWN) as executor:
        yield executor


@pytest.mark.parametrize("table", [FACTS, STATES, QUOTES, LATEST], ids=lambda t: t.name)
@pytest.mark.proves("L26")
def test_writers_at_once_lose_nothing_and_double_nothing(
    site: Site, warehouse: Warehouse, pool: ProcessPoolExecutor, table: Table
) -> None:
    results = [
        r for done in pool.map(write_own_and_shared, [site] * WORKERS, [table] * WORKERS, range(WORKERS)) for r in done
    ]
    own = WORKERS * WRITES * OWN
    assert warehouse.count(table) == own + SHARED
    assert warehouse.read(table).select(table.key).n_unique() == own + SHARED
    assert sum(r.written for r in results) == own + SHARED
    assert max(r.version for r in results) == warehouse.version(table)


@pytest.mark.proves("L26")
def test_slices_replaced_at_once_stay_apart(site: Site, warehouse: Warehouse, pool: ProcessPoolExecutor) -> None:
    list(pool.map(replace_slice, [site] * WORKERS, range(WORKERS)))
    slices = warehouse.read(SLICES).group_by("n").len().sort("n")
    assert slices.rows() == [(worker, BATCH) for worker in range(WORKERS)]


@pytest.mark.proves("L27")
def test_readers_never_see_half_a_write(site: Site, warehouse: Warehouse) -> None:
    replace_all(warehouse, 0)
    with ThreadPoolExecutor(1) as executor:
        writer = executor.submit(replace_all, site.open(FixedClock(NOON)), *range(1, 15))
        seen: list[tuple[int, int]] = []
        while not writer.done() or not seen:
            rows = warehouse.read(SLICES)
            seen.append((rows.height, rows["value"].n_unique()))
        writer.result()
    assert set(seen) == {(BATCH, 1)}


@pytest.mark.proves("L27")
def test_a_writer_that_is_killed_leaves_whole_writes_and_no_lock(site: Site, warehouse: Warehouse) -> None:
    ours, theirs = SPAWN.Pipe(duplex=False)
    writer = SPAWN.Process(target=write_until_killed, args=(site, theirs))
    writer.start()
    done = [ours.recv() for _ in range(4)][-1]
    writer.kill()
    writer.join()
    batches = warehouse.read(FACTS).group_by("n").len().sort("n")
    assert batches["len"].unique().to_list() == [BATCH]
    assert batches.height > done
    again = sum(warehouse.write(FACTS, batch(i), FIRST).unchanged for i in range(batches.height + 1))
    assert again == batches.height * BATCH
    assert warehouse.count(FACTS) == (batches.height + 1) * BATCH


def write_own_and_shared(site: Site, table: Table, worker: int) -> list[WriteResult]:
    warehouse = site.open(FixedClock(NOON))
    shared = [row(f"shared-{i}") for i in range(SHARED)]
    own = [[row(f"{worker}-{turn}-{i}") for i in range(OWN)] for turn in range(WRITES)]
    return [warehouse.write(table, frame(*rows, *shared, table=table), FIRST) for rows in own]


def replace_slice(site: Site, worker: int) -> None:
    warehouse = site.open(FixedClock(NOON))
    for turn in range(WRITES):
        rows = frame(
            *(row(f"{worker}-{i}", note=f"turn {turn}", n=worker, value=0.0) for i in range(BATCH)), table=SLICES
        )
        warehouse.write(SLICES, rows, FIRST, scope=[In("n", (worker,))])


def replace_all(warehouse: Warehouse, *values: int) -> None:
    for value in values:
        rows = frame(*(row(f"t{i}", float(value)) for i in range(BATCH)), table=SLICES)
        warehouse.write(SLICES, rows, FIRST, scope=[In("season", ("2025",))])


def batch(number: int) -> pl.DataFrame:
    return frame(*(row(f"{number}-{i}", 0.0, n=number, season=str(2000 + i % 5)) for i in range(BATCH)))


def write_until_killed(site: Site, progress: Connection) -> None:
    warehouse = site.open(FixedClock(NOON))
    for number in count():
        warehouse.write(FACTS, batch(number), FIRST)
        progress.send(number)
