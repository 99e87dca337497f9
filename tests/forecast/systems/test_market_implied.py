"""The benchmark says what the consensus says, and why when it cannot."""

import polars as pl
import pytest

from propcast.core.reasons import Reason
from propcast.forecast.systems.base import SlateInputs
from propcast.forecast.systems.market_implied import MarketImplied
from tests.forecast.slates import nba_slate


def test_its_mean_is_the_implied_mean() -> None:
    inputs = nba_slate()
    said = MarketImplied().forecast(inputs)
    assert said.distributions.mean == pytest.approx(inputs.consensus["implied_mean"].to_numpy(), abs=1e-3)
    assert said.spoken.all()


@pytest.mark.parametrize(("books", "dfs", "stated", "expected"), [
    (0, 3, [Reason.DFS_ONLY], Reason.DFS_ONLY),
    (0, 0, [], Reason.NO_LINE),
    (0, 0, [Reason.CROSSED_QUOTE], Reason.CROSSED_QUOTE),
    (1, 0, [], Reason.TOO_FEW_BOOKS),
])  # fmt: skip
def test_without_a_price_it_says_which(books: int, dfs: int, stated: list[str], expected: Reason) -> None:
    reasons = pl.lit(stated, dtype=pl.List(pl.String))
    inputs = nba_slate(n_books=books, n_dfs=dfs, reasons=reasons, implied_mean=pl.lit(None, pl.Float64))
    assert MarketImplied().forecast(inputs).reasons[0] == [expected]


def test_a_dfs_line_is_no_price_even_with_a_mean() -> None:
    assert MarketImplied().forecast(nba_slate(n_books=0, n_dfs=2)).reasons[0] == [Reason.DFS_ONLY]


def test_one_book_is_enough_to_imply_a_mean() -> None:
    assert MarketImplied().forecast(nba_slate(n_books=1)).spoken.all()


def test_nobody_quoted_is_no_line_and_another_markets_quotes_do_not_count() -> None:
    inputs = nba_slate()
    other = inputs.consensus.with_columns(pl.lit("rebounds").alias("market"))
    for quotes in (inputs.consensus.clear(), other):
        said = MarketImplied().forecast(SlateInputs(inputs.market, inputs.features, quotes, inputs.pool))
        assert set(map(tuple, said.reasons)) == {(Reason.NO_LINE,)}
