"""What a campaign counts, and how it tells it."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.chaos.monkey import Monkey
from tests.chaos.proxy import Traffic
from tests.chaos.reader import Reader


@dataclass
class Tally:
    """What happened, and what came of it.

    Attributes:
        lost, added: prediction ids that are missing from, or strange to, the current slates.
        different: slates whose content is not that of the undisturbed run.
        compared, tables: how many tables were compared by hash at the ends of rounds, and which were not the same.
        faults: everything else that went wrong.
        kept: where the homes are in which something went wrong.
    """

    slates: int = 0
    rounds: int = 0
    seconds: float = 0.0
    lost: int = 0
    added: int = 0
    doubled: int = 0
    half_published: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    compared: int = 0
    tables: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    mischief: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    most_pushes: int = 0
    most_charged: int = 0
    most_handled: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    takes: list[float] = field(default_factory=list)
    divisors: list[float] = field(default_factory=list)
    skipped: str = ""
    kept: list[str] = field(default_factory=list)

    @property
    def is_bad(self) -> bool:
        """Whether anything is not as it would be undisturbed."""
        return bool(self.wrongs or self.lost or self.added or self.doubled)

    @property
    def wrongs(self) -> list[str]:
        """What is wrong, in words."""
        tables = [f"table {name} has other content" for name in self.tables]
        return [*self.faults, *self.half_published, *self.different, *tables]

    def count(self, monkey: Monkey, traffic: Traffic, reader: Reader) -> None:
        """Add what one round went through."""
        self.kills.update(monkey.kills)
        self.mischief.update(monkey.counts)
        self.faults += monkey.faults
        self.fates.update({str(fate): n for fate, n in traffic.fates.items()})
        self.answers.update(traffic.answers)
        self.seen.update(reader.counts)
        self.half_published += reader.faults
        self.messages += len(traffic.pushes)
        self.most_pushes = max(self.most_pushes, *traffic.pushes.values(), 0)
        self.most_charged = max(self.most_charged, *traffic.charged.values(), 0)
        self.most_handled = max(self.most_handled, *traffic.handled.values(), 0)

    def text(self) -> str:
        """Return everything that was counted, for people."""
        pushes = self.fates.total()
        rows = {
            "slates": f"{self.slates} in {self.rounds} homes, in {self.seconds:.0f} s at divisors {self.divisors}; "
            f"each {_spread(self.takes)} s; load {_load()}",
            "predictions": f"{self.lost} lost, {self.added} strange, {self.doubled} doubled",
            "half-published": f"{len(self.half_published)} of {_told(self.seen)}",
            "unlike the undisturbed": f"{len(self.different)} of {self.slates} slates, "
            f"{len(self.tables)} of {self.compared} tables by hash",
            "faults": f"{len(self.faults)}",
            "kills": f"{self.kills.total()}: {_told(self.kills)}",
            "mischief": _told(self.mischief) + (f"; disk full skipped: {self.skipped}" if self.skipped else ""),
            "pushes": f"{pushes} of {self.messages} messages: {_told(self.fates)}",
            "answers": _told(self.answers),
            "deliveries per message": f"{pushes / max(1, self.messages):.1f} in the mean, {self.most_pushes} at most, "
            f"{self.most_charged} of them charged; {self.most_handled} copies reached a handler at most",
            "dead letters": _told(self.dead_letters) or "0",
        }
        lines = [f"  {name:<24}{value}" for name, value in rows.items()]
        return "\n".join(
            [*lines, *(f"  ✗ {wrong}" for wrong in self.wrongs), *(f"  kept: {home}" for home in self.kept)]
        )


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))


def _spread(takes: Iterable[float]) -> str:
    ordered = sorted(takes) or [0.0]
    return f"{ordered[len(ordered) // 2]:.1f} in the median, {ordered[-1]:.1f} at most,"


def _load() -> str:
    return " ".join(f"{load:.1f}" for load in os.getloadavg())
