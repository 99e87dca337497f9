"""What checks remember of tables is what the tables say."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from propcast.apps.remembering import remembering
from propcast.apps.shelf import Shelf
from propcast.backends.compose import Backends, compose
from propcast.backends.settings import load_settings
from propcast.backends.warehouse.port import In, Stamp, Warehouse
from propcast.core.clock import FixedClock
from propcast.tables.raw import RAW_QUOTE_POLLS
from tests.apps.rig import NOW

DAY = NOW.date()
POLLED = {"sport": "nba", "event_id": "e", "market": "points", "game_day": DAY, "books_answered": [], "source": "toy"}
ABOUT = [In("game_day", (DAY,)), In("sport", ("nba",))]


@pytest.fixture
def backends(tmp_path: Path) -> Backends:
    return compose(load_settings(home=tmp_path), FixedClock(NOW))


def fresh(backends: Backends, most_bytes: int = 1_000_000) -> Warehouse:
    """The memory of checks: a table's version is asked for before every answer."""
    return remembering(backends.warehouse, Shelf(most_bytes), every_s=0)


def poll(backends: Backends, minute: int) -> None:
    """A vendor was asked."""
    frame = pl.DataFrame([POLLED | {"poll_at": NOW + timedelta(minutes=minute)}], schema=RAW_QUOTE_POLLS.schema)
    backends.warehouse.write(RAW_QUOTE_POLLS, frame, Stamp("r", NOW))


def test_an_answer_stands_until_its_table_changes_and_no_longer(backends: Backends) -> None:
    seen = fresh(backends)
    counted = []
    for minute in range(3):
        poll(backends, minute)
        asked = [seen.distinct(RAW_QUOTE_POLLS, ["poll_at"], ABOUT) for _ in range(3)]
        assert asked[1] is asked[0]
        assert asked[0].equals(backends.warehouse.distinct(RAW_QUOTE_POLLS, ["poll_at"], ABOUT))
        counted.append(asked[0].height)
    assert counted == [1, 2, 3]


def test_other_questions_have_other_answers(backends: Backends) -> None:
    poll(backends, 0)
    seen, plain = fresh(backends), backends.warehouse
    for where in (ABOUT, [In("sport", ("mlb",))], []):
        assert seen.read(RAW_QUOTE_POLLS, where).equals(plain.read(RAW_QUOTE_POLLS, where))
        for columns in (["poll_at"], ["sport"], ["sport", "poll_at"]):
            asked = seen.read(RAW_QUOTE_POLLS, where, columns=columns, lineage=True)
            assert asked.equals(plain.read(RAW_QUOTE_POLLS, where, columns=columns, lineage=True))
            assert seen.distinct(RAW_QUOTE_POLLS, columns, where).equals(
                plain.distinct(RAW_QUOTE_POLLS, columns, where)
            )


def test_a_table_that_is_gone_is_noticed(backends: Backends, tmp_path: Path) -> None:
    poll(backends, 0)
    seen = fresh(backends)
    assert seen.distinct(RAW_QUOTE_POLLS, ["sport"]).height == 1
    (tmp_path / "warehouse" / RAW_QUOTE_POLLS.name).rename(tmp_path / "gone")
    assert seen.distinct(RAW_QUOTE_POLLS, ["sport"]).is_empty()


def test_only_so_much_is_kept(backends: Backends) -> None:
    seen = fresh(backends, most_bytes=64)
    first = seen.distinct(RAW_QUOTE_POLLS, ["sport"])
    assert seen.distinct(RAW_QUOTE_POLLS, ["sport"]) is first
    for n in range(64):
        seen.distinct(RAW_QUOTE_POLLS, ["sport"], [In("sport", (str(n),))])
    assert seen.distinct(RAW_QUOTE_POLLS, ["sport"]) is not first
