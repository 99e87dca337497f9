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
        pairs=int(pairs.select((_speaks("mean") | _speaks("mean_after")).sum()).item()),
    )


def joined(parts: list[Change]) -> Change:
    """Return the figures of several slates as of one."""
    return Change(
        mean_shift=[value for part in parts for value in part.mean_shift],
        probability_shift=[value for part in parts for value in part.probability_shift],
        flipped=sum(part.flipped for part in parts),
        crps_shift=[value for part in parts for value in part.crps_shift],
        incoherent=sum(part.incoherent for part in parts),
        pairs=sum(part.pairs for part in parts),
    )


def incoherent(rows: pl.DataFrame) -> int:
    """Count rows whose outcomes do not add up to 1, or whose P(over) is above that at a lower line."""
    found = pl.any_horizontal(*map(_rises, _STAGES), *map(_misses, _STAGES)).fill_null(value=False)
    return int(rows.filter(pl.col("line").is_not_null()).select(found.sum()).item())


def _rises(stage: str) -> pl.Expr:
    return pl.col(f"p_over_{stage}").diff().over(*SUBJECT, "system", order_by="line") > _SUM


def _misses(stage: str) -> pl.Expr:
    total = pl.col(f"p_over_{stage}") + pl.col(f"p_push_{stage}") + pl.col(f"p_under_{stage}")
    return (total - 1).abs() > _SUM


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
    return (before != after).fill_null(value=False) | (_speaks("mean") != _speaks("mean_after"))


def _speaks(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()
