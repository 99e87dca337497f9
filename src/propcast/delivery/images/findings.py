"""What proofs find; nothing but the standard library, so that it can be told wherever something is missing."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be; `told` says what, where, and what to add.

    Attributes:
        warns: the service does without it.
    """

    proof: str
    subject: str
    told: str
    warns: bool = False


Proof = Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class Proven:
    """The outcome of one proof."""

    proof: str
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found that the service cannot do without."""
        return all(finding.warns for finding in self.findings)


def run(proofs: Mapping[str, Proof]) -> list[Proven]:
    """Run proofs, each whatever became of those before it; nothing is booted that cannot be imported."""
    done = list[Proven]()
    for name, proof in proofs.items():
        if name == "boot" and not all(each.holds for each in done):
            continue
        begun = time.perf_counter()
        found = tuple(proof())
        done.append(Proven(name, time.perf_counter() - begun, found))
    return done


def read(text: str) -> list[Proven]:
    """Return what a process of proofs has printed."""
    return [
        Proven(told["proof"], told["seconds"], tuple(Finding(**finding) for finding in told["findings"]))
        for told in json.loads(text)
    ]
