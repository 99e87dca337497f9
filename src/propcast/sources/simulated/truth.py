"""The true laws as rows of the truth table."""

import polars as pl

from propcast.core.distributions import EMPIRICAL, Distributions, rebuild, tabulated
from propcast.core.markets import MARKETS, Market
from propcast.core.provenance import SIMULATED
from propcast.sources.simulated.board import Board
from propcast.tables.truth import TRUTH


def truth(board: Board) -> pl.DataFrame:
    """Return the truth of every row of a board: who plays with what chance, and the law of his count.

    `laws` makes the distributions again, and with them P(over) at any line.
    """
    parts = [_of_market(board, name) for name in board.rows["market"].unique(maintain_order=True).to_list()]
    return pl.concat([TRUTH.empty(), *parts])


def laws(rows: pl.DataFrame, market: Market) -> Distributions:
    """Return the true distributions of rows of the truth table, all of one market, in their order."""
    return rebuild(EMPIRICAL, rows["params"].to_list(), market.max_count)


def _of_market(board: Board, name: str) -> pl.DataFrame:
    chosen = (board.rows["market"] == name).to_numpy()
    law = tabulated(board.pmf[chosen, : MARKETS[name].max_count + 1])
    rows = board.rows.filter(pl.Series(chosen)).with_columns(
        pl.Series("params", law.params),
        pl.Series("mean", law.mean),
        pl.Series("sd", law.sd),
        family=pl.lit(law.family),
        source=pl.lit(SIMULATED),
    )
    return TRUTH.conform(rows)
