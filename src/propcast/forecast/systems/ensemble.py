"""The ensemble: a linear pool of the systems that speak about a participant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import BoolArray, FloatArray
from propcast.core.distributions import mixture
from propcast.core.errors import InputError
from propcast.core.identity import short_hash
from propcast.core.reasons import Reason
from propcast.forecast.systems.base import Forecasts, SlateInputs, screened
from propcast.forecast.systems.contributions import Terms

NAME = "ensemble"
MIN_MEMBERS = 2
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class _Named:
    """The name and id under which a pool speaks."""

    name: str
    model_id: str


def ensemble(
    members: Sequence[Forecasts], inputs: SlateInputs, weights: Mapping[str, float] | None = None
) -> Forecasts:
    """Pool members linearly where at least two of them speak; elsewhere give their reasons.

    Weights (system → weight; equal when None) are not negative and sum to 1; they are renormalised over the members
    that speak, and a member they do not name carries none. The mean of the pool is the weighted mean of the means.
    """
    given = _weights([m.system for m in members], weights)
    present: BoolArray = np.column_stack([m.spoken for m in members]) & (given > 0)
    pool = mixture([m.distributions for m in members], np.where(present, given, 0.0))
    reasons = [_reasons(members, i) if n < MIN_MEMBERS else [] for i, n in enumerate(present.sum(axis=1).tolist())]
    means = np.column_stack([m.distributions.mean for m in members])
    explained = Terms([m.system for m in members], np.where(present, means, np.nan))
    return screened(_Named(NAME, _identity(members, given)), inputs, pool, reasons, explained)


def _weights(systems: Sequence[str], weights: Mapping[str, float] | None) -> FloatArray:
    if weights is None:
        return np.full(len(systems), 1 / len(systems))
    if min(weights.values()) < 0 or abs(sum(weights.values()) - 1) > _SUM_TOLERANCE:
        raise InputError(f"ensemble weights must be 0 or more and sum to 1, got {dict(weights)}; fit them again")
    return np.array([weights.get(system, 0.0) for system in systems])


def _reasons(members: Sequence[Forecasts], row: int) -> list[str]:
    """Return why members are silent, each reason once, in the members' order; too few with weight miss their input."""
    stated = list(dict.fromkeys(reason for member in members for reason in member.reasons[row]))
    return stated or [Reason.FEATURES_MISSING.value]


def _identity(members: Sequence[Forecasts], weights: FloatArray) -> str:
    parts = [f"{m.system}={m.model_id}@{w:.6f}" for m, w in zip(members, weights.tolist(), strict=True)]
    return f"pool-{short_hash(*parts, length=12)}"
