"""Which pitchers the books quote in a season, and the true law of their strikeouts."""

import numpy as np
import polars as pl

from propcast.core.arrays import FloatArray, IntArray
from propcast.core.sport import Sport
from propcast.sources.simulated.board import ROWS, STAYS
from propcast.sources.simulated.bookmakers import POLL_LEADS
from propcast.sources.simulated.mlb.duel import MOST_BATTERS, batters_faced, strikeout_logits
from propcast.sources.simulated.mlb.law import tabulate
from propcast.sources.simulated.mlb.lineups import SLOTS
from propcast.sources.simulated.mlb.season import MlbSeason

MARKET = "pitcher_strikeouts"

_IGNORED = 0.04
_RULED_OUT = 0.4
_SHARE_OF_NEWS = 0.8


def quoted(season: MlbSeason, facts: pl.DataFrame, games: IntArray) -> tuple[pl.DataFrame, FloatArray]:
    """Return the rows to quote in those games (numbers): the announced starters, and their true laws if they start."""
    chosen = np.zeros(season.games.sides.shape, dtype=bool)
    chosen[games] = season.league.stream("ignored", season.season).random(chosen.shape)[games] >= _IGNORED
    places = np.argwhere(chosen)
    who = season.starts
    laws = tabulate(_logits(season, places), batters_faced(_planned(season, places), who.opener_announced[chosen]))
    announced = who.announced[chosen]
    rows = pl.DataFrame(
        {
            "game": places[:, 0],
            "participant_id": [f"{Sport.MLB}:{number}" for number in season.pitchers.ids[announced].tolist()],
            "player_name": np.array(season.pitchers.names)[announced],
            "p_plays": who.chance[chosen],
            "renown": np.clip(0.6 + 0.25 * season.pitchers.standing[announced], 0.1, 1.0),
            "news": _news(season, places),
            "leaves_after": _leaves_after(season)[chosen],
        }
    )
    placed = rows.join(facts, on="game", how="left", maintain_order="left").with_columns(market=pl.lit(MARKET))
    return placed.select(ROWS.names()).cast(ROWS), laws


def _logits(season: MlbSeason, places: IntArray) -> FloatArray:
    """Return the log-odds of the batters that announced starters would face, in their order."""
    game, side = places.T
    n = np.arange(MOST_BATTERS)
    batters = season.orders.batters[game, 1 - side][:, n % SLOTS]
    park = season.parks[season.games.sides[game, 0]][:, None]
    pitcher = season.starts.announced[game, side][:, None]
    return strikeout_logits(season.pitchers, season.hitters, pitcher, batters, park, 1 + n // SLOTS)


def _planned(season: MlbSeason, places: IntArray) -> FloatArray:
    planned: FloatArray = season.pitchers.batters[season.starts.announced[tuple(places.T)]]
    return planned


def _news(season: MlbSeason, places: IntArray) -> FloatArray:
    """Return how much the line-up moves the mean, on the log scale, against the team's usual one."""
    game, side = places.T
    teams = season.games.sides[game, 1 - side]
    by_team = season.hitters.k_logit.reshape(season.games.sides.max() + 1, -1).mean(axis=1)
    nine = season.hitters.k_logit[season.orders.batters[game, 1 - side]].mean(axis=1)
    news: FloatArray = _SHARE_OF_NEWS * (nine - by_team[teams])
    return news


def _leaves_after(season: MlbSeason) -> IntArray:
    """Return after how many polls the books take somebody off: some scratches become known in time."""
    rng = season.league.stream("ruled out", season.season)
    absent = season.starts.starter != season.starts.announced
    known = absent & (rng.random(absent.shape) < _RULED_OUT)
    return np.where(known, rng.integers(2, len(POLL_LEADS), absent.shape), STAYS)
