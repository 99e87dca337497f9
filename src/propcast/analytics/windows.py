"""Windows over past games and the strictly-earlier join: the one place that decides what "before" means.

A *state* is what one subject's games add up to, inclusive, at the end of one game day. A reader never sees the state
of its own day: it takes the last one at or before its cutoff day, which lies before its game day and is known at its
`as_of` (DOMAIN 6.3, rules 1 and 2). The same code serves one date and nine seasons.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

import polars as pl

KNOWN_HOUR = 8
"""Results of game day D count as known from this UTC hour of D + 1, however early they were seen."""

GAME_NO, CUTOFF, GAME_DAY = "game_no", "cutoff_day", "game_day"


def cutoff_day() -> pl.Expr:
    """Return the last game day that a context row may use: before its own, and known at its `as_of`."""
    known = (pl.col("as_of") - pl.duration(hours=KNOWN_HOUR)).dt.date() - pl.duration(days=1)
    return pl.min_horizontal(pl.col(GAME_DAY) - pl.duration(days=1), known).alias(CUTOFF)


def is_late() -> pl.Expr:
    """Return whether a row became known only after the usual hour (a correction, a delayed box)."""
    usual = pl.col(GAME_DAY).cast(pl.Datetime("us", "UTC")) + pl.duration(days=1, hours=KNOWN_HOUR)
    return pl.col("observed_at") > usual


def by_knowledge(
    contexts: pl.DataFrame, frames: Sequence[pl.DataFrame]
) -> Iterator[tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]]:
    """Yield parts of the contexts with the rows of each frame that all of a part may know.

    The cutoff day covers rows known at the usual hour. Each instant at which a late row became known starts a new
    part, so a late row is invisible before it and counted after it. Without late rows there is one part.
    """
    late = pl.concat([frame.filter(is_late()).select("observed_at") for frame in frames])["observed_at"]
    if late.is_empty():
        yield contexts, tuple(frames)
        return
    bounds = pl.DataFrame({"bound": late.unique().sort()})
    epochs = contexts.select(bounds["bound"].search_sorted(pl.col("as_of"), side="right").alias("epoch"))
    for (epoch,), part in contexts.with_columns(epochs).partition_by("epoch", as_dict=True, include_key=False).items():
        known_until = bounds["bound"][epoch - 1] if epoch else None
        visible = ~is_late() if known_until is None else ~is_late() | (pl.col("observed_at") <= known_until)
        yield part, tuple(frame.filter(visible) for frame in frames)


def in_order(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the rows sorted by subject, day and event, numbered 1, 2, … in `game_no` within each subject."""
    ordered = rows.sort(*by, GAME_DAY, "event_id")
    return ordered.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(by).alias(GAME_NO))


def last(value: pl.Expr, n: int) -> list[pl.Expr]:
    """Return the value at this and the n − 1 earlier games of the subject, newest first; null beyond the first game.

    For frames from `in_order`. Sums over these depend on the games in the window alone, never on what came before.
    """
    return [pl.when(pl.col(GAME_NO) > back).then(value.shift(back)) for back in range(n)]


def last_sum(value: pl.Expr, n: int) -> pl.Expr:
    """Return the sum of the known values among the last n games."""
    return pl.sum_horizontal(last(value, n))


def last_count(value: pl.Expr, n: int) -> pl.Expr:
    """Return how many of the last n games have a known value."""
    return pl.sum_horizontal(item.is_not_null().cast(pl.Int32) for item in last(value, n))


def last_mean(value: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the mean of the last n games, null with fewer than `least` known values."""
    known = last_count(value, n)
    return pl.when(known >= least).then(last_sum(value, n) / known)


def last_ratio(numerator: pl.Expr, denominator: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the ratio of sums over those of the last n games that have both; a zero denominator is null."""
    both = numerator.is_not_null() & denominator.is_not_null()
    above, below = (pl.when(both).then(part) for part in (numerator, denominator))
    return pl.when(last_count(above, n) >= least).then(ratio(last_sum(above, n), last_sum(below, n)))


def last_std(value: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the sample standard deviation of the last n games, null with fewer than `least` known values."""
    known, items = last_count(value, n), last(value, n)
    mean = last_sum(value, n) / known
    squares = pl.sum_horizontal((item - mean) ** 2 for item in items)
    return pl.when(known >= least).then((squares / (known - 1)).sqrt())


def last_slope(value: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the least-squares slope per game, oldest first, over the last n games; values must not be null."""
    known = last_count(value, n).cast(pl.Float64)
    weighted = reduce(add, (item.fill_null(0) * back for back, item in enumerate(last(value, n))))
    age_sum, age_squares = known * (known - 1) / 2, known * (known - 1) * (2 * known - 1) / 6
    slope_by_age = (known * weighted - age_sum * last_sum(value, n)) / (known * age_squares - age_sum**2)
    return pl.when(known >= least).then(-slope_by_age)


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return numerator ÷ denominator, null where the denominator is zero or null."""
    return pl.when(denominator != 0).then(numerator / denominator)


def shrunk(total: pl.Expr, n: pl.Expr, prior: pl.Expr, strength: float | pl.Expr) -> pl.Expr:
    """Return (Σ + k·prior) / (n + k): n own observations against a prior worth k (DOMAIN 5).

    Without own observations it is the prior, without a prior the own mean, without both null.
    """
    total, n = total.fill_null(0), n.fill_null(0)
    return pl.when(prior.is_not_null()).then((total + strength * prior) / (n + strength)).when(n > 0).then(total / n)


def day_states(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Keep the last row of each subject and game day: the state at the end of that day."""
    return rows.unique([*by, GAME_DAY], keep="last", maintain_order=True)


def before(contexts: pl.DataFrame, states: pl.DataFrame, by: Sequence[str], on: str = CUTOFF) -> pl.DataFrame:
    """Return for each context row, in its order, the last state of its subject at or before the day `on`.

    `states` has one row per subject and `game_day`; the result has its other columns, all null where there is none.
    """
    keys = contexts.select(*by, pl.col(on).alias("_on")).with_row_index("_row").sort("_on")
    found = keys.join_asof(states.sort(GAME_DAY), left_on="_on", right_on=GAME_DAY, by=list(by), check_sortedness=False)
    columns = [name for name in states.columns if name not in (*by, GAME_DAY)]
    return found.sort("_row").select(columns)


def attach(contexts: pl.DataFrame, states: pl.DataFrame, by: Sequence[str], on: str = CUTOFF) -> pl.DataFrame:
    """Return the contexts with the columns of `before` beside them."""
    return pl.concat([contexts, before(contexts, states, by, on)], how="horizontal")
