"""Plants every defect and prints what has caught it; exits with 1 where one was not caught by name."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.images.defects import DEFECTS, Defect
from propcast.delivery.images.checkout import Checkout
from propcast.delivery.images.environment import Environment
from propcast.delivery.images.findings import Proven
from propcast.delivery.images.selftest import selftest

ROOT = Path(__file__).parents[2]
SITE = Path("lib") / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
SOURCES = ("pyproject.toml", "uv.lock", "README.md", "LICENSE")


@dataclass(frozen=True)
class Caught:
    """Which proofs have found a defect, how long all of them took, and the first thing that was said."""

    defect: Defect
    proofs: tuple[str, ...]
    seconds: float
    told: str

    @property
    def is_named(self) -> bool:
        """Whether it was caught and everything was said that somebody needs to mend it."""
        return bool(self.proofs) and all(each in self.told for each in self.defect.said)


def scratch(folder: Path) -> Path:
    """Return a copy of the checkout to plant defects in."""
    for name in SOURCES:
        shutil.copy(ROOT / name, folder / name)
    (folder / ".tools").symlink_to(ROOT / ".tools")
    for name in ("src", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def planted(defect: Defect, folder: Path) -> Sequence[Proven]:
    """Plant a defect and return what all proofs have said."""
    if defect.in_sources is not None:
        checkout = scratch(folder)
        defect.in_sources(checkout)
        return selftest(Checkout(checkout), defect.service).proofs
    environment, sources = Environment(ROOT, folder), Checkout(ROOT)
    if wrong := environment.install(sources.extras(defect.service)):
        return [Proven("install", 0.0, tuple(wrong))]
    if defect.in_environment is not None:
        defect.in_environment(environment.venv / SITE)
    return environment.prove(defect.service, sources.needs(defect.service), without=["boot"])


def caught(defect: Defect) -> Caught:
    """Return what has caught a defect."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="propcast-planted-") as folder:
        failed = [each for each in planted(defect, Path(folder)) if not each.holds]
    told = " ‖ ".join(finding.told for each in failed for finding in each.findings if not finding.warns)
    return Caught(defect, tuple(each.proof for each in failed), time.monotonic() - began, told)


def main() -> int:
    """Plant, print, and return 1 where anything got through."""
    found = []
    for defect in DEFECTS:
        sys.stderr.write(f"· {time.strftime('%H:%M:%S')} {defect.id} {defect.name}\n")
        found.append(caught(defect))
    title = f"Defects of images, caught before any deploy; load {os.getloadavg()[0]:.1f}"
    table = Table(title=title, title_justify="left", box=None)
    for heading in ("", "case", "caught by", "s", "", "what is said first"):
        table.add_column(
            heading, justify="right" if heading == "s" else "left", no_wrap=heading != "what is said first"
        )
    for each in found:
        mark, first = "✓" if each.is_named else "✗", each.told.partition(" ‖ ")[0][:300]
        table.add_row(each.defect.id, each.defect.name, ", ".join(each.proofs), f"{each.seconds:.1f}", mark, first)
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
    return 0 if all(each.is_named for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
