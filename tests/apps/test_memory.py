"""What the console remembers is never older than what is stored, and never more than it may hold."""

import polars as pl
import pytest

from propcast.apps.remembering import LOOKED_UP_EVERY_S, Remembering
from propcast.apps.shelf import Shelf
from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In, Stamp
from propcast.tables.analytics import EVENTS
from tests.pipeline.conftest import NOW
from tests.service.toys import HandTimer

FRAME = pl.DataFrame({"n": range(1000)})


def test_a_frame_is_read_once_for_each_version() -> None:
    shelf, reads = Shelf(), list[int]()

    def read() -> pl.DataFrame:
        reads.append(1)
        return FRAME

    for version in (1, 1, 2, 2):
        assert shelf.get("key", version, read) is FRAME
    assert len(reads) == 2


def test_the_frames_used_last_are_kept() -> None:
    shelf = Shelf(most_bytes=int(2.5 * FRAME.estimated_size()))
    made = {name: FRAME.with_columns(pl.lit(0).alias(name)).select("n") for name in "abc"}
    shelf.get("a", 1, lambda: made["a"])
    shelf.get("b", 1, lambda: made["b"])
    shelf.get("a", 1, pytest.fail)
    shelf.get("c", 1, lambda: made["c"])
    shelf.get("a", 1, pytest.fail)
    again = FRAME.clone()
    assert shelf.get("b", 1, lambda: again) is again


def test_a_frame_that_is_larger_than_the_shelf_is_still_returned() -> None:
    assert Shelf(most_bytes=1).get("key", 1, lambda: FRAME) is FRAME


def test_what_is_written_is_seen_once_the_version_is_looked_up_again(played_home: Backends) -> None:
    timer = HandTimer()
    memory = Remembering(played_home.warehouse, Shelf(), timer)
    before = memory.read(EVENTS)
    trips = played_home.warehouse.round_trips
    assert memory.read(EVENTS) is before
    assert played_home.warehouse.round_trips == trips
    changed = before.head(1).with_columns(pl.lit("unplayed").alias("status"))
    played_home.warehouse.write(EVENTS, changed, Stamp("test", NOW))
    timer.advance(LOOKED_UP_EVERY_S)
    assert not memory.read(EVENTS).equals(before)


def test_other_questions_have_other_answers(played_home: Backends) -> None:
    memory = Remembering(played_home.warehouse, Shelf(), HandTimer())
    nba, mlb = (memory.read(EVENTS, [In("sport", (sport,))]).height for sport in ("nba", "mlb"))
    assert memory.read(EVENTS).height == nba + mlb
    assert memory.read(EVENTS, columns=["event_id"]).columns == ["event_id"]
    assert memory.distinct(EVENTS, ["sport"]).height == 2


def test_everything_else_is_left_to_the_warehouse(played_home: Backends) -> None:
    memory = Remembering(played_home.warehouse, Shelf(), HandTimer())
    assert memory.count(EVENTS) == played_home.warehouse.count(EVENTS)  # type: ignore[operator]
