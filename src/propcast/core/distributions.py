"""Distributions of counts, a batch at a time: one row of probabilities per participant (DOMAIN 7)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.core.counts import up_to
from propcast.core.errors import InputError, did_you_mean
from propcast.core.implied import by_market, dispersion, implied_mean, p_over_at, p_push_at

__all__ = [
    "EMPIRICAL",
    "MIXTURE",
    "NEGATIVE_BINOMIAL",
    "POISSON",
    "Distributions",
    "by_market",
    "dispersion",
    "empirical",
    "implied_mean",
    "mixture",
    "negative_binomial",
    "p_over_at",
    "p_push_at",
    "poisson",
    "rebuild",
    "tabulated",
]

NEGATIVE_BINOMIAL = "negative_binomial"
POISSON = "poisson"
MIXTURE = "mixture"
EMPIRICAL = "empirical"

_NEARLY_POISSON = 1.001
_ROUNDING = 1e-12
_EMPIRICAL_UNITS = 1_000_000


@dataclass(frozen=True)
class Distributions:
    """A batch of distributions of counts, one per row; a row of NaN has no distribution.

    Attributes:
        pmf: P(X = k), shape (n, max_count + 1); rows sum to 1, the tail beyond the support lies in the last cell.
        family: name of the family of every row.
        params: JSON per row from which `rebuild` makes the same row; None where there is no distribution.
    """

    pmf: FloatArray
    family: str
    params: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.params)

    @property
    def max_count(self) -> int:
        """Top of the support."""
        return int(self.pmf.shape[1]) - 1

    @cached_property
    def cdf(self) -> FloatArray:
        """P(X ≤ k), shape of `pmf`."""
        return np.cumsum(self.pmf, axis=1)

    @cached_property
    def mean(self) -> FloatArray:
        """Expected count per row."""
        return _summed(self.pmf, self._counts)

    @cached_property
    def sd(self) -> FloatArray:
        """Standard deviation per row."""
        return np.sqrt(np.maximum(_summed(self.pmf, self._counts**2) - self.mean**2, 0.0))

    @cached_property
    def median(self) -> FloatArray:
        """Smallest count with at least half of the mass at or below it."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> FloatArray:
        """Return per row the smallest count k with P(X ≤ k) ≥ q."""
        below = (self.cdf < q - _ROUNDING).sum(axis=1)
        return np.where(np.isnan(self.pmf[:, 0]), np.nan, np.minimum(below, self.max_count).astype(np.float64))

    def probabilities(self, rows: IntArray, lines: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return P(X > line), P(X = line) and P(X < line) of those rows at those lines; they sum to 1.

        A push is possible on whole-number lines only. A NaN line, or a row without distribution, gives NaN.
        """
        line = np.where(np.isnan(lines), 0.0, lines)
        known = ~np.isnan(lines)
        below = np.minimum(np.ceil(line).astype(np.int64) - 1, self.max_count)
        whole = (line == np.floor(line)) & (line >= 0) & (line <= self.max_count)
        under = np.where(below >= 0, self.cdf[rows, np.maximum(below, 0)], 0.0 * self.pmf[rows, 0])
        push = np.where(whole, self.pmf[rows, np.clip(line, 0, self.max_count).astype(np.int64)], 0.0 * under)
        over = np.maximum(1.0 - under - push, 0.0)
        return _where(known, over), _where(known, push), _where(known, np.minimum(under, 1.0 - push))

    def take(self, rows: IntArray) -> "Distributions":
        """Return those rows, in that order, repeats allowed."""
        return Distributions(self.pmf[rows], self.family, tuple(self.params[i] for i in rows.tolist()))

    @property
    def _counts(self) -> FloatArray:
        return np.arange(self.pmf.shape[1], dtype=np.float64)


def negative_binomial(mean: FloatArray, variance_ratio: FloatArray, max_count: int) -> Distributions:
    """Return negative binomials by mean and variance/mean; a ratio ≤ 1.001 is Poisson.

    NaN or negative means, and NaN ratios, give rows without distribution.
    """
    pmf = _count_pmf(mean, variance_ratio, max_count)
    params = _json_rows(pmf, '{{"mean":{!r},"v":{!r}}}', mean.tolist(), variance_ratio.tolist())
    return Distributions(pmf, NEGATIVE_BINOMIAL, params)


def poisson(mean: FloatArray, max_count: int) -> Distributions:
    """Return Poisson distributions by mean; NaN or negative means give rows without distribution."""
    pmf = _count_pmf(mean, np.ones_like(mean), max_count)
    return Distributions(pmf, POISSON, _json_rows(pmf, '{{"mean":{!r}}}', mean.tolist()))


def mixture(members: Sequence[Distributions], weights: FloatArray) -> Distributions:
    """Return the linear pool of several batches, row by row.

    `weights` has shape (members,) or (n, members), is not negative, and is renormalised over the members that have
    a distribution in the row; a row with none has none.
    """
    table = np.broadcast_to(weights, (len(members[0]), len(members)))
    if np.any(table < 0):
        raise InputError(f"a pool needs weights of 0 or more, got {float(table.min())}; refit the ensemble")
    present = np.stack([~np.isnan(m.pmf[:, 0]) for m in members], axis=1)
    kept = np.where(present & (table > 0), table, 0.0)
    total = kept.sum(axis=1, keepdims=True)
    shares = np.divide(kept, total, out=np.full_like(kept, np.nan), where=total > 0)
    return Distributions(_pool([m.pmf for m in members], shares), MIXTURE, _pool_params(members, shares))


def empirical(rows: IntArray, values: FloatArray, weights: FloatArray, n: int, max_count: int) -> Distributions:
    """Return the distribution of weighted outcomes such as `expectation + past residual`, n rows.

    Item i puts `weights[i]` on row `rows[i]`, split between the two counts around `values[i]` so that the mean is
    kept; values outside 0–`max_count` move to the nearest end. A row without weight has no distribution.
    """
    value = np.clip(values, 0.0, float(max_count))
    floor = np.minimum(np.floor(value), max_count - 1)
    upper = value - floor
    cell = rows * (max_count + 1) + floor.astype(np.int64)
    size = n * (max_count + 1)
    mass: FloatArray = np.zeros(size)
    np.add.at(mass, cell, weights * (1.0 - upper))
    np.add.at(mass, cell + 1, weights * upper)
    return tabulated(mass.reshape(n, max_count + 1))


def tabulated(mass: FloatArray) -> Distributions:
    """Return distributions proportional to non-negative masses, shape (n, max_count + 1), in millionths.

    Millionths make the parameters whole numbers, so that a rebuilt row is the same to the last bit.
    """
    total = np.nansum(mass, axis=1, keepdims=True)
    shares = np.divide(mass, total, out=np.full_like(mass, np.nan), where=total > 0)
    units = np.rint(shares * _EMPIRICAL_UNITS)
    return Distributions(_normalised(units), EMPIRICAL, _units_json(units))


def rebuild(family: str, params: Sequence[str | None], max_count: int) -> Distributions:
    """Return the distributions that once wrote these parameters; a None gives a row without distribution."""
    specs = [None if text is None else json.loads(text) for text in params]
    return Distributions(_pmf_of(family, specs, max_count), family, tuple(params))


def _summed(pmf: FloatArray, weights: FloatArray) -> FloatArray:
    """Weigh and add up each row; unlike with `@`, its last bit does not depend on how many rows stand beside it."""
    total: FloatArray = np.einsum("ij,j->i", pmf, weights)
    return total


def _where(known: BoolArray, values: FloatArray) -> FloatArray:
    return np.where(known, values, np.nan)


def _count_pmf(mean: FloatArray, variance_ratio: FloatArray, max_count: int) -> FloatArray:
    """Multiply up from P(0); what lies beyond the support is counted in its last cell."""
    valid = (mean >= 0) & ~np.isnan(variance_ratio)
    ratio = np.where(variance_ratio <= _NEARLY_POISSON, 1.0, variance_ratio)
    pmf = up_to(np.where(valid, mean, np.nan), ratio, max_count)
    pmf[:, -1] = np.maximum(1.0 - pmf[:, :-1].sum(axis=1), 0.0)
    return pmf


def _json_rows(pmf: FloatArray, template: str, *columns: list[float]) -> tuple[str | None, ...]:
    known = ~np.isnan(pmf[:, 0])
    return tuple(template.format(*row) if k else None for k, *row in zip(known.tolist(), *columns, strict=True))


def _pool(pmfs: Sequence[FloatArray], shares: FloatArray) -> FloatArray:
    pooled = np.zeros_like(pmfs[0])
    for j, pmf in enumerate(pmfs):
        pooled += np.where(shares[:, j : j + 1] == 0, 0.0, pmf * shares[:, j : j + 1])
    return pooled


def _pool_params(members: Sequence[Distributions], shares: FloatArray) -> tuple[str | None, ...]:
    """Name per row the members that carry weight, each with its own family and parameters."""
    rows: list[str | None] = []
    for i, row in enumerate(shares.tolist()):
        parts = [
            f'{{"share":{share!r},"family":"{m.family}","params":{m.params[i]}}}'
            for share, m in zip(row, members, strict=True)
            if share > 0
        ]
        rows.append(f"[{','.join(parts)}]" if parts else None)
    return tuple(rows)


def _units_json(units: FloatArray) -> tuple[str | None, ...]:
    """Write each row from its first to its last filled cell; no cell, no text."""
    filled = units > 0
    first, last = filled.argmax(axis=1).tolist(), units.shape[1] - filled[:, ::-1].argmax(axis=1)
    texts = (
        f'{{"first": {start}, "units": {row[start:end]}}}'
        for row, start, end in zip(np.nan_to_num(units).astype(np.int64).tolist(), first, last.tolist(), strict=True)
    )
    return tuple(text if known else None for text, known in zip(texts, np.any(filled, axis=1).tolist(), strict=True))


def _normalised(units: FloatArray) -> FloatArray:
    shares: FloatArray = units / units.sum(axis=1, keepdims=True)
    return shares


def _pmf_of(family: str, specs: Sequence[Any], max_count: int) -> FloatArray:
    if family == NEGATIVE_BINOMIAL:
        return _count_pmf(_field(specs, "mean"), _field(specs, "v"), max_count)
    if family == POISSON:
        mean = _field(specs, "mean")
        return _count_pmf(mean, np.ones_like(mean), max_count)
    if family == EMPIRICAL:
        return _empirical_pmf(specs, max_count)
    if family == MIXTURE:
        return _mixture_pmf(specs, max_count)
    known = [NEGATIVE_BINOMIAL, POISSON, EMPIRICAL, MIXTURE]
    raise InputError(f"unknown distribution family {family!r}{did_you_mean(family, known)}")


def _field(specs: Sequence[Any], name: str) -> FloatArray:
    return np.array([np.nan if spec is None else spec[name] for spec in specs], dtype=np.float64)


def _empirical_pmf(specs: Sequence[Any], max_count: int) -> FloatArray:
    units = np.full((len(specs), max_count + 1), np.nan)
    for i, spec in enumerate(specs):
        if spec is not None:
            first = spec["first"]
            units[i] = 0.0
            units[i, first : first + len(spec["units"])] = spec["units"]
    return _normalised(units)


def _mixture_pmf(specs: Sequence[Any], max_count: int) -> FloatArray:
    """Rebuild the members family by family, then add them up row by row."""
    pooled = np.full((len(specs), max_count + 1), np.nan)
    pooled[[i for i, spec in enumerate(specs) if spec is not None]] = 0.0
    parts = [(i, part) for i, spec in enumerate(specs) if spec is not None for part in spec]
    for family in sorted({part["family"] for _, part in parts}):
        chosen = [(i, part) for i, part in parts if part["family"] == family]
        pmf = _pmf_of(family, [part["params"] for _, part in chosen], max_count)
        shares = np.array([part["share"] for _, part in chosen])[:, None]
        np.add.at(pooled, [i for i, _ in chosen], pmf * shares)
    return pooled
