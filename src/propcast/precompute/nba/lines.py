"""What the market says about a player's line (features 61–65)."""

import polars as pl

from propcast.analytics.windows import GAME_DAY, attach, day_states, last_mean, numbered
from propcast.core.markets import Market
from propcast.precompute.nba.form import PlayerForm

_BY = ("player_id", "season")
_EVENT = ("event_id", "participant_id")
_BOOKS_FOR_SPREAD = 3


def line_features(
    contexts: pl.DataFrame, consensus: pl.DataFrame, closing: pl.DataFrame, history: PlayerForm, market: Market
) -> pl.DataFrame:
    """Return features 61–65 and `consensus_at` (the consensus' own `as_of`) for each context row, in its order.

    The consensus is the newest at or before the context's `as_of`; `margin_vs_line_l10` compares each earlier game
    with its own closing line, never with today's.
    """
    now = _newest(contexts, consensus.filter(pl.col("market") == market.name))
    margins = attach(contexts, _margins(contexts, closing, history, market), _BY)
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
    known = consensus.with_columns(pl.col("as_of").alias("consensus_at")).drop("sport", "market", GAME_DAY)
    keys = contexts.select(*_EVENT, "as_of").with_row_index("_row").sort("as_of")
    found = keys.join_asof(known.sort("as_of"), on="as_of", by=list(_EVENT), check_sortedness=False)
    return found.sort("_row")


def _margins(contexts: pl.DataFrame, closing: pl.DataFrame, history: PlayerForm, market: Market) -> pl.DataFrame:
    """State of stat − closing line after each game that had one."""
    closes = closing.filter(pl.col("market") == market.name, pl.col("book") == "consensus")
    participant = (pl.lit(f"{market.sport}:") + pl.col("player_id").cast(pl.String)).alias("participant_id")
    games = history.games_of(market).join(contexts, on=_BY, how="semi", maintain_order="left").with_columns(participant)
    lined = games.join(closes.select(*_EVENT, "line"), on=_EVENT, maintain_order="left")
    margin = last_mean(pl.col("stat") - pl.col("line"), 10, 5).alias("margin_vs_line_l10")
    return day_states(numbered(lined, _BY).with_columns(margin)).select(*_BY, GAME_DAY, "margin_vs_line_l10")
