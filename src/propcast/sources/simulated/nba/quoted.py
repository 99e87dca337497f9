"""Whom the books quote in a season, in which markets, and the true law of each."""

from dataclasses import replace

import numpy as np
import polars as pl

from propcast.core.arrays import BoolArray, FloatArray, IntArray
from propcast.core.markets import Market, markets_of
from propcast.core.sport import Sport
from propcast.sources.simulated.board import ROWS, STAYS
from propcast.sources.simulated.bookmakers import POLL_LEADS
from propcast.sources.simulated.nba.law import tabulate
from propcast.sources.simulated.nba.rotation import MOST_SHARE, Rotation
from propcast.sources.simulated.nba.season import NbaSeason

_LEAST_SHARE = 0.082
_LEAST_MEAN = {"points": 4.5, "rebounds": 2.6, "assists": 1.9, "threes": 0.9, "points_rebounds_assists": 9.0}
_RULED_OUT = 0.5


def quoted(season: NbaSeason, facts: pl.DataFrame, games: IntArray) -> tuple[pl.DataFrame, FloatArray]:
    """Return the rows to quote in those games (numbers), by event, participant and market, and their true laws.

    Only what is known beforehand decides: plans and chances, not who played in the end.
    """
    who = season.who
    in_plan = (who.foreseen >= _LEAST_SHARE) & ~who.is_out
    chosen = np.zeros(in_plan.shape[0], dtype=bool)
    chosen[games] = True
    places = np.argwhere(in_plan & chosen[:, None, None])
    people = _people(season, facts, places)
    parts = [_of_market(season, people, places, market) for market in markets_of(Sport.NBA)]
    frames, laws = zip(*parts, strict=True)
    longest = max(law.shape[1] for law in laws)
    padded = np.concatenate([np.pad(law, ((0, 0), (0, longest - law.shape[1]))) for law in laws])
    return pl.concat(frames), padded


def as_if_playing(who: Rotation) -> Rotation:
    """Return the rotation in which whoever was absent has the minutes that were foreseen for him."""
    return replace(who, share=np.where(who.plays, who.share, np.maximum(who.foreseen, 1e-3)))


def _of_market(
    season: NbaSeason, people: pl.DataFrame, places: IntArray, market: Market
) -> tuple[pl.DataFrame, FloatArray]:
    law = tabulate(season.rates, as_if_playing(season.who), places, market)
    mean = law @ np.arange(law.shape[1])
    kept = mean >= _LEAST_MEAN[market.name]
    rows = people.filter(pl.Series(kept)).with_columns(market=pl.lit(market.name))
    return rows.select(ROWS.names()).cast(ROWS), law[kept]


def _people(season: NbaSeason, facts: pl.DataFrame, places: IntArray) -> pl.DataFrame:
    at = tuple(places.T)
    who = season.who
    members = who.members[at]
    share = np.where(who.plays, who.share[0], who.foreseen)[at]
    frame = pl.DataFrame(
        {
            "game": places[:, 0],
            "participant_id": [f"{Sport.NBA}:{number}" for number in season.players.ids[members].tolist()],
            "player_name": np.array(season.players.names)[members],
            "p_plays": who.chance[at],
            "renown": np.clip(who.foreseen[at] / MOST_SHARE, 0, 1) ** 1.5,
            "news": np.log(share / who.foreseen[at]),
            "leaves_after": _leaves_after(season)[at],
        }
    )
    return frame.join(facts, on="game", how="left", maintain_order="left")


def _leaves_after(season: NbaSeason) -> IntArray:
    """Return after how many polls the books take somebody off: half of the absent are ruled out before the start."""
    rng = season.league.stream("ruled out", season.season)
    ruled_out: BoolArray = ~season.who.plays & (rng.random(season.who.plays.shape) < _RULED_OUT)
    last = rng.integers(2, len(POLL_LEADS), season.who.plays.shape)
    return np.where(ruled_out, last, STAYS)
