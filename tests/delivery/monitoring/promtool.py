"""Runs promtool on rendered rules and series; the series are written out, so that its notation hides nothing."""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from pathlib import Path

from propcast.delivery.monitoring.prometheus import rule_file
from propcast.delivery.monitoring.rule import Given, Rule
from tests.delivery.monitoring.planting import Fault, Line

FIRING = 'count by (rule) (ALERTS{alertstate="firing", severity!="heartbeat"})'
LIMIT_S = 1_200
Expected = Mapping[int, Iterable[str]]
"""The names of the rules that fire, by minute."""


@dataclass(frozen=True)
class Promtool:
    """The program, and a folder for its files."""

    program: str
    folder: Path

    def says(self, *words: str) -> str:
        """What is wrong, by its own words; nothing when all is well."""
        done = subprocess.run(
            [self.program, *words], cwd=self.folder, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def disagrees(
        self,
        rules: Sequence[Rule],
        series: Mapping[str, Sequence[float | None]],
        expected: Expected,
        every: str = "1m",
        interval: str = "15s",
        given: Given | None = None,
        firing: str = FIRING,
    ) -> str:
        """In what rules, on these series, differ from what is expected of them."""
        (self.folder / "rules.yml").write_text(rule_file("tested", rules, given or Given(), interval))
        test = {
            "interval": every,
            "input_series": [{"series": name, "values": notation(values)} for name, values in series.items()],
            "promql_expr_test": [
                {
                    "expr": firing,
                    "eval_time": f"{minute}m",
                    "exp_samples": [{"labels": f'{{rule="{name}"}}', "value": 1} for name in sorted(names)],
                }
                for minute, names in expected.items()
            ],
        }
        whole = {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": [test]}
        (self.folder / "test.yml").write_text(json.dumps(whole))  # JSON is YAML, too
        return self.says("test", "rules", "test.yml")


def notation(values: Sequence[float | None]) -> str:
    """The same values in promtool's words: runs of one value are folded."""
    runs = [(value, len(list(same))) for value, same in groupby(values)]
    return " ".join(_run(value, n) for value, n in runs)


def _run(value: float | None, n: int) -> str:
    if value is None:  # a scrape that fails leaves a mark: what is gone is not there for five more minutes
        return "stale" if n == 1 else f"stale _x{n - 1}"
    text = "Inf" if value == inf else f"{value:.10g}"
    return text if n == 1 else f"{text}+0x{n - 1}"


def drawn(line: Line, fault: Fault) -> list[float | None]:
    """A line's values of every minute, the fault in their middle."""
    broken = range(fault.before, fault.before + fault.lasts)
    values: list[float | None] = []
    total, beat = 0.0, 0
    for minute in range(fault.minutes):
        now = line.broken if minute in broken else line.quiet
        if line.beats:
            beat = minute if minute not in broken or line.broken else beat
            values.append(None if now is None else float(beat * 60))
        elif line.grows:
            total += now or 0
            values.append(round(total, 6))
        else:
            values.append(now)
    return values
