"""A reader that looks at current slates without pause, through every publication."""

import threading
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.state.records import CurrentSlate
from propcast.backends.warehouse.port import In
from propcast.core.errors import PropCastError
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.tables.forecasts import DECISIONS, PREDICTIONS

_PAUSE_S = 0.02
_ROWS_EVERY = 10
"""Rows are read at every new publication, and besides at every tenth look those of one day, the days in turn."""


class Reader:
    """Follows pointers as the API does; remembers every slate that was not whole."""

    def __init__(self, backends: Backends, days: Sequence[tuple[Sport, GameDay]]) -> None:
        self._backends, self._days = backends, days
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self._seen: dict[tuple[Sport, GameDay], str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="reader")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        look = 0
        while not self._over.wait(_PAUSE_S):
            look += 1
            turn, rest = divmod(look, _ROWS_EVERY)
            read_again = None if rest else self._days[turn % len(self._days)]
            for day in self._days:
                try:
                    self._look(day, with_rows=day == read_again)
                except PropCastError:
                    self.counts["unavailable"] += 1
                except Exception as error:  # noqa: BLE001 - the edge of the thread: a reader that dies sees nothing
                    self.faults.append(f"{day}: {type(error).__name__}: {error}")

    def _look(self, day: tuple[Sport, GameDay], *, with_rows: bool) -> None:
        current, before = self._backends.ledger.current(*day), self._seen.get(day, "")
        self.counts["looks"] += 1
        if current is None:
            if before:
                self.faults.append(f"{day}: nothing is current after {before}")
            return
        is_new = current.tag != before
        if is_new:
            self.counts["publications"] += 1
        if is_new or with_rows:
            self.counts["slates read"] += 1
            if fault := self._fault(current):
                self.faults.append(f"{day}: {fault}")
        self._seen[day] = current.tag

    def _fault(self, current: CurrentSlate) -> str:
        """Return what is not whole."""
        where = [In("game_day", (current.game_day.date,)), In("batch_id", (current.tag,))]
        ids = [
            self._backends.warehouse.read(table, where, columns=["prediction_id"])["prediction_id"]
            for table in (PREDICTIONS, DECISIONS)
        ]
        owed = current.counts["predictions"]
        if not all(each.len() == owed for each in ids):
            return f"{current.tag} has {ids[0].len()} predictions and {ids[1].len()} decisions of {owed}"
        if any(each.n_unique() != owed for each in ids) or not _same(*ids):
            return f"{current.tag} has rows twice, or decisions about others"
        return ""


def _same(one: pl.Series, other: pl.Series) -> bool:
    return one.sort().equals(other.sort())
