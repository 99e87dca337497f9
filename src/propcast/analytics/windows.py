"""Windows over past games and the strictly-earlier join: the one place that decides what "before" means.

A *state* is what one subject's games add up to, inclusive, at the end of one game day. A reader never sees the state
of its own day: it takes the last one at or before its cutoff day, which lies before its game day and is known at its
`as_of` (DOMAIN 6.3, rules 1 and 2). The same code serves one date and nine seasons.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from propcast.core.shrinkage import shrunk_ratio

KNOWN_HOUR = 8
"""Results of game day D count as known from this UTC hour of D + 1, however early they were seen."""

GAME_NO, CUTOFF, GAME_DAY = "game_no", "cutoff_day", "game_day"
MILLION = 1_000_000


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
    part, so a late row is invisible before it and counted after it. Without late rows there is one part; no contexts
    are one empty part.
    """
    late = pl.concat([frame.filter(is_late()).select("observed_at") for frame in frames])["observed_at"]
    if late.is_empty() or contexts.is_empty():
        yield contexts, tuple(frames)
        return
    bounds = late.unique().sort()
    epochs = pl.Series("epoch", bounds.search_sorted(contexts["as_of"], side="right"))
    for (epoch,), part in contexts.with_columns(epochs).partition_by("epoch", as_dict=True, include_key=False).items():
        known_until = bounds[epoch - 1] if epoch else None
        visible = ~is_late() if known_until is None else ~is_late() | (pl.col("observed_at") <= known_until)
        yield part, tuple(frame.filter(visible) for frame in frames)


def in_order(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the rows sorted by subject, day and event, and `numbered`."""
    return numbered(rows.sort(*by, GAME_DAY, "event_id"), by)


def numbered(ordered: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return rows that are in order with `game_no`: 1, 2, … within each subject.

    The functions named `last_*` below are expressions over such a frame: each row's window ends with that row.
    """
    row = pl.int_range(pl.len())
    is_first = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in by) | (row == 0)
    number = row - pl.when(is_first).then(row).forward_fill() + 1
    return ordered.with_columns(number.alias(GAME_NO))


def last_sum(value: pl.Expr, n: int | None = None) -> pl.Expr:
    """Return the sum of the known values among the subject's last n games (None: all so far).

    Sums run over whole millionths, so they are exact: they depend on the games of the window alone, not on what came
    before it, nor on the order of the input.
    """
    return _window_total(millionths(value), n) / MILLION


def last_count(value: pl.Expr, n: int | None = None) -> pl.Expr:
    """Return how many of the last n games (None: all so far) have a known value."""
    return _window_total(value.is_not_null().cast(pl.Int64), n)


def millionths(value: pl.Expr) -> pl.Expr:
    """Return the value as a whole number of millionths, 0 where it is unknown (it is not counted either)."""
    return (value * MILLION).round().cast(pl.Int64).fill_null(0)


def _window_total(whole: pl.Expr, n: int | None) -> pl.Expr:
    length = pl.col(GAME_NO) if n is None else pl.col(GAME_NO).clip(upper_bound=n)
    first_row = pl.int_range(pl.len()) - length + 1
    running = whole.cum_sum()
    return running - (running - whole).gather(first_row)


def last_mean(value: pl.Expr, n: int | None, least: int) -> pl.Expr:
    """Return the mean of the last n games, null with fewer than `least` known values."""
    known = last_count(value, n)
    return pl.when(known >= least).then(last_sum(value, n) / known)


