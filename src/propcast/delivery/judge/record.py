"""Decision records: what was looked at and what came of it, as plain data that JSON can hold."""

from dataclasses import fields, replace

import numpy as np

from propcast.delivery.judge.evidence import Arm, Change, Evidence, Judgement, Replay
from propcast.pipeline import plain as any_plain

Plain = dict[str, object]
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def plain(of: Judgement | Evidence) -> Plain:
    """Return a judgement or its evidence; long series are told by number and quantiles or mean."""
    match of:
        case Judgement():
            return _fields(of)
        case Evidence():
            replay = of.replay and {**_fields(replace(of.replay, change=None)), "change": _change(of.replay.change)}
            return {**_fields(replace(of, replay=None)), "canary": _arm(of.canary), "baseline": _arm(of.baseline),
                    "replay": replay}  # fmt: skip


def _arm(arm: Arm) -> Plain:
    seconds = {
        route: {"n": len(values), **{name: float(np.quantile(values, share)) for name, share in QUANTILES.items()}}
        for route, values in arm.seconds.items()
        if len(values)
    }
    told = _fields(replace(arm, seconds={}, at={}))
    return {**{name: value for name, value in told.items() if name != "at"}, "seconds": any_plain.plain(seconds)}


def _change(change: Change | None) -> Plain | None:
    if change is None:
        return None
    return {field.name: _told(getattr(change, field.name)) for field in fields(change)}


def _told(value: object) -> object:
    if isinstance(value, int):
        return value
    values = np.asarray(value, dtype=np.float64)
    return {"n": values.size, "mean": any_plain.plain(float(values.mean())) if values.size else None}


def _fields(record: Judgement | Evidence | Arm | Replay) -> Plain:
    return {field.name: any_plain.plain(getattr(record, field.name)) for field in fields(record)}
