"""What the market says about a player's line (features 61–65)."""

import polars as pl

from propcast.analytics.windows import CUTOFF, GAME_DAY, attach, day_states, last_mean, numbered
from propcast.core.sport import Sport
from propcast.precompute.nba.form import MARKET, PlayerForm

_BY = (*MARKET, "player_id", "season")
_EVENT = ("event_id", "participant_id")
_BOOKS_FOR_SPREAD = 3


def line_features(
    contexts: pl.DataFrame, consensus: pl.DataFrame, closing: pl.DataFrame, history: PlayerForm
) -> pl.DataFrame:
    """Return features 61–65 and `consensus_at` (the consensus' own `as_of`) for each context row, in its order.

    A row names its `market`. The consensus is the newest at or before the context's `as_of`; `margin_vs_line_l10`
    compares each earlier game with its own closing line, never with today's.
    """
    now = _newest(contexts, consensus)
    margins = attach(contexts.select(*_BY, CUTOFF), _margins(contexts, closing, history), _BY)
    spread = pl.when(pl.col("n_books") >= _BOOKS_FOR_SPREAD).then("line_std")
    return now.select(
        "line_consensus",
        "p_over_devig",
        (pl.col("line_consensus") - pl.col("line_open")).alias("line_move"),
        spread.alias("line_std_books"),
        margins["margin_vs_line_l10"],
        "consensus_at",
    )


def _newest(contexts: pl.DataFrame, consensus: pl.DataFrame) -> pl.DataFrame:
    by = [*_EVENT, *MARKET]
    known = consensus.lazy().with_columns(pl.col("as_of").alias("consensus_at")).drop("sport", GAME_DAY).sort("as_of")
    keys = contexts.lazy().select(*by, "as_of").with_row_index("_row").sort("as_of")
    return keys.join_asof(known, on="as_of", by=by, check_sortedness=False).sort("_row").collect()


def _margins(contexts: pl.DataFrame, closing: pl.DataFrame, history: PlayerForm) -> pl.DataFrame:
    """State of stat − closing line after each game that had one."""
    closes = closing.lazy().filter(pl.col("book") == "consensus").select(*_EVENT, *MARKET, "line")
    participant = (pl.lit(f"{Sport.NBA}:") + pl.col("player_id").cast(pl.String)).alias("participant_id")
    games = history.games.lazy().join(contexts.lazy(), on=_BY, how="semi", maintain_order="left")
    lined = games.with_columns(participant).join(closes, on=[*_EVENT, *MARKET], maintain_order="left").collect()
    margin = last_mean(pl.col("stat") - pl.col("line"), 10, 5).alias("margin_vs_line_l10")
    return day_states(numbered(lined, _BY).with_columns(margin)).select(*_BY, GAME_DAY, "margin_vs_line_l10")
