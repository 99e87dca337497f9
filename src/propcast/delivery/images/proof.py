"""All proofs of one service in the environment that this process runs in; `python -m propcast.delivery.images.proof`.

Prints one JSON document, so that whoever made the environment can read it from outside.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from propcast.delivery.images import baked, proving
from propcast.delivery.images.booting import boot
from propcast.delivery.images.proving import Finding, Proof
from propcast.service import catalogue


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


def proofs_of(service: str, needed: baked.Baked, *, in_image: bool) -> dict[str, Proof]:
    """Return every proof of a service, in the order in which a failure says most."""
    entry = catalogue.service(service)
    of_image = {"user": proving.user} if in_image else {}
    return {
        **of_image,
        "zones": proving.zones,
        "native": proving.native,
        "imports": partial(proving.imports, entry, needed.needs),
        "data": partial(proving.data, needed.data),
        "golden": partial(proving.golden, entry),
        "boot": partial(boot, entry, needed.command),
    }


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
    """Return what such a process has printed."""
    return [
        Proven(told["proof"], told["seconds"], tuple(Finding(**finding) for finding in told["findings"]))
        for told in json.loads(text)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove, print, and return 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m propcast.delivery.images.proof", description=__doc__)
    parser.add_argument("service", choices=[entry.name for entry in catalogue.SERVICES])
    parser.add_argument("--needs", type=Path, default=baked.BAKED, help="what the sources say that it needs")
    told = parser.parse_args(arguments)
    needed = baked.read(told.needs.read_text(encoding="utf-8"))
    done = run(proofs_of(told.service, needed, in_image=told.needs == baked.BAKED))
    json.dump([asdict(each) for each in done], sys.stdout)
    return 0 if all(each.holds for each in done) else 1


if __name__ == "__main__":
    sys.exit(main())
