"""The market's single opinion about a participant, and the lines worth forecasting (DOMAIN 8.1, 8.3)."""

import polars as pl

from propcast.core.distributions import by_market, p_over_at
from propcast.core.odds import DEFAULT_DEVIG, DevigMethod
from propcast.core.pricing import IS_DFS, main_lines, with_fair_prices
from propcast.core.reasons import Reason
from propcast.core.resolver import SUBJECT, in_force, known_quotes, two_sided
from propcast.core.seasons import seasons

MIN_BOOKS = 2

_WHO = "who"
_PARTICIPANT = pl.col("subject").alias("participant_id")


def consensus_at(
    quotes: pl.DataFrame, states: pl.DataFrame, as_of: pl.DataFrame, method: DevigMethod = DEFAULT_DEVIG
) -> pl.DataFrame:
    """Return the consensus of everybody with quotes in force at each event's moment, opening values included.

    `states` are `line_states` of these quotes at these moments.
    """
    return consensus(in_force(states), opening_quotes(quotes, as_of, method), method)


def consensus(
    active: pl.DataFrame, opening: pl.DataFrame | None = None, method: DevigMethod = DEFAULT_DEVIG
) -> pl.DataFrame:
    """Return `consensus_lines` rows for the quotes in force, one per participant and market.

    The implied mean is the median over sportsbooks of the mean that each one's main line and price imply, which puts
    books with different lines on one scale. One book alone is marked `TOO_FEW_BOOKS`. Where only DFS operators quote,
    lines come from them, prices stay null, and the reason is `DFS_ONLY`. `opening` gives the opening columns.
    """
    standing, first = _numbered(active, opening if opening is not None else active.clear())
    priced = with_fair_prices(standing, method)
    opened = _opinion(with_fair_prices(first, method))
    began = opened.select(_WHO, line_open="line_consensus", implied_mean_open="implied_mean")
    joined = _header(priced).join(_opinion(priced), on=_WHO, how="left", maintain_order="left")
    described = joined.join(began, on=_WHO, how="left", maintain_order="left").collect()
    return described.with_columns(_p_over(described), pl.lit(method.value).alias("devig_method"), _reasons()).select(
        *("sport", "event_id", _PARTICIPANT, "market", "game_day", seasons(described)),
        *("as_of", "line_consensus", "line_modal"),
        *(
            "implied_mean",
            "p_over_devig",
            "devig_method",
            pl.col("n_books").fill_null(0),
            "n_dfs",
            "line_std",
            "hold_median",
        ),
        *("line_open", "implied_mean_open", pl.col("quote_ids").fill_null([]), "reasons"),
    )


def opening_quotes(quotes: pl.DataFrame, as_of: pl.DataFrame, method: DevigMethod = DEFAULT_DEVIG) -> pl.DataFrame:
    """Return the usable offers of the first moment at which each participant was quoted, `as_of` attached.

    Sportsbooks and DFS operators open apart: a DFS line seen earlier is not where the sportsbooks opened.
    """
    usable = known_quotes(quotes, as_of).filter(pl.col("starts_at").is_not_null(), pl.col("is_open"), two_sided())
    sound = with_fair_prices(usable, method).filter(pl.col("p_over").is_not_null() | IS_DFS)
    first = pl.col("observed_at").min().over(*SUBJECT, pl.col("book_type") == "dfs")
    return sound.filter(pl.col("observed_at") == first).select(*quotes.columns, "as_of")


def prediction_lines(active: pl.DataFrame, consensus: pl.DataFrame) -> pl.DataFrame:
    """Return every distinct two-sided line on offer, with the best real price per side at exactly that line.

    Columns: `event_id`, `participant_id`, `market`, `line`, `is_modal_line`, `n_books` (sportsbooks in the
    consensus), and quote id, book and American price of each side, plus `reasons` where no real price stands.
    No line is invented: each is quoted by somebody.
    """
    priced = with_fair_prices(active)
    sound = priced.filter(~IS_DFS, pl.col("price_fault").is_null() | (pl.col("price_fault") == Reason.ONE_SIDED))
    keys = (*SUBJECT, "line")
    opinion = consensus.select("event_id", "market", pl.col("participant_id").alias("subject"), "line_modal", "n_books")
    offered = priced.filter(two_sided()).group_by(keys).agg(IS_DFS.all().alias("only_dfs"))
    lines = offered.join(_best(sound, "over"), on=keys, how="left").join(_best(sound, "under"), on=keys, how="left")
    return (
        lines.join(opinion, on=SUBJECT, how="left", validate="m:1")
        .with_columns((pl.col("line") == pl.col("line_modal")).fill_null(value=False).alias("is_modal_line"))
        .sort("event_id", "subject", "market", "line")
        .select(
            *("event_id", _PARTICIPANT, "market", "line", "is_modal_line", "n_books"),
            *(f"{side}_{what}" for side in ("over", "under") for what in ("quote_id", "book", "price")),
            _without_price().alias("reasons"),
        )
    )


