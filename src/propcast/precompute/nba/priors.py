"""What last season says about a player before he has played enough of this one."""

from collections.abc import Mapping, Sequence

import polars as pl

from propcast.analytics.windows import MILLION, millionths
from propcast.precompute.nba.inputs import last_season

RESERVE_MINUTES = 20.0
"""Below this many minutes a game a player counts as a reserve: the role a newcomer is assumed to have."""

_COUNTED = ("regular", "playoffs")  # the Cup final and the play-in count for form, not for season aggregates


def in_aggregates() -> pl.Expr:
    """Return whether a game counts for season aggregates."""
    return pl.col("season_type").is_in(_COUNTED)


def season_sums(rows: pl.DataFrame, values: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Return each player's sum and number of known values of each season, as `{name}_sum` and `{name}_n`.

    Sums are exact, so the order of the input changes nothing.
    """
    sums = [
        part
        for name, value in values.items()
        for part in (millionths(value).sum().alias(f"{name}_sum"), value.count().alias(f"{name}_n"))
    ]
    return rows.filter(in_aggregates()).group_by("player_id", "season").agg(sums)


def season_means(sums: pl.DataFrame, names: Sequence[str], minutes: str, by: Sequence[str] = ()) -> pl.DataFrame:
    """Return each player's mean per played game of each season as `prior_*`, and the reserves' as `role_*`.

    `minutes` names the sums by which a player is a reserve; players without a known value are left out. What `by`
    names keeps several statistics apart.
    """
    by_player = sums.filter(pl.col(f"{minutes}_n") > 0)
    of_role = [_mean(pl.col(f"{n}_sum").sum(), pl.col(f"{n}_n").sum()).alias(f"role_{n}") for n in names]
    is_reserve = _mean(pl.col(f"{minutes}_sum"), pl.col(f"{minutes}_n")) < RESERVE_MINUTES
    reserves = by_player.filter(is_reserve).group_by(*by, "season").agg(of_role)
    means = [_mean(pl.col(f"{n}_sum"), pl.col(f"{n}_n")).alias(f"prior_{n}") for n in names]
    return by_player.select(*by, "player_id", "season", *means).join(reserves, on=[*by, "season"], how="left")


def with_priors(contexts: pl.DataFrame, means: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Add `prior_*` of last season to each context: the player's own mean, else the reserves' (the role mean)."""
    names = [name.removeprefix("prior_") for name in means.columns if name.startswith("prior_")]
    last = means.lazy().rename({"season": "last_season"})
    role = last.select(*by, "last_season", *(f"role_{n}" for n in names)).unique([*by, "last_season"])
    own = last.select(*by, "player_id", "last_season", *(f"prior_{n}" for n in names))
    keyed = contexts.lazy().with_columns(last_season())
    joined = keyed.join(own, on=[*by, "player_id", "last_season"], how="left", maintain_order="left")
    joined = joined.join(role, on=[*by, "last_season"], how="left", maintain_order="left")
    filled = (pl.coalesce(f"prior_{n}", f"role_{n}").alias(f"prior_{n}") for n in names)
    return joined.with_columns(filled).drop("last_season", *(f"role_{n}" for n in names)).collect()


def _mean(whole: pl.Expr, n: pl.Expr) -> pl.Expr:
    return pl.when(n > 0).then(whole / MILLION / n)
