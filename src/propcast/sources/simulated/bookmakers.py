"""The books of the simulated leagues: what each one charges, how well it knows, and its habits."""

from dataclasses import dataclass
from datetime import timedelta

from propcast.core.provenance import BOOK_MARK

VENDOR = "simulated_odds"
"""The vendor that polls the books."""

POLL_LEADS = tuple(timedelta(minutes=m) for m in (600, 360, 180, 90, 40, 9))
"""How long before the start a vendor looks: from the opening to a true close."""


@dataclass(frozen=True)
class Book:
    """One book.

    Attributes:
        key: how it is named everywhere.
        hold: its margin on two-sided offers.
        noise: sd of its own error about a participant's mean, relative.
        coverage: share of the well-known participants that it quotes.
        refreshes: chance that it looks at an offer again between two polls.
        whole_lines: share of its lines that are whole numbers, so that pushes exist.
        price_step: its American prices are multiples of this.
        alternates: share of its offers that come with further lines.
        is_dfs: a DFS operator: the line is meant, the price is not.
    """

    key: str
    hold: float = 0.06
    noise: float = 0.015
    coverage: float = 1.0
    refreshes: float = 0.6
    whole_lines: float = 0.0
    price_step: int = 5
    alternates: float = 0.0
    is_dfs: bool = False


BOOKS = (
    Book(f"{BOOK_MARK}northbook", hold=0.055, noise=0.012, price_step=1, alternates=0.35),
    Book(f"{BOOK_MARK}southbook", hold=0.065, noise=0.018, coverage=0.96),
    Book(f"{BOOK_MARK}eastbook", hold=0.070, noise=0.024, coverage=0.85, whole_lines=0.15),
    Book(f"{BOOK_MARK}westbook", hold=0.060, noise=0.015, coverage=0.80, price_step=1, alternates=0.15),
    Book(f"{BOOK_MARK}pickhouse", noise=0.03, coverage=0.90, refreshes=0.15, whole_lines=0.1, is_dfs=True),
)
