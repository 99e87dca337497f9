"""What the league does on average, before a day: ratios of sums, steadied by last season in the first weeks."""

from collections.abc import Mapping

import polars as pl

from propcast.analytics.windows import GAME_DAY, attach, day_states, in_order, last_count, last_sum, pooled, ratio
from propcast.precompute.nba.inputs import last_season

PRIOR_TEAM_GAMES = 30.0
"""Last season's average counts as this many team games: an average of one evening is noise."""

Ratios = Mapping[str, tuple[pl.Expr, pl.Expr]]


def running_ratios(rows: pl.DataFrame, by: tuple[str, ...], ratios: Ratios) -> pl.DataFrame:
    """Return per subject and day the running sums `{name}_above`, `{name}_below` and count `{name}_games`.

    A game in which one part of a ratio is null is left out of that ratio.
    """
    sums, parts = [], dict[str, pl.Expr]()
    for name, (above, below) in ratios.items():
        known = above.is_not_null() & below.is_not_null()
        mine = {f"{name}_{what}": pl.when(known).then(part) for what, part in (("above", above), ("below", below))}
        sums += [last_sum(pl.col(part)).alias(part) for part in mine]
        sums.append(last_count(pl.col(f"{name}_above")).alias(f"{name}_games"))
        parts |= mine
    ordered = in_order(rows.select(*by, GAME_DAY, "event_id", **parts), by)  # nothing but this is sorted: rows are wide
    states = day_states(ordered.lazy().with_columns(sums).collect())
    return states.select(*by, GAME_DAY, *(f"{n}_{what}" for n in ratios for what in ("above", "below", "games")))


def league_ratios(keys: pl.DataFrame, league: pl.DataFrame, ratios: Ratios) -> pl.DataFrame:
    """Return each ratio over all teams' games of the season before each key's cutoff day, in the order of the keys.

    `keys` has `season` and the cutoff day, `league` is `running_ratios` by season. The season's own sums are pooled
    with last season's average.
    """
    known = attach(with_last_season(keys, league, (), ratios), league, ("season",))
    return known.select(own_and_prior(name, pl.col(f"{name}_last"), PRIOR_TEAM_GAMES).alias(name) for name in ratios)


def with_last_season(keys: pl.DataFrame, states: pl.DataFrame, by: tuple[str, ...], ratios: Ratios) -> pl.DataFrame:
    """Add each ratio over the whole of last season as `{name}_last`, from the states of `running_ratios`."""
    totals = states.sort(GAME_DAY).unique([*by, "season"], keep="last", maintain_order=True)
    last = totals.select(*by, pl.col("season").alias("last_season"), *(_value(n).alias(f"{n}_last") for n in ratios))
    keyed = keys.with_columns(last_season())
    return keyed.join(last, on=[*by, "last_season"], how="left", maintain_order="left").drop("last_season")


def own_and_prior(name: str, prior: pl.Expr, games: float) -> pl.Expr:
    """Return a running ratio shrunk to a prior worth that many games."""
    n = pl.col(f"{name}_games")
    return pooled(n * _value(name), n, prior, games)


def _value(name: str) -> pl.Expr:
    return ratio(pl.col(f"{name}_above"), pl.col(f"{name}_below"))