def last_ratio(numerator: pl.Expr, denominator: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the ratio of sums over those of the last n games that have both; a zero denominator is null."""
    both = numerator.is_not_null() & denominator.is_not_null()
    above, below = (pl.when(both).then(part) for part in (numerator, denominator))
    return pl.when(last_count(above, n) >= least).then(ratio(last_sum(above, n), last_sum(below, n)))


def last_variance(value: pl.Expr, n: int | None) -> pl.Expr:
    """Return the sample variance of the last n games, null with fewer than two known values."""
    known = last_count(value, n)
    spread = last_sum(value**2, n) - last_sum(value, n) ** 2 / known
    return pl.when(known >= 2).then((spread / (known - 1)).clip(lower_bound=0))


def last_std(value: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the sample standard deviation of the last n games, null with fewer than `least` known values."""
    return pl.when(last_count(value, n) >= least).then(last_variance(value, n).sqrt())


def last_slope(value: pl.Expr, n: int, least: int) -> pl.Expr:
    """Return the least-squares slope per game, oldest first, over the last n games; values must not be null."""
    known, number = last_count(value, n), pl.col(GAME_NO).cast(pl.Float64)
    number_sum, number_squares = last_sum(number, n), last_sum(number**2, n)
    covariance = known * last_sum(number * value, n) - number_sum * last_sum(value, n)
    return pl.when(known >= least).then(covariance / (known * number_squares - number_sum**2))


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Return numerator ÷ denominator, null where the denominator is zero or null."""
    return pl.when(denominator != 0).then(numerator / denominator)


def pooled(total: pl.Expr, n: pl.Expr, prior: pl.Expr, k: float | pl.Expr) -> pl.Expr:
    """Return the total of n own observations shrunk to a prior worth k of them (DOMAIN 5).

    Without own observations it is the prior, without a prior the own mean, without both null.
    """
    return pl.coalesce(shrunk_ratio(total.fill_null(0), n.fill_null(0), prior, k), ratio(total, n))


def day_states(ordered: pl.DataFrame) -> pl.DataFrame:
    """Keep the last row of each subject and game day of an `in_order` frame: the state at the end of that day."""
    next_day, next_number = pl.col(GAME_DAY).shift(-1), pl.col(GAME_NO).shift(-1)
    is_last = (next_number == 1) | (next_day != pl.col(GAME_DAY))
    return ordered.filter(is_last.fill_null(True))


def before(contexts: pl.DataFrame, states: pl.DataFrame, by: Sequence[str], on: str = CUTOFF) -> pl.DataFrame:
    """Return for each context row, in its order, the last state of its subject at or before the day `on`.

    `states` has one row per subject and `game_day`; the result has its other columns, all null where there is none.
    """
    asked = contexts.lazy().select(*by, pl.col(on).alias("_on")).with_row_index("_row").sort("_on")
    days = states.lazy().select(*by, GAME_DAY).with_row_index("_state").sort(GAME_DAY)
    found = asked.join_asof(days, left_on="_on", right_on=GAME_DAY, by=list(by), check_sortedness=False)
    rows = found.select("_row", "_state").sort("_row").collect()["_state"]
    return states.drop(*by, GAME_DAY).select(pl.all().gather(rows))


def attach(contexts: pl.DataFrame, states: pl.DataFrame, by: Sequence[str], on: str = CUTOFF) -> pl.DataFrame:
    """Return the contexts with the columns of `before` beside them."""
    return pl.concat([contexts, before(contexts, states, by, on)], how="horizontal")


def within_days(contexts: pl.DataFrame, totals: pl.DataFrame, by: Sequence[str], days: int) -> pl.DataFrame:
    """Return running totals of the `days` game days before each context's own: d − days ≤ day ≤ d − 1.

    `totals` holds running totals per subject and `game_day`; a subject without games in the window has 0, and a
    context without a subject (a null in `by`) has null.
    """
    opening = pl.min_horizontal(pl.col(GAME_DAY) - pl.duration(days=days + 1), pl.col(CUTOFF)).alias("_opening")
    until = before(contexts, totals, by)
    since = before(contexts.select(*by, opening), totals, by, on="_opening")
    has_subject = contexts.select(pl.all_horizontal(pl.col(by).is_not_null())).to_series()
    return pl.DataFrame(
        {
            name: pl.select(pl.when(has_subject).then(until[name].fill_null(0) - since[name].fill_null(0))).to_series()
            for name in until.columns
        }
    )
