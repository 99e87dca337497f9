"""Which features have no source for a row, as distinct from too few games."""

import polars as pl

NEVER = ("temp_f", "umpire_k_delta", "game_total", "opp_implied_runs")
"""No feed of weather, umpires, totals or moneylines exists yet."""

_LINEUP = ("lineup_k_pct", "lineup_known", "expected_k_bottom_up")
_PITCHES = {
    "swstr_l3": "has_swstr",
    "swstr_season": "has_swstr",
    "csw_season": "has_csw",
    "whiff_season": "has_whiff",
    "chase_season": "has_chase",
    "z_contact_season": "has_z_contact",
    "fb_velo_l3": "has_velocity",
    "fb_velo_trend": "has_velocity",
}


def sources_missing() -> pl.Expr:
    """Return the names of features that no source feeds, joined by commas, over assembled features.

    Pitch data are missing where he has starts this season and none was tracked; a batting order where no order of the
    opponent is known; `platoon_share` also where his hand is unknown.
    """
    pitches = [_named(name, ~pl.col(flag)) for name, flag in _PITCHES.items()]
    no_order = pl.col("expected_k_bottom_up").is_null()
    lineup = [_named(name, no_order) for name in _LINEUP]
    platoon = _named("platoon_share", pl.col("platoon_share").is_null())
    never = [pl.lit(name) for name in NEVER]
    return pl.concat_str([*pitches, *lineup, platoon, *never], separator=",", ignore_nulls=True).alias(
        "sources_missing"
    )


def _named(name: str, is_missing: pl.Expr) -> pl.Expr:
    return pl.when(is_missing).then(pl.lit(name))
