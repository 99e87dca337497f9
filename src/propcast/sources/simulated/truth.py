"""The true laws as rows of the truth table."""

import polars as pl

from propcast.core.distributions import tabulated
from propcast.core.markets import MARKETS
from propcast.core.provenance import SIMULATED
from propcast.sources.simulated.board import Board
from propcast.tables.truth import TRUTH


def truth(board: Board) -> pl.DataFrame:
    """Return the truth of every row of a board: who plays with what chance, and the law of his count.

    `core.distributions.rebuild(family, params, max_count)` makes the distribution, and with it P(over) at any line.
    """
    parts = [_of_market(board, name) for name in board.rows["market"].unique(maintain_order=True).to_list()]
    return pl.concat([TRUTH.empty(), *parts])


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
