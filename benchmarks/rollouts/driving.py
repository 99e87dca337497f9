"""One rollout as its command tells it, line by line, with the time of each."""

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.rollouts.world import SERVICE
from benchmarks.services.world import PROPCAST, environ

WATCHED = ("--monitoring-duration", "20", "--synthetic-rate", "22", "--min-requests", "400")
"""Windows of 20 s at 22 requests a second to each arm: the judge has his 400 in one, and two cores are not full."""
LONGEST_S = 450.0
GOING_BACK_S = 45.0
PROMOTED, ABORTED, PAUSED = 0, 1, 3
TURNED = "rolling back"

_PLANNED = re.compile(r"· planned: (\S+) 100 %")
_STAGE = re.compile(r"· stage (\d+) % (\w+)")
_CANARY = re.compile(r"· stage [1-9]\d* % intent: (\S+) \d+ %")


@dataclass(frozen=True)
class Line:
    """What the command said, and when."""

    at: float
    text: str


@dataclass(frozen=True)
class Span:
    """While a share of the traffic went to the canary, by the router's own account."""

    percent: int
    began: float
    ended: float


@dataclass
class Rollout:
    """One rollout, resumed as often as it took."""

    began: float = field(default_factory=time.monotonic)
    lines: list[Line] = field(default_factory=list)
    code: int = -1

    @property
    def stable(self) -> str:
        """What had the traffic before."""
        return self._named(_PLANNED)

    @property
    def canary(self) -> str:
        """What is new; empty before it had a share."""
        return self._named(_CANARY)

    @property
    def turned_at(self) -> float | None:
        """When it was decided that it goes back."""
        return next((line.at for line in self.lines if TURNED in line.text), None)

    @property
    def stage(self) -> int:
        """The last stage that it came to."""
        return max((found.percent for found in self.spans), default=0)

    @property
    def spans(self) -> list[Span]:
        """What share was out when: from what was applied to what was intended next."""
        found = [(line, match) for line in self.lines if (match := _STAGE.match(line.text))]
        ends = [line.at for line in self.lines if "intent" in line.text or line.text.startswith("· promoted")]
        ends.append(self.lines[-1].at if self.lines else self.began)
        applied = [(line.at, int(match[1])) for line, match in found if match[2] == "applied"]
        return [Span(share, at, next(end for end in ends if end >= at)) for at, share in applied]

    def follow(self, home: Path, words: Sequence[str], on_turn: Callable[[], None]) -> None:
        """Run the command and take down what it says; `on_turn` is called as it goes back."""
        process = subprocess.Popen(
            [*PROPCAST, "--home", str(home), "rollout", SERVICE, *words, *WATCHED],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ(),
        )  # fmt: skip
        limit = threading.Timer(LONGEST_S, process.send_signal, [signal.SIGINT])
        limit.start()
        try:
            for line in self._read(process):
                if TURNED in line.text and line.at == self.turned_at:
                    on_turn()
            self.code = process.wait()
        finally:
            limit.cancel()
            _end(process)

    def _named(self, told: "re.Pattern[str]") -> str:
        return next((found[1] for line in self.lines if (found := told.match(line.text))), "")

    def _read(self, process: "subprocess.Popen[str]") -> Iterator[Line]:
        for text in process.stdout or ():
            line = Line(time.monotonic(), text.rstrip())
            self.lines.append(line)
            yield line


def _end(process: "subprocess.Popen[str]") -> None:
    """Have a rollout go back as Ctrl-C does: one that is left under way keeps its watcher, whoever has gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(GOING_BACK_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
