"""The six services as `propcast smoke` sees them: asked when somebody looks, and not again for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from propcast.apps.console import wording
from propcast.apps.console.panels import Panel, PanelState
from propcast.core.clock import Clock
from propcast.pipeline.concerns import Concern, Severity
from propcast.service import catalogue
from propcast.service.health.runner import Timer
from propcast.service.health.window import Window
from propcast.service.smoke import Matrix, Row
from propcast.service.verdict import Overall

KEPT_S = 10.0
"""How long a matrix is shown before the services are asked again."""
PATIENCE_S = 0.25
"""How long a page waits for the services; it shows what was seen last, or that they are being asked."""
LONGEST_S = 1.4
"""How long the panel alone waits; every service has answered or is silent by then."""

NAME = "services"


Take = Callable[[], Awaitable[Matrix]]
"""Asks all services and judges their answers."""


class Services:
    """The latest matrix; those who look at once share one round of questions."""

    def __init__(self, take: Take, clock: Clock, timer: Timer) -> None:
        self._clock = clock
        self._window: Window[Matrix] = Window(take, KEPT_S, timer)

    async def panel(self, patience_s: float = PATIENCE_S) -> Panel[Matrix]:
        """Return the matrix, or when that takes longer an older one, or that the services are being asked."""
        asked = asyncio.ensure_future(self._window.get())
        done, _ = await asyncio.wait({asked}, timeout=patience_s)
        if done:
            matrix, _ = asked.result()
            return Panel(NAME, PanelState.OK, matrix.asked_at, matrix)
        asked.cancel()  # the round goes on
        last = self._window.last
        if last is None:
            return Panel(NAME, PanelState.LOADING, sentence="The services are being asked.")
        age = wording.span(self._clock.now() - last.asked_at)
        return Panel(NAME, PanelState.STALE, last.asked_at, last, f"Seen {age} ago; they are asked again.")


def concerns(matrix: Matrix) -> list[Concern]:
    """Return what is wrong with services and was not declared: the silent ones together, the others one by one."""
    silent = [row for row in matrix.rows if row.verdict.overall is Overall.UNREACHABLE]
    failing = [row for row in matrix.rows if row.verdict.overall is Overall.FAIL]
    return [*([_silent(silent, len(matrix.rows))] if silent else []), *map(_failing, failing)]


def note(row: Row) -> str:
    """Return what a service is noted for, in one line; what all its paths say is said once."""
    verdict = row.verdict
    troubles = {answer.trouble for answer in row.answers.values()}
    if verdict.overall is Overall.UNREACHABLE and len(troubles) == 1:
        return troubles.pop()
    return f"{f'declared until {verdict.until}: ' if verdict.until else ''}{'; '.join(verdict.notes)}"


def _silent(rows: Sequence[Row], of: int) -> Concern:
    names = [catalogue.service(row.service).shown_name for row in rows]
    if len(rows) == 1:
        return Concern(Severity.SERVICE, f"{names[0]} does not answer ({note(rows[0])})", _logs(rows[0]))
    return Concern(
        Severity.SERVICE, f"{len(rows)} of {of} services do not answer: {', '.join(names)}", "propcast smoke"
    )


def _failing(row: Row) -> Concern:
    name = catalogue.service(row.service).shown_name
    return Concern(Severity.SERVICE, f"{name} cannot take work: {note(row)}", _logs(row))


def _logs(row: Row) -> str:
    return f"propcast logs {row.service}"
