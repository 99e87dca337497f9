"""Forecasts of one participant at any line, at once and without a trace.

A distribution does not depend on a line. So everybody of a game day is forecast once, by the functions that a batch
uses, and kept; a question is then a look into memory and a little arithmetic.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import Stamp
from propcast.core.clock import Clock
from propcast.core.errors import NotReady
from propcast.core.gameday import GameDay
from propcast.core.markets import Market, markets_of
from propcast.core.sport import Sport
from propcast.core.value import fair_decimal
from propcast.forecast.pricing import Chances, Said
from propcast.forecast.systems.base import Forecasts
from propcast.pipeline.models import models_for
from propcast.pipeline.slate import Slate, forecast_step, opinions, read_slate
from propcast.pipeline.sports import plan_of
from propcast.pipeline.steps import StepStore

Subject = tuple[str, str]
"""Event and participant."""

LOOKED_FOR_NEWS = timedelta(seconds=5)
"""So long an answer may come from memory before it is asked whether anything was written since."""
DAYS_KEPT = 4


@dataclass(frozen=True)
class Chance:
    """One line: probabilities that sum to 1 and the decimal odds at which either side is fair."""

    line: float
    over: float
    push: float
    under: float
    fair_over: float | None
    fair_under: float | None


@dataclass(frozen=True)
class Opinion:
    """What one system says about one participant and market; with reasons instead of numbers where it abstains."""

    market: str
    system: str
    model_id: str
    mean: float | None
    sd: float | None
    median: float | None
    reasons: tuple[str, ...]
    chances: tuple[Chance, ...]


@dataclass(frozen=True)
class Minds:
    """What every system says about a game day.

    Attributes:
        rows: of each market, where each participant stands in its forecasts.
        events: the events of each participant, in order.
        lines: the lines in force of each participant and market.
    """

    as_of: datetime | None
    rows: dict[str, dict[Subject, int]]
    forecasts: dict[str, Sequence[Forecasts]]
    events: dict[str, tuple[str, ...]]
    lines: dict[tuple[Subject, str], tuple[float, ...]]

    def subject(self, participant_id: str, event_id: str | None) -> Subject | None:
        """Return who is meant; None when nobody of that id is on the slate, or not in that event."""
        events = self.events.get(participant_id, ())
        found = event_id if event_id is not None else next(iter(events), None)
        return (found, participant_id) if found is not None and found in events else None

    def ask(self, subject: Subject, markets: Sequence[Market], lines: Sequence[float] = ()) -> list[Opinion]:
        """Return every system's opinion of the markets, at the given lines or at those in force."""
        return [
            _opinion(
                market, forecasts, self.rows[market.name][subject], lines or self.lines.get((subject, market.name), ())
            )
            for market in markets
            for forecasts in self.forecasts[market.name]
        ]


class Memory:
    """The minds of the latest game days that were asked about, forecast anew once something was written."""

    def __init__(self, backends: Backends, sport: Sport) -> None:
        self._backends, self._plan = backends, plan_of(sport)
        self._markets = markets_of(sport)
        self._kept: OrderedDict[tuple[GameDay, datetime | None], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def minds(self, day: GameDay, as_of: datetime | None = None) -> Minds:
        """Return what is said of a game day, as of one moment or of each event's own.

        Raises:
            NotReady: nobody can be forecast: no games, or features are not built.
        """
        with self._lock:  # one thread forecasts, the others wait for what it finds
            kept = self._kept.get((day, as_of))
            if kept is None or not kept.is_fresh(self._clock, self._versions):
                kept = self._kept[day, as_of] = _Kept(self._think(day, as_of), self._versions(), self._clock.now())
            self._kept.move_to_end((day, as_of))
            while len(self._kept) > DAYS_KEPT:
                self._kept.popitem(last=False)
            return kept.minds

    @property
    def _clock(self) -> Clock:
        return self._backends.clock

    def _versions(self) -> tuple[int, ...]:
        return tuple(self._backends.warehouse.version(table) for table in forecast_step(self._plan).reads)

    def _think(self, day: GameDay, as_of: datetime | None) -> Minds:
        store = StepStore(self._backends.warehouse, forecast_step(self._plan), Stamp("what-if", self._clock.now()))
        slate = read_slate(store, self._plan, day, self._markets, as_of)
        if slate.contexts.is_empty():
            raise NotReady(f"nobody of {self._plan.sport} {day} can be forecast: no games, or no features as of then")
        said = opinions(slate, self._markets, models_for(self._backends, self._markets, day))
        return minds_of(slate, said, as_of)


@dataclass
class _Kept:
    minds: Minds
    versions: tuple[int, ...]
    looked_at: datetime

    def is_fresh(self, clock: Clock, versions: Callable[[], tuple[int, ...]]) -> bool:
        now = clock.now()
        if now - self.looked_at < LOOKED_FOR_NEWS:
            return True
        self.looked_at = now
        return self.versions == versions()


def minds_of(slate: Slate, said: Sequence[Said], as_of: datetime | None) -> Minds:
    """Keep what was said and where to find it; features and earlier games are let go."""
    people = slate.contexts.sort("starts_at", "event_id", nulls_last=True).select("participant_id", "event_id")
    events = people.group_by("participant_id", maintain_order=True).agg("event_id").iter_rows()
    lines = slate.lines.select("event_id", "participant_id", "market", "line").unique().sort("line")
    lined = lines.group_by("event_id", "participant_id", "market").agg("line").iter_rows()
    return Minds(
        as_of=as_of,
        rows={each.inputs.market.name: _places(each.inputs.features) for each in said},
        forecasts={each.inputs.market.name: each.forecasts for each in said},
        events={person: tuple(dict.fromkeys(found)) for person, found in events},
        lines={((event, person), market): tuple(found) for event, person, market, found in lined},
    )


def _places(features: pl.DataFrame) -> dict[Subject, int]:
    return {subject: row for row, subject in enumerate(features.select("event_id", "participant_id").iter_rows())}


def _opinion(market: Market, forecasts: Forecasts, row: int, lines: Sequence[float]) -> Opinion:
    reasons, distributions = tuple(forecasts.reasons[row]), forecasts.distributions
    silent = Opinion(market.name, forecasts.system, forecasts.model_id, None, None, None, reasons, ())
    if reasons:
        return silent
    at_lines = Chances.of(distributions, np.full(len(lines), row), np.array(lines, dtype=np.float64))
    return Opinion(
        market.name,
        forecasts.system,
        forecasts.model_id,
        mean=float(distributions.mean[row]),
        sd=float(distributions.sd[row]),
        median=float(distributions.median[row]),
        reasons=(),
        chances=_chances(at_lines, lines),
    )


def _chances(chances: Chances, lines: Sequence[float]) -> tuple[Chance, ...]:
    fair_over, fair_under = fair_decimal(chances.over, chances.under), fair_decimal(chances.under, chances.over)
    columns = (chances.over, chances.push, chances.under, fair_over, fair_under)
    return tuple(
        Chance(line, over, push, under, _finite(odds_over), _finite(odds_under))
        for line, over, push, under, odds_over, odds_under in zip(
            lines, *(column.tolist() for column in columns), strict=True
        )
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
