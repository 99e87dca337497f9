"""Rest, density and travel before a game (features 39–40, 42–44, 46–48)."""

import polars as pl

from propcast.analytics.nba.travel import distance_km, rest_days
from propcast.analytics.windows import CUTOFF, GAME_DAY, GAME_NO, attach, day_states, in_order, last_sum, within_days
from propcast.core.geo import zone_shift_h
from propcast.core.sport import Sport
from propcast.core.teams import arenas, franchise

_BY = ("team", "season")
_REST_CAP, _REST_SHOWN = 10, 4


def schedule_load(contexts: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return rest, `rest_advantage`, density, travel and the parts of fatigue for each context row, in its order."""
    sides = [
        contexts.select("event_id", pl.col(side).alias("team"), "season", GAME_DAY, CUTOFF, "venue_team")
        for side in ("team", "opponent")
    ]
    keys = pl.concat(sides).unique().drop_nulls("team").sort(CUTOFF, "event_id", "team")
    loads = team_loads(keys, team_games)
    other = loads.select("event_id", CUTOFF, pl.col("team").alias("opponent"), pl.col("rest_days").alias("opp_rest"))
    keyed = contexts.select("event_id", "team", "opponent", CUTOFF)
    own = keyed.join(
        loads.drop("season", GAME_DAY, "venue_team"), on=["event_id", "team", CUTOFF], how="left", maintain_order="left"
    )
    both = own.join(other, on=["event_id", "opponent", CUTOFF], how="left", maintain_order="left")
    shown = (pl.col(name).clip(upper_bound=_REST_SHOWN) for name in ("rest_days", "opp_rest"))
    advantage = next(shown) - next(shown)
    return both.with_columns(advantage.alias("rest_advantage")).drop(*keyed.columns, "opp_rest")


def team_loads(keys: pl.DataFrame, team_games: pl.DataFrame) -> pl.DataFrame:
    """Return each team's rest, density and travel before an event; `keys` has team, season, days and the venue."""
    states = _states(team_games)
    totals = states.select(*_BY, GAME_DAY, "games_total", "back_to_backs", "km_total")
    week, three, night = (within_days(keys, totals, _BY, days) for days in (7, 3, 2))
    fortnight = within_days(keys, totals, _BY, 14)
    located = attach(keys, states.select(*_BY, GAME_DAY, "last_day", "last_venue"), _BY).with_columns(
        pl.coalesce("last_venue", "team").alias("last_venue")  # a season starts at home
    )
    travel = distance_km(located, "last_venue", "venue_team")
    rest = rest_days(pl.col(GAME_DAY), pl.col("last_day")).clip(upper_bound=_REST_CAP)
    return keys.with_columns(
        located.select(rest.alias("rest_days")).to_series(),
        week["games_total"].alias("games_last_7d"),
        (three["games_total"] >= 2).cast(pl.Int8).alias("is_3in4"),
        travel.alias("travel_km"),
        (night["km_total"] + travel).alias("km_72h"),
        fortnight["back_to_backs"].alias("back_to_backs_14d"),
        _zone_shift(located).alias("tz_shift_h"),
    ).with_columns((pl.col("rest_days") == 0).fill_null(False).cast(pl.Int8).alias("is_b2b"))


def fatigue_load() -> pl.Expr:
    """Return 0 (fresh) … 100 (exhausted) from the columns of `schedule_load` and `minutes_last_7d` (DOMAIN 5.2)."""
    minutes = ((pl.col("minutes_last_7d") - 100) / 100).clip(0, 1)
    distance = (pl.col("km_72h") / 3000).clip(0, 1)
    back_to_backs = (pl.col("back_to_backs_14d") / 3).clip(0, 1)
    load = (
        35 * pl.col("is_b2b")
        + 15 * pl.col("is_3in4")
        + 20 * minutes
        + 10 * distance
        + 5 * (pl.col("tz_shift_h").abs() >= 2).cast(pl.Int8)
        + 15 * back_to_backs
    )
    return load.clip(0, 100)


def _states(team_games: pl.DataFrame) -> pl.DataFrame:
    venues = team_games.filter(pl.col("is_home")).select("event_id", pl.col("team").alias("last_venue"))
    back_to_back = (pl.col("rest_days") == 0).fill_null(False)
    needed = team_games.select(*_BY, GAME_DAY, "event_id", "travel_km", back_to_back.alias("is_back_to_back"))
    rows = in_order(needed.join(venues, on="event_id", how="left"), _BY)
    return day_states(
        rows.with_columns(
            pl.col(GAME_DAY).alias("last_day"),
            pl.col(GAME_NO).alias("games_total"),
            last_sum(pl.col("is_back_to_back").cast(pl.Int64)).alias("back_to_backs"),
            last_sum(pl.col("travel_km")).alias("km_total"),
        )
    )


def _zone_shift(located: pl.DataFrame) -> pl.Series:
    zones = arenas(Sport.NBA).select("team", "zone")
    venues = franchise(pl.col("venue_team", "last_venue"))
    days = located.select(venues, GAME_DAY, pl.coalesce("last_day", GAME_DAY).alias("last_day"))
    here = days.join(zones, left_on="venue_team", right_on="team", how="left", maintain_order="left")
    both = here.join(zones, left_on="last_venue", right_on="team", how="left", maintain_order="left", suffix="_from")
    shift = zone_shift_h(pl.col("zone"), pl.col(GAME_DAY), pl.col("zone_from"), pl.col("last_day"))
    return both.select(shift).to_series()