def _numbered(*quotes: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the frames with a number of each subject, in order: they are grouped by it a dozen times."""
    subjects = pl.concat([frame.select(SUBJECT) for frame in quotes]).unique()
    numbered = subjects.sort("event_id", "subject", "market").with_row_index(_WHO)
    return [frame.join(numbered, on=SUBJECT, how="left", maintain_order="left") for frame in quotes]


def _header(priced: pl.DataFrame) -> pl.LazyFrame:
    """One row per subject: who quotes him, and which faults his offers have."""
    return (
        priced.lazy()
        .group_by(_WHO)
        .agg(
            pl.col(*SUBJECT, "sport", "game_day", "as_of").first(),
            pl.col("book").filter(IS_DFS & two_sided()).n_unique().cast(pl.Int64).alias("n_dfs"),
            pl.col("price_fault").drop_nulls().unique().sort().alias("faults"),
        )
        .sort(_WHO)
    )


def _opinion(priced: pl.DataFrame) -> pl.LazyFrame:
    """One row per subject with a line: sportsbooks' main lines, else the lines of DFS operators."""
    books, offers = main_lines(priced, (_WHO,)).lazy(), priced.lazy()
    dfs = offers.filter(IS_DFS, two_sided()).join(books, on=_WHO, how="anti")
    mains = pl.concat([books, dfs.with_columns(pl.lit(None, dtype=pl.Float64).alias("implied_mean"))])
    fair = offers.filter(two_sided(), pl.col("price_fault").is_null(), ~IS_DFS)
    quoted = pl.concat([fair.select(_WHO, "line"), dfs.select(_WHO, "line")]).unique()
    quoted = quoted.with_columns(pl.lit(0, dtype=pl.Int64).alias("fewer_votes"))
    summary = mains.group_by(_WHO).agg(
        pl.col("line").median().alias("line_median"),
        pl.col("implied_mean").median(),
        pl.col("p_over").count().cast(pl.Int64).alias("n_books"),
        pl.col("line").filter(pl.col("p_over").is_not_null()).std().alias("line_std"),
        pl.col("hold").median().alias("hold_median"),
        pl.col("quote_id").sort().alias("quote_ids"),
    )
    modes = mains.group_by(_WHO, "line").agg((-pl.len().cast(pl.Int64)).alias("fewer_votes"))
    modal = _nearest_median(modes, summary).rename({"line": "line_modal"})
    central = _nearest_median(quoted, summary).rename({"line": "line_consensus"})
    return summary.join(modal, on=_WHO, how="left").join(central, on=_WHO, how="left")


def _nearest_median(lines: pl.LazyFrame, summary: pl.LazyFrame) -> pl.LazyFrame:
    """Pick per subject the line with most votes, then the one nearest the median, then the lower one."""
    distance = (pl.col("line") - pl.col("line_median")).abs()
    return (
        lines.join(summary.select(_WHO, "line_median"), on=_WHO)
        .sort("fewer_votes", distance, "line")
        .unique(_WHO, keep="first", maintain_order=True)
        .select(_WHO, "line")
    )


def _p_over(described: pl.DataFrame) -> pl.Series:
    """P(over | no push) at the consensus line under the implied mean."""
    p_over = by_market(described["market"], p_over_at, described["implied_mean"], described["line_consensus"])
    return pl.Series("p_over_devig", p_over, nan_to_null=True)


def _reasons() -> pl.Expr:
    books = pl.col("n_books").fill_null(0)
    dfs_only = pl.when((books == 0) & (pl.col("n_dfs") > 0)).then(pl.lit([Reason.DFS_ONLY.value]))
    too_few = pl.when(books.is_between(1, MIN_BOOKS - 1)).then(pl.lit([Reason.TOO_FEW_BOOKS.value]))
    faults = pl.when(books == 0).then("faults")
    none = pl.lit([], dtype=pl.List(pl.String))
    return pl.concat_list(pl.coalesce(part, none) for part in (faults, too_few, dfs_only)).alias("reasons")


def _best(sound: pl.DataFrame, side: str) -> pl.DataFrame:
    """The best price of one side per line: American odds rise with what they pay; the first book of a tie."""
    price = f"{side}_price"
    return (
        sound.filter(pl.col(price).is_not_null())
        .sort(pl.col(price), "book", descending=[True, False])
        .unique([*SUBJECT, "line"], keep="first", maintain_order=True)
        .select(*SUBJECT, "line", price, **{f"{side}_quote_id": "quote_id", f"{side}_book": "book"})
    )


def _without_price() -> pl.Expr:
    reason = pl.when("only_dfs").then(pl.lit([Reason.DFS_ONLY.value])).otherwise(pl.lit([Reason.CROSSED_QUOTE.value]))
    unpriced = pl.col("over_price").is_null() & pl.col("under_price").is_null()
    return pl.when(unpriced).then(reason).otherwise(pl.lit([], dtype=pl.List(pl.String)))
