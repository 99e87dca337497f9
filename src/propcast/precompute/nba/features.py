"""The 65 NBA features of a market for each context row: one function for one date and for nine seasons."""

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np
import polars as pl

from propcast.analytics.windows import CUTOFF, GAME_DAY, attach, by_knowledge, cutoff_day
from propcast.core.errors import LeakDetected
from propcast.core.markets import Market
from propcast.core.together import both, together
from propcast.precompute.nba.fatigue import fatigue_load, schedule_load
from propcast.precompute.nba.form import PlayerForm, form
from propcast.precompute.nba.inputs import NbaInputs
from propcast.precompute.nba.lines import line_features
from propcast.precompute.nba.rotation import rotation
from propcast.precompute.nba.team_form import matchups
from propcast.precompute.nba.zones import zone_features, zone_matchup
from propcast.tables.features import NBA_FEATURES
from propcast.tables.precompute import NBA_FEATURE_TABLE

NO_SOURCE = (
    "opp_allowed_pos_index",
    "injury_code",
    "stars_out",
    "minutes_freed",
    "usage_freed",
    "opp_minutes_out",
    "game_total",
    "team_spread",
    "implied_team_total",
    "blowout_prob",
)
"""Features that no input of this build feeds: positions, injuries and game lines (DECISIONS 5)."""

_PLAYOFF_TYPES = ("playoffs", "play_in")


def nba_features(market: Market, contexts: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Return table `nba_features` of one market: one row per context row, sorted by event and participant.

    Raises:
        LeakDetected: a row would be built from its own or a later day, or from what was not yet known.
    """
    return nba_features_of([market], contexts, inputs)


def nba_features_of(markets: Iterable[Market], contexts: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Return the rows of several markets; what no market changes is computed once."""
    wanted = tuple(markets)
    parts = []
    for part, (players, teams) in by_knowledge(contexts, [inputs.player_games, inputs.team_games]):
        known = NbaInputs(players, teams, inputs.zones_season, inputs.consensus, inputs.closing)
        keyed = part.with_columns(cutoff_day())
        shared, of_markets = both(partial(_shared, keyed, known, wanted), partial(_of_markets, keyed, known, wanted))
        parts.append(_rows(pl.concat([_times(shared, len(wanted)), of_markets], how="horizontal"), wanted))
    if not parts:
        return NBA_FEATURE_TABLE.empty()
    rows = pl.concat(parts).sort("event_id", "participant_id", "market", "as_of")
    _require_no_leak(rows)
    return rows


def _shared(contexts: pl.DataFrame, inputs: NbaInputs, markets: tuple[Market, ...]) -> pl.DataFrame:
    blocks = together(
        [
            partial(rotation, contexts, inputs.player_games),
            partial(matchups, contexts, inputs.team_games, markets),
            partial(zone_features, contexts, inputs),
            partial(schedule_load, contexts, inputs.team_games),
            partial(_stamps, contexts, inputs),
        ]
    )
    rows = pl.concat([contexts, *blocks], how="horizontal")
    return rows.with_columns(
        fatigue_load().alias("fatigue_load"),
        pl.col("is_home").cast(pl.Int8),
        pl.col("season_type").is_in(_PLAYOFF_TYPES).cast(pl.Int8).alias("is_playoffs"),
        *(pl.lit(None, pl.Float32()).alias(name) for name in NO_SOURCE),
    )


def _of_markets(contexts: pl.DataFrame, inputs: NbaInputs, markets: tuple[Market, ...]) -> pl.DataFrame:
    """Return `market` and what it changes, for each context row and market: the markets of one context in a row."""
    history = PlayerForm.of(contexts, inputs.player_games, markets)
    named = pl.DataFrame({"market": [m.name for m in markets], "prior_games": [float(m.prior_games) for m in markets]})
    tiled = named[list(range(len(markets))) * contexts.height]
    asked = pl.concat([_times(contexts, len(markets)), tiled], how="horizontal")
    lined = line_features(asked, inputs.consensus, inputs.closing, history)
    return pl.concat([asked.select("market"), form(asked, history), lined], how="horizontal")


def _times(rows: pl.DataFrame, n: int) -> pl.DataFrame:
    """Return each row n times, one below the other."""
    return rows if n == 1 else rows[np.repeat(np.arange(rows.height), n)]


def _rows(known: pl.DataFrame, markets: tuple[Market, ...]) -> pl.DataFrame:
    attempts = pl.col("fga_per_min_l10") * pl.col("minutes_projected")
    zones = {market.name: zone_matchup(market, attempts) for market in markets}
    allowed = {market.name: pl.col(f"opp_allowed_{market.name}") for market in markets}
    with_zones = known.with_columns(_by_market(zones).alias("zone_matchup"))
    return NBA_FEATURE_TABLE.conform(
        with_zones.with_columns(
            _by_market(allowed).alias("opp_allowed_index"),
            pl.lit(NBA_FEATURES.hash).alias("feature_hash"),
            pl.max_horizontal("max_observed_at", "consensus_at").alias("max_observed_at"),
            _sources_missing().alias("sources_missing"),
        )
    )


def _by_market(values: Mapping[str, pl.Expr]) -> pl.Expr:
    return pl.coalesce(pl.when(pl.col("market") == name).then(value) for name, value in values.items())


def _sources_missing() -> pl.Expr:
    """Names of null features of this row that no source feeds; other nulls have the contract's reason."""
    no_starters = (pl.col("games_played_season") >= 3) & pl.col("start_rate_l10").is_null()
    no_zones = pl.col("opponent").is_not_null() & pl.col("delta_ra").is_null()
    conditional = (
        pl.when(no_starters).then(pl.lit("start_rate_l10")),
        pl.when(no_zones).then(pl.lit("zone_matchup")),
        pl.when(pl.col("p_plays").is_null()).then(pl.lit("p_plays")),
    )
    return pl.concat_str(pl.lit(",".join(NO_SOURCE)), *conditional, separator=",", ignore_nulls=True)


def _stamps(contexts: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Return the last day and the last moment of knowledge of anything that a context row may use."""
    seen = pl.concat([frame.select(GAME_DAY, "observed_at") for frame in (inputs.player_games, inputs.team_games)])
    running = seen.sort(GAME_DAY, "observed_at").with_columns(
        pl.lit(0).alias("_all"),
        pl.col(GAME_DAY).alias("max_event_day"),
        pl.col("observed_at").cum_max().alias("max_observed_at"),
    )
    states = running.drop("observed_at").unique(GAME_DAY, keep="last", maintain_order=True)
    return attach(contexts.select(CUTOFF, _all=pl.lit(0)), states, ["_all"]).select("max_event_day", "max_observed_at")


def _require_no_leak(rows: pl.DataFrame) -> None:
    same_day = rows.filter(pl.col("max_event_day") >= pl.col(GAME_DAY))
    unknown = rows.filter(pl.col("max_observed_at") > pl.col("as_of"))
    if same_day.height or unknown.height:
        first = (same_day if same_day.height else unknown).row(0, named=True)
        raise LeakDetected(
            f"{same_day.height} feature rows use their own or a later game day, {unknown.height} use what was not yet"
            f" known at as_of; first: {first['event_id']} {first['participant_id']} as of {first['as_of']}."
            " Nothing was built; check game_day and observed_at of the inputs."
        )
