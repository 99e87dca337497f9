"""Decision records: one JSON file for each window that was judged, beside the state and readable without it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from propcast.core.errors import InputError
from propcast.core.instants import text_of
from propcast.delivery.judge import record as judged
from propcast.delivery.judge.evidence import Evidence, Judgement
from propcast.delivery.rollout.record import Record
from propcast.delivery.targets.port import Weights
from propcast.pipeline.plain import plain


def file_of(folder: Path, record: Record) -> Path:
    """Return where the decision on the window under way is kept."""
    return folder / record.plan.id / f"stage-{record.plan.stages[record.stage]}-window-{record.window}.json"


def write(file: Path, record: Record, evidence: Evidence, judgement: Judgement, at: datetime, then: Weights) -> None:
    """Write a decision record; one that a killed controller has left is written anew, it appears whole or not at all.

    `then` is what the traffic will be for this verdict.
    """
    told = {
        "rollout": record.plan.id,
        "environment": record.plan.environment,
        "service": record.plan.service,
        "who": record.plan.who,
        "token": record.token,
        "at": text_of(at),
        "stage": record.plan.stages[record.stage],
        "window": record.window,
        "verdict": judgement.verdict,
        "weights": record.weights,
        "next_weights": then,
        "sent": {"synthetic": record.watched.sent, "answered": record.watched.answered},
        "judgement": judged.plain(judgement),
        "evidence": judged.plain(evidence),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part")
    half.write_text(json.dumps(plain(told), ensure_ascii=False, indent=1), encoding="utf-8")
    half.replace(file)


def read(file: Path) -> dict[str, Any]:
    """Return a decision record; one that is gone is an `InputError`."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"the decision record {file} is gone; what the ledger says of it still stands") from None
    return found
