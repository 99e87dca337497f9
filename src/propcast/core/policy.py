"""The betting policy: thresholds and caps as versioned data (DOMAIN 8.4)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """When a forecast becomes a bet, and how much is staked.

    Attributes:
        version: name under which decisions are stored; change it with any number below.
        min_ev: expected profit per unit staked, at the least.
        min_edge: our probability minus the market's for the chosen side, at the least.
        min_price: lowest American price taken.
        max_price: highest American price taken.
        min_books: sportsbooks in the consensus, at the least.
        min_p_plays: chance that an NBA player plays, at the least.
        min_lead_s: seconds to the start, at the least.
        max_distance_sd: a line further from the mean than this many standard deviations is not believed.
        kelly_share: share of the full Kelly fraction that is staked.
        max_stake: cap per bet, of the bankroll.
        max_event_stake: cap per game: its props are one risk.
        max_slate_stake: cap per slate.
    """

    version: str = "house-1"
    min_ev: float = 0.03
    min_edge: float = 0.015
    min_price: int = -250
    max_price: int = 200
    min_books: int = 2
    min_p_plays: float = 0.85
    min_lead_s: float = 300.0
    max_distance_sd: float = 2.5
    kelly_share: float = 0.25
    max_stake: float = 0.02
    max_event_stake: float = 0.04
    max_slate_stake: float = 0.15


DEFAULT_POLICY = Policy()
