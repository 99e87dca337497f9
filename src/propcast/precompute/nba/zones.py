"""Where a player shoots, what a defence allows there, and the points between them (features 27–32)."""

import polars as pl

from propcast.analytics.nba.shot_zones import ZONE_COUNTS
from propcast.analytics.windows import CUTOFF, GAME_DAY, GAME_NO, attach, day_states, in_order, last_sum, ratio
from propcast.core.markets import Market
from propcast.core.shrinkage import TWO_POINT_ALLOWED_ATTEMPTS, shrunk_ratio
from propcast.precompute.nba.inputs import NbaInputs, last_season
from propcast.precompute.nba.league import league_ratios, running_ratios
from propcast.precompute.nba.rotation import played
from propcast.tables.precompute import NBA_PLAYER_SHOT_ZONES, NBA_TEAM_DEFENSE_ZONES
from propcast.tables.raw import ZONES

WINDOW_GAMES, ENOUGH_ATTEMPTS = 20, 50.0
_FG_ATTEMPTS = 60.0  # own attempts in a zone that weigh as much as the league's percentage there
_BY = ("player_id", "season")
_THREES = ("corner3", "above3")


def nba_player_shot_zones(keys: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Return table `nba_player_shot_zones` for keys `player_id`, `season`, `game_day` and `cutoff_day`.

    Shares are those of the last 20 games with shot data; under 50 attempts they are shrunk to the shares of the
    season so far and the last one together, which stand alone where this season has no shots.
    """
    known = _with_counts(keys, inputs)
    attempts, base_attempts = _total("win", "fga"), _total("base", "fga")
    enough = attempts >= ENOUGH_ATTEMPTS
    base_league = league_zones(known, inputs)
    rows = pl.concat([known, base_league], how="horizontal")
    columns = []
    for zone in ZONES:
        own, base = pl.col(f"win_{zone}_fga"), ratio(pl.col(f"base_{zone}_fga"), base_attempts)
        share = pl.when(enough).then(own / attempts).otherwise(shrunk_ratio(own, attempts, base, ENOUGH_ATTEMPTS))
        made = shrunk_ratio(
            pl.col(f"base_{zone}_fgm"), pl.col(f"base_{zone}_fga"), pl.col(f"league_fg_{zone}"), _FG_ATTEMPTS
        )
        columns += [share.alias(f"share_{zone}"), made.alias(f"fg_{zone}")]
    shaped = rows.with_columns(columns).with_columns(attempts.alias("attempts"))
    return NBA_PLAYER_SHOT_ZONES.conform(shaped)


def nba_team_defense_zones(keys: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return table `nba_team_defense_zones` for keys `team`, `season`, `game_day` and `cutoff_day`.

    `delta` is allowed FG% − league FG%, both before the day (positive = weak defence, good for the scorer); it is 0
    for threes, where only the attempts allowed are a property of the defence. Without shot data all are null.
    """
    rows = team_games.with_columns(pl.sum_horizontal(f"opp_{z}_fga" for z in ZONES).alias("opp_all_fga"))
    rows = rows.filter(pl.col("opp_ra_fga").is_not_null())
    ratios = {f"fg_{z}": (pl.col(f"opp_{z}_fgm"), pl.col(f"opp_{z}_fga")) for z in ZONES} | {
        f"share_{z}": (pl.col(f"opp_{z}_fga"), pl.col("opp_all_fga")) for z in ZONES
    }
    of_league = league_ratios(keys, running_ratios(rows, ("season",), ratios), ratios)
    league = of_league.select(pl.col(name).alias(f"{name}_league") for name in ratios)
    own = attach(
        pl.concat([keys, league], how="horizontal"),
        running_ratios(rows, ("team", "season"), ratios),
        ("team", "season"),
    )
    columns = [column for zone in ZONES for column in _defence(zone)]
    return NBA_TEAM_DEFENSE_ZONES.conform(
        own.with_columns(columns).with_columns(pl.col("share_ra_games").fill_null(0).alias("games"))
    )


def zone_features(contexts: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Return, for each context row in its order, the player's zone shares and FG%, and what the opponent allows."""
    players = contexts.select(*_BY, GAME_DAY, CUTOFF).unique().sort(CUTOFF, *_BY)
    own = pl.concat([players.select(CUTOFF), nba_player_shot_zones(players, inputs)], how="horizontal")
    teams = contexts.select(pl.col("opponent").alias("team"), "season", GAME_DAY, CUTOFF).unique().drop_nulls("team")
    teams = teams.sort(CUTOFF, "team")
    theirs = pl.concat([teams.select(CUTOFF), nba_team_defense_zones(teams, inputs.team_games)], how="horizontal")
    keyed = contexts.select(*_BY, "opponent", GAME_DAY, CUTOFF)
    joined = keyed.join(own.drop("season"), on=["player_id", GAME_DAY, CUTOFF], how="left", maintain_order="left")
    return joined.join(
        theirs.drop("season").rename({"team": "opponent"}),
        on=["opponent", GAME_DAY, CUTOFF],
        how="left",
        maintain_order="left",
    ).drop(keyed.columns)


def zone_matchup(market: Market, attempts: pl.Expr) -> pl.Expr:
    """Return the expected change of the market's count that the opponent's zone defence makes (DOMAIN 5.2).

    `attempts` are the projected field-goal attempts. Points count 2 or 3 a make, threes 1. Null for markets that zones
    say nothing about, and without the player's or the defence's zones.
    """
    if not market.has_zones:
        return pl.lit(None, pl.Float64())
    shifted = {z: pl.col(f"share_{z}") * pl.col(f"attempt_ratio_{z}") for z in ZONES}
    total = pl.sum_horizontal(shifted.values(), ignore_nulls=False)
    per_attempt = pl.sum_horizontal(
        (
            _value(market, z)
            * (
                ratio(shifted[z], total) * (pl.col(f"fg_{z}") + pl.col(f"delta_{z}"))
                - pl.col(f"share_{z}") * pl.col(f"fg_{z}")
            )
            for z in ZONES
        ),
        ignore_nulls=False,
    )
    return attempts * per_attempt


def league_zones(keys: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Return the league's FG% per zone before each key's cutoff as `league_fg_*`; last season's without shot data."""
    rows = inputs.team_games.filter(pl.col("ra_fga").is_not_null())
    ratios = {f"league_fg_{z}": (pl.col(f"{z}_fgm"), pl.col(f"{z}_fga")) for z in ZONES}
    to_date = league_ratios(keys.select("season", CUTOFF), running_ratios(rows, ("season",), ratios), ratios)
    totals = inputs.zones_season.group_by("season").agg(
        ratio(pl.col(f"{z}_fgm").sum(), pl.col(f"{z}_fga").sum()).alias(f"last_{z}") for z in ZONES
    )
    seasons = keys.select(last_season())
    last = seasons.join(totals, left_on="last_season", right_on="season", how="left", maintain_order="left")
    both = pl.concat([to_date, last], how="horizontal")
    return both.select(pl.coalesce(f"league_fg_{z}", f"last_{z}").alias(f"league_fg_{z}") for z in ZONES)


def _value(market: Market, zone: str) -> int:
    if market.stat == ("fg3m",):
        return 1 if zone in _THREES else 0
    return 3 if zone in _THREES else 2


def _defence(zone: str) -> list[pl.Expr]:
    league_fg, league_share = pl.col(f"fg_{zone}_league"), pl.col(f"share_{zone}_league")
    made, attempts = pl.col(f"fg_{zone}_above").fill_null(0), pl.col(f"fg_{zone}_below").fill_null(0)
    allowed = shrunk_ratio(made, attempts, league_fg, TWO_POINT_ALLOWED_ATTEMPTS)
    delta = (allowed - league_fg) if zone not in _THREES else 0 * league_fg
    taken, faced = pl.col(f"share_{zone}_above").fill_null(0), pl.col(f"share_{zone}_below").fill_null(0)
    share = shrunk_ratio(taken, faced, league_share, TWO_POINT_ALLOWED_ATTEMPTS)
    return [
        allowed.alias(f"allowed_fg_{zone}"),
        delta.alias(f"delta_{zone}"),
        ratio(share, league_share).alias(f"attempt_ratio_{zone}"),
    ]


def _total(prefix: str, what: str) -> pl.Expr:
    return pl.sum_horizontal(f"{prefix}_{zone}_{what}" for zone in ZONES)


def _with_counts(keys: pl.DataFrame, inputs: NbaInputs) -> pl.DataFrame:
    """Add `win_*` (last 20 games with shots) and `base_*` (this season so far and the last one) counts by zone."""
    games = played(inputs.player_games, *_BY, GAME_DAY, "event_id", *ZONE_COUNTS)
    rows = in_order(games.filter(pl.col("ra_fga").is_not_null()).join(keys, on=_BY, how="semi"), _BY)
    totals = {"season": None, "win": WINDOW_GAMES}
    sums = [last_sum(pl.col(c), n).alias(f"{name}_{c}") for name, n in totals.items() for c in ZONE_COUNTS]
    in_window = pl.col(GAME_NO).clip(upper_bound=WINDOW_GAMES).alias("window_games")
    states = day_states(rows.with_columns(sums))
    joined = attach(keys, states.select(*_BY, GAME_DAY, in_window, "^(season|win)_.*_fg[am]$"), _BY)
    last = inputs.zones_season.group_by("season", "player_id").agg(
        pl.col(name).sum().alias(f"last_{name}") for name in ZONE_COUNTS
    )
    with_last = joined.with_columns(last_season()).join(
        last, left_on=["last_season", "player_id"], right_on=["season", "player_id"], how="left", maintain_order="left"
    )
    base = [
        (pl.col(f"season_{n}").fill_null(0) + pl.col(f"last_{n}").fill_null(0)).alias(f"base_{n}") for n in ZONE_COUNTS
    ]
    return with_last.with_columns(pl.col("^win_.*$").fill_null(0), *base)
