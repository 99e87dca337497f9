"""Figures with their budgets and with what else the machine was doing, and how many answers came how fast."""

import os
from collections.abc import Sequence
from statistics import quantiles

Figure = dict[str, object]

WORKERS = ("prediction-worker", "mlb-prediction-worker")


def figure(name: str, value: float, unit: str, note: str = "") -> Figure:
    """Return one figure; the note ends with the load of the machine, without which no time can be compared."""
    load = f"load {os.getloadavg()[0]:.1f}"
    return {"name": name, "value": value, "unit": unit, "note": f"{note}; {load}" if note else load}


def p95(values: Sequence[float]) -> float:
    """Return what 95 of 100 do not exceed."""
    return quantiles(values, n=100)[94]


def p99(values: Sequence[float]) -> float:
    """Return what 99 of 100 do not exceed."""
    return quantiles(values, n=100)[98]
