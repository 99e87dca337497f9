"""Paired figures of a declared change of forecasts: one per person and market, of the champion, at the modal line."""

import polars as pl

from propcast.core.grading import scores
from propcast.delivery.judge.evidence import Change
from propcast.delivery.replay.slates import SUBJECT
from propcast.pipeline.champion import CHAMPION

_STAGES = ("raw", "calibrated", "blended")
_SUM = 1e-9


def change(baseline: pl.DataFrame, canary: pl.DataFrame, actuals: pl.DataFrame) -> Change:
    """Return how far the canary's forecasts are from the baseline's, on rows of the same slates.

    Who is forecast by one of them only counts as flipped. CRPS needs a result (`actuals`: SUBJECT, actual).
    """
    ours, theirs = (_scored(_of_champion(rows), actuals) for rows in (baseline, canary))
    pairs = ours.join(theirs, on=SUBJECT, how="inner", suffix="_after", maintain_order="left")
    return Change(
        mean_shift=_shift(pairs, "mean"),
        probability_shift=_shift(pairs, "p_over_raw"),
        flipped=int(pairs.select(_flips().sum()).item()),
        crps_shift=_shift(pairs, "crps"),
        incoherent=incoherent(canary),
    )


def joined(parts: list[Change]) -> Change:
    """Return the figures of several slates as of one."""
    return Change(
        mean_shift=[value for part in parts for value in part.mean_shift],
        probability_shift=[value for part in parts for value in part.probability_shift],
        flipped=sum(part.flipped for part in parts),
        crps_shift=[value for part in parts for value in part.crps_shift],
        incoherent=sum(part.incoherent for part in parts),
    )


def incoherent(rows: pl.DataFrame) -> int:
    """Count rows whose outcomes do not add up to 1, or whose P(over) is above that at a lower line."""
    rises = pl.any_horizontal(
        pl.col(f"p_over_{stage}").diff().over(*SUBJECT, "system", order_by="line") > _SUM for stage in _STAGES
    )
    misses = (
        pl.any_horizontal(
            (pl.sum_horizontal(f"p_{side}_{stage}" for side in ("over", "push", "under")) - 1).abs() > _SUM
            for stage in _STAGES
        )
        & pl.col("p_over_raw").is_not_null()
    )
    return int(rows.filter(pl.col("line").is_not_null()).select((rises | misses).fill_null(value=False).sum()).item())


def _of_champion(rows: pl.DataFrame) -> pl.DataFrame:
    chosen = rows.filter(pl.col("system") == CHAMPION).sort("is_modal_line", descending=True, maintain_order=True)
    return chosen.unique(SUBJECT, keep="first", maintain_order=True)


def _scored(rows: pl.DataFrame, actuals: pl.DataFrame) -> pl.DataFrame:
    known = rows.join(actuals, on=SUBJECT, how="left", maintain_order="left")
    return known.with_columns(scores(known.with_columns(pl.col("actual").is_not_null().alias("counts")))["crps"])


def _shift(pairs: pl.DataFrame, column: str) -> list[float]:
    return pairs.select((pl.col(f"{column}_after") - pl.col(column)).drop_nulls()).to_series().to_list()


def _flips() -> pl.Expr:
    before, after = (pl.col(f"p_over_raw{arm}") > pl.col(f"p_under_raw{arm}") for arm in ("", "_after"))
    speaks = pl.col("mean").is_not_null() != pl.col("mean_after").is_not_null()
    return (before != after).fill_null(value=False) | speaks
