"""Runs every benchmark on the real history and prints what was measured beside its budget.

Each measurement runs in a process of its own, so that its memory is its own. Nothing here passes or fails.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measurements import BUDGETS, MEASUREMENTS

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Import the history into a temporary home, then take every measurement in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="take only the measurements whose name contains this text")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    history = Path(os.environ.get("PROPCAST_HISTORY", ROOT / ".." / "shared" / "data")).resolve()
    if not (history / "nba_player_box.parquet").exists():
        sys.stderr.write(f"✗ no history at {history}; set PROPCAST_HISTORY to measure on it\n")
        raise SystemExit(1)
    found = []
    with tempfile.TemporaryDirectory(prefix="propcast-bench-") as folder:
        home = Path(folder) / "home"
        for name in MEASUREMENTS:
            if arguments.only and arguments.only not in name and name != "import":
                continue
            sys.stderr.write(f"· {name}\n")
            found += measure(name, home, history)
    show(found, as_json=arguments.json)


def measure(name: str, home: Path, history: Path) -> list[dict[str, object]]:
    """Take one measurement in its own process; return its figures."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PROPCAST_HOME": str(home), "PROPCAST_HISTORY": str(history)}
    command = [sys.executable, "-m", "benchmarks.measurements", name]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [{"name": name, "value": None, "unit": "", "note": done.stderr.strip().splitlines()[-1:]}]
    figures: list[dict[str, object]] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def show(found: list[dict[str, object]], *, as_json: bool, budgets: Mapping[str, float] = BUDGETS) -> None:
    """Print the figures beside their budgets."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    if as_json:
        sys.stdout.write(json.dumps({"machine": machine, "figures": found}, indent=2) + "\n")
        return
    table = Table(title=f"Measured on {machine}", title_justify="left", box=None, header_style="bold")
    for heading in ("what", "measured", "budget", "", "n"):
        table.add_column(heading, justify="left" if heading in ("what", "n") else "right")
    for figure in found:
        budget = budgets.get(str(figure["name"]))
        value = figure["value"]
        within = "" if budget is None or value is None else "✓" if float(str(value)) <= budget else "over"
        shown = "failed" if value is None else f"{float(str(value)):,.3g} {figure['unit']}"
        table.add_row(
            str(figure["name"]),
            shown,
            "" if budget is None else f"{budget:g} {figure['unit']}",
            within,
            str(figure["note"]),
        )
    Console(width=None if sys.stdout.isatty() else 140).print(table)


if __name__ == "__main__":
    main()
