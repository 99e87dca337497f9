"""The table of what became of every case."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks.rollouts.cases import PROVEN_BY, Shown


def show(found: Sequence[Shown], *, as_json: bool) -> None:
    """Print what became of the cases."""
    if as_json:
        sys.stdout.write(json.dumps([{**asdict(each), "faults": each.faults} for each in found], indent=2) + "\n")
        return
    title = f"What became of releases on this machine, load {os.getloadavg()[0]:.1f}"
    table = Table(title=title, title_justify="left", box=None)
    for heading in ("case", "verdict", "stage", "abort s", "back s", f"{PROVEN_BY:,} live by s", "exposure", "failed"):
        table.add_column(heading, justify="left" if heading in ("case", "verdict") else "right")
    table.add_column("")
    for each in found:
        table.add_row(*_row(each))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _row(each: Shown) -> list[str]:
    met, back = each.exposure, each.back
    times = ["–", "–"] if back is None else [f"{back.back_s:.2f}", f"{back.proven_s:.1f}"]
    shared = f"{100 * met.share:.1f} of {met.percent} %, n {met.asked:,}"
    abort = "–" if each.abort_s is None else f"{each.abort_s:.1f}"
    failed = f"{each.failed} of {each.asked:,}"
    return [
        each.case.name, each.verdict, f"{each.stage} %", abort, *times, shared, failed,
        "; ".join(each.faults) or "✓",
    ]  # fmt: skip
