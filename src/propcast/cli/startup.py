"""How `up` and `down` tell what happens: a line for whoever watches, or a JSON document."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.text import Text

from propcast.backends.secrets.local import ADMIN_PASSWORD
from propcast.cli.render import cell, err, out
from propcast.core.clock import SystemClock
from propcast.service.supervision.events import Event, Kind
from propcast.service.supervision.journal import line_of

if TYPE_CHECKING:
    from types import TracebackType

    from rich.status import Status

    from propcast.service.supervision.program import Program

CONSOLE = "admin-dashboard"
_WAITED_FOR = (Kind.READY, Kind.NOT_READY, Kind.GAVE_UP)


class Announcer:
    """Prints what happens to the programs; on a terminal with who is still waited for.

    Attributes:
        given_up: names of programs that are not started again.
    """

    def __init__(self, programs: "Sequence[Program]", *, as_json: bool, leaving: bool = False) -> None:
        self._programs = {program.name: program for program in programs}
        self._width = max((len(name) for name in self._programs), default=0)
        self._as_json, self._leaving = as_json, leaving
        self._waiting = dict.fromkeys(self._programs)
        self._ready: set[str] = set()
        self._status: Status | None = None
        self.given_up: list[str] = []

    def __enter__(self) -> Self:
        if not self._as_json:
            out.print(f"· starting {len(self._programs)} processes", soft_wrap=True)
            if out.is_terminal:
                self._status = out.status(self._awaited())
                self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: "TracebackType | None"
    ) -> None:
        self._rest()

    def tell(self, event: Event) -> None:
        """Print an event."""
        self._count(event)
        if self._as_json:
            print_json_line(line_of(event, SystemClock()))
            return
        for mark, style, sentence in self._sentences(event):
            out.print(Text(f"{mark} ", style), Text(sentence), sep="", soft_wrap=True)
        if event.kind in (Kind.ALL_STARTED, Kind.STOPPING):
            self._rest()
        elif self._status is not None:
            self._status.update(self._awaited())

    def _count(self, event: Event) -> None:
        if event.kind in _WAITED_FOR:
            self._waiting.pop(event.process, None)
        if event.kind is Kind.READY:
            self._ready.add(event.process)
        elif event.kind is Kind.ENDED:
            self._ready.discard(event.process)
        elif event.kind is Kind.GAVE_UP:
            self.given_up.append(event.process)

    def _sentences(self, event: Event) -> list[tuple[str, str, str]]:
        name = f"{event.process:<{self._width}}"
        match event.kind:
            case Kind.READY:
                address = self._programs[event.process].address
                return [("✓", "green", f"{name}  ready in {cell(event.duration_ms, 0)} ms  {address}".rstrip())]
            case Kind.NOT_READY:
                return [("!", "yellow", f"{name}  {event.note}; `propcast smoke` says why")]
            case Kind.SILENT | Kind.ENDED:
                return [("✗", "red", f"{name}  {event.note}")]
            case Kind.WAITING:
                return [("·", "dim", f"{name}  {event.note}")]
            case Kind.GAVE_UP:
                return [("✗", "bold red", f"{name}  given up, {event.note}; see `propcast logs {event.process}`")]
            case Kind.HELD_UP:
                return [("!", "yellow", event.note)]
            case Kind.STOPPED if event.note:
                return [("!", "yellow", f"{name}  {event.note}")]
            case Kind.ALL_STARTED:
                return self._all_started(event)
            case Kind.ALL_STOPPED:
                return [("✓", "green", f"everything ended in {(event.duration_ms or 0) / 1000:.1f} s")]
        return []

    def _all_started(self, event: Event) -> list[tuple[str, str, str]]:
        count = f"{len(self._ready)} of {len(self._programs)} ready"
        mark, style = ("✓", "green") if len(self._ready) == len(self._programs) else ("!", "yellow")
        said = [(mark, style, f"{count} after {(event.duration_ms or 0) / 1000:.1f} s")]
        if console := self._programs.get(CONSOLE):
            said.append(("·", "dim", f"console: {console.address}{_sign_in(console)}"))
        ends = "`propcast down` ends everything" if self._leaving else "Ctrl-C ends everything"
        return [*said, ("·", "dim", f"{ends}; `propcast logs -f` shows what they write")]

    def _awaited(self) -> Text:
        return Text(f"waiting for {', '.join(self._waiting)}")

    def _rest(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _sign_in(console: "Program") -> str:
    """Return how to sign in with the first account, where this machine has made its password."""
    secret = Path(console.environ.get("PROPCAST_HOME", ".")) / "secrets" / ADMIN_PASSWORD
    return f" (sign in as admin; the password is in {secret})" if secret.exists() else ""


@contextmanager
def waiting(what: str, *, quiet: bool) -> Iterator[None]:
    """Say on a terminal that something goes on."""
    if quiet or not err.is_terminal:
        yield
        return
    with err.status(what):
        yield


def print_json_line(fields: dict[str, object]) -> None:
    """Print one JSON document on a line of its own, at once."""
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
    sys.stdout.flush()
