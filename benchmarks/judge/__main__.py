"""Plays every case and prints what came of it beside the figures of the design."""

import argparse
import json
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from benchmarks.judge.cases import ACCEPTANCE, FIGURES, Case

SEED = 4


def main() -> None:
    """Play the cases; nothing here passes or fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge", description=__doc__)
    parser.add_argument("--only", help="only the cases whose name contains this text")
    parser.add_argument("--runs", type=int, help="so many runs of each case instead of its own number")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true", help="print JSON")
    told = parser.parse_args()
    cases = [case for case in FIGURES + ACCEPTANCE if not told.only or told.only in case.name]
    found = [figure for case in cases for figure in played(case, told.seed, told.runs)]
    if told.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        show(found)


def played(case: Case, seed: int, runs: int | None) -> Iterator[dict[str, object]]:
    """Play a case; yield a figure for each outcome that the design has one for."""
    sys.stderr.write(f"· {time.strftime('%H:%M:%S')} {case.name}, N = {case.n}\n")
    percents = case.percents(seed, runs)
    for verdict, asked in case.asked.items():
        yield {
            "case": case.name,
            "n": case.n,
            "runs": runs or case.runs,
            "outcome": "pause" if verdict == "inconclusive" else verdict.value,
            "percent": percents[verdict],
            "asked": f"{asked.how} {asked.percent:g}",
            "is_met": asked.is_met(percents[verdict]),
        }


def show(found: list[dict[str, object]]) -> None:
    """Print figures for people."""
    table = Table(title="What the judge says of canaries of known quality", title_justify="left", box=None)
    for heading in ("case", "N", "runs", "outcome", "%", "asked", ""):
        table.add_column(heading, justify="left" if heading in ("case", "outcome") else "right")
    for each in found:
        percent, is_met = f"{float(str(each['percent'])):.2f}", "✓" if each["is_met"] else "over"
        row = (each["case"], each["n"], f"{each['runs']:,}", each["outcome"], percent, each["asked"], is_met)
        table.add_row(*map(str, row))
    Console(width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    main()
