"""Pieces of work side by side: their order is kept, their errors come out."""

from functools import partial
from threading import Barrier

import pytest

from propcast.core.together import WORKERS, both, together


def test_results_come_in_the_order_of_the_pieces() -> None:
    assert together(partial(pow, n, 2) for n in range(50)) == [n**2 for n in range(50)]
    assert together([]) == []


def test_pieces_run_side_by_side() -> None:
    """Each waits until the other has begun; one after the other, neither would ever end."""
    met = Barrier(WORKERS, timeout=60)
    assert sorted(together([met.wait] * WORKERS)) == [*range(WORKERS)]


def test_the_first_error_is_raised_and_every_piece_was_begun() -> None:
    begun = list[int]()

    def piece(n: int) -> int:
        begun.append(n)
        if n in (1, 3):
            raise ValueError(f"piece {n}")
        return n

    with pytest.raises(ValueError, match="piece 1"):
        together(partial(piece, n) for n in range(5))
    assert sorted(begun) == [*range(5)]


def test_two_pieces_of_different_kinds_run_side_by_side() -> None:
    met = Barrier(2, timeout=60)
    assert both(lambda: (met.wait(), "here")[1], lambda: (met.wait(), 2)[1]) == ("here", 2)


@pytest.mark.parametrize("broken", [0, 1])
def test_an_error_of_either_is_raised_once_both_have_ended(broken: int) -> None:
    ended = list[int]()

    def piece(n: int) -> int:
        ended.append(n)
        if n == broken:
            raise ValueError("broken")
        return n

    with pytest.raises(ValueError, match="broken"):
        both(partial(piece, 0), partial(piece, 1))
    assert sorted(ended) == [0, 1]
