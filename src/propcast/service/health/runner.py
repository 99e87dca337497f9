"""Runs every check at once, each under its deadline, and says what each one saw."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from propcast.core.clock import Clock
from propcast.core.errors import PropCastError
from propcast.core.purpose import HEALTH, done_for
from propcast.service.health.body import Status
from propcast.service.health.checks import Check, Observed, Output, Value, finite
from propcast.service.health.deadline import Abandoning
from propcast.service.health.times import Budget

Timer = Callable[[], float]
"""Seconds that only grow; `time.monotonic` outside tests."""

_WORDS: tuple[tuple[type[BaseException], Output], ...] = (
    (TimeoutError, Output.TIMEOUT),
    (ConnectionError, Output.REFUSED),
    (PermissionError, Output.DENIED),
    (FileNotFoundError, Output.MISSING),
)


@dataclass(frozen=True)
class Result:
    """What one check saw in one run.

    Attributes:
        output: the word for anonymous callers; None when all is well.
        sentence: what is wrong and what to do, for callers with a credential.
        error: what the check raised; for the log only.
    """

    check: Check
    status: Status
    value: Value
    at: datetime
    duration_ms: float
    output: Output | None = None
    sentence: str = ""
    component_id: str = ""
    error: BaseException | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Report:
    """The results of one run, in the order of the checks."""

    results: tuple[Result, ...]
    at: datetime
    duration_ms: float
    skipped: Mapping[str, str] = field(default_factory=dict)


class Runner:
    """Runs checks; late ones are `timeout`, and all other results are still returned."""

    def __init__(self, clock: Clock, timer: Timer) -> None:
        self._clock, self._timer = clock, timer
        self._calls = Abandoning()

    async def run(self, checks: Sequence[Check], budget: Budget, skipped: Mapping[str, str]) -> Report:
        """Run all checks at once and return within the budget."""
        started, at = self._timer(), self._clock.now()
        limit = min(budget.each_s, budget.total_s)
        with done_for(HEALTH):
            results = await asyncio.gather(*(self._evaluate(check, limit) for check in checks))
        return Report(tuple(results), at, self._since(started), dict(skipped))

    async def _evaluate(self, check: Check, limit_s: float) -> Result:
        started, at, error = self._timer(), self._clock.now(), None
        try:
            seen = _understood(check, await self._calls.call(check.key, check.observe, limit_s))
        except Exception as raised:  # noqa: BLE001 - the edge where whatever a check raises becomes its result
            error, seen = raised, _failed(check, raised, limit_s)
        return _judged(check, seen, Result(check, Status.FAIL, None, at, self._since(started), error=error))

    def _since(self, started: float) -> float:
        return round(max(0.0, self._timer() - started) * 1000, 3)


def _understood(check: Check, returned: object) -> Observed:
    if isinstance(returned, Observed):
        return returned
    if returned is None or isinstance(returned, bool | int | float | str):
        return Observed(returned)
    raise TypeError(f"{check.key} returned {type(returned).__name__}; a check returns a number, a text or `Observed`")


def _failed(check: Check, error: Exception, limit_s: float) -> Observed:
    word = next((word for kind, word in _WORDS if isinstance(error, kind)), Output.ERROR)
    return Observed(None, Status.FAIL, word, _said(check, error, limit_s))


def _said(check: Check, error: Exception, limit_s: float) -> str:
    """Return a sentence without the error's own text, unless the text is ours: others quote SQL, paths and values."""
    if isinstance(error, PropCastError):
        return str(error)
    what = f"no answer within {limit_s:g} s" if isinstance(error, TimeoutError) else f"it raised {type(error).__name__}"
    return f"{what}. {check.advice}".strip()


def _judged(check: Check, seen: Observed, blank: Result) -> Result:
    if not finite(seen.value):
        seen = Observed(None, Status.FAIL, Output.ERROR, "what was measured is not a number.")
    status = seen.status or check.bounds.judge(seen.value)
    if status is Status.PASS:
        return replace(blank, status=status, value=seen.value, component_id=seen.component_id)
    return replace(
        blank,
        status=status,
        value=seen.value,
        output=seen.output or check.meaning,
        sentence=seen.sentence or _out_of_bounds(check, seen),
        component_id=seen.component_id,
    )


def _out_of_bounds(check: Check, seen: Observed) -> str:
    return f"{seen.value} {check.unit} is out of bounds. {check.advice}".strip()
