import numpy as np

from propcast.sources.simulated import offers
from propcast.sources.simulated.bookmakers import BOOKS


def test_a_side_that_is_all_but_certain_has_the_shortest_price_and_never_none() -> None:
    """Probability 1 has no odds; whoever quotes it all the same asks what he asks for the surest of things."""
    books = np.arange(len(BOOKS))
    score = np.tile(np.array([-40.0, -9.0, 0.0, 9.0, 40.0]), (len(books), 1))
    over, under = offers._prices(score, books)
    priced = ~offers._IS_DFS[books]
    assert (np.abs(over) >= 100).all()
    assert (np.abs(under) >= 100).all()
    assert (over[priced, -1] == -5000).all()
    assert (under[priced, 0] == -5000).all()
