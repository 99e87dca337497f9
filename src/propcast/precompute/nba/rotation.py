"""Minutes, role and shot volume of a player before a game: everything about him that no market changes."""

import polars as pl

from propcast.analytics.nba.box_score import plays, shooting_trips
from propcast.analytics.windows import (
    GAME_DAY,
    GAME_NO,
    attach,
    before,
    day_states,
    in_order,
    last_count,
    last_mean,
    last_ratio,
    last_std,
    last_sum,
    pooled,
    within_days,
)
from propcast.precompute.nba.priors import season_means, season_sums, with_priors

PRIOR_MINUTES_GAMES = 5.0
_ABSENCE_DAYS, _ROLE_CAP, _IDLE_CAP_DAYS, _STARTS_OF_A_ROLE = 14, 30, 60, 3
_FORGOTTEN_DAYS = 730  # a longer absence counts as a first game, however much history is loaded
_BY = ("player_id", "season")
_SHOOTING = ("pts", "fga", "fg3a", "fta", "tov")
_NEEDED = (
    *_BY, GAME_DAY, "event_id", "team", "is_starter", "minutes_played", "team_plays", "game_minutes", *_SHOOTING
)  # fmt: skip


def played(player_games: pl.DataFrame, *columns: str, **named: pl.Expr) -> pl.DataFrame:
    """Return those columns of the rows of who played; did-not-plays are absent from every window, never 0."""
    rows = player_games.lazy().filter(pl.col("participation") == "played")
    return rows.select(*columns, **named).collect()


def rotation(contexts: pl.DataFrame, player_games: pl.DataFrame) -> pl.DataFrame:
    """Return features 13–26, 41 and 45 for each context row, in its order."""
    rows = played(player_games, *_NEEDED, "season_type")
    this_season = rows.filter(pl.col("season").is_in(contexts["season"].unique().implode()))
    team_games = numbered_team_games(this_season)
    states = rotation_states(this_season.join(contexts, on=_BY, how="semi"), team_games)
    known = attach(contexts, states, _BY)
    known = attach(known, _last_days(rows, contexts), ["player_id"])
    sums = season_sums(rows, {"minutes": pl.col("minutes_played")})
    known = with_priors(known, season_means(sums, ["minutes"], "minutes"))
    week = within_days(contexts, states.select(*_BY, GAME_DAY, "minutes_total"), _BY, 7)["minutes_total"]
    idle = (pl.col(GAME_DAY) - pl.col("last_day")).dt.total_days()
    same_role = (idle <= _ABSENCE_DAYS) & pl.col("last_team").eq_missing(pl.col("team"))
    window = pl.col("minutes_window")
    return known.with_columns(_dnp_rate(known, states, team_games)).select(
        pl.col("games_played_season").fill_null(0),
        "minutes_avg_l5",
        "minutes_avg_l10",
        "minutes_std_l10",
        pooled(pl.col("minutes_l10_sum"), window, pl.col("prior_minutes"), PRIOR_MINUTES_GAMES).alias(
            "minutes_projected"
        ),
        "start_rate_l10",
        "dnp_rate_l10",
        pl.when(same_role).then("games_since_role_change").otherwise(0).alias("games_since_role_change"),
        "usage_l5",
        "usage_l10",
        "ts_l10",
        "fga_per_min_l10",
        "fg3a_share_l10",
        "fta_rate_l10",
        pl.when(idle <= _FORGOTTEN_DAYS).then(idle.clip(upper_bound=_IDLE_CAP_DAYS)).alias("days_since_played"),
        week.alias("minutes_last_7d"),
    )


def rotation_states(rows: pl.DataFrame, team_numbers: pl.DataFrame) -> pl.DataFrame:
    """Return the inclusive state of each player at the end of each day he played, within a season."""
    minutes, starts = pl.col("minutes_played"), pl.col("is_starter").cast(pl.Float64)
    on_floor = pl.col("team_plays") * minutes / pl.col("game_minutes")
    windows = {
        "games_played_season": pl.col(GAME_NO),
        "minutes_total": last_sum(minutes),
        "minutes_avg_l5": last_mean(minutes, 5, 3),
        "minutes_avg_l10": last_mean(minutes, 10, 5),
        "minutes_std_l10": last_std(minutes, 10, 5),
        "minutes_l10_sum": last_sum(minutes, 10),
        "minutes_window": last_count(minutes, 10),
        "start_rate_l10": last_mean(starts, 10, 3),
        "games_since_role_change": (pl.col(GAME_NO) - _role_start() + 1).clip(upper_bound=_ROLE_CAP),
        "usage_l5": last_ratio(plays(), on_floor, 5, 3),
        "usage_l10": last_ratio(plays(), on_floor, 10, 5),
        "ts_l10": last_ratio(pl.col("pts"), 2 * shooting_trips(), 10, 5),
        "fga_per_min_l10": last_ratio(pl.col("fga"), minutes, 10, 5),
        "fg3a_share_l10": last_ratio(pl.col("fg3a"), pl.col("fga"), 10, 5),
        "fta_rate_l10": last_ratio(pl.col("fta"), pl.col("fga"), 10, 5),
        "last_team": pl.col("team"),
        **_stint(),
    }
    numbers = team_numbers.select("event_id", "team", "team_no")
    ordered = in_order(rows.select(_NEEDED).join(numbers, on=["event_id", "team"]), _BY)
    named = [window.alias(name) for name, window in windows.items()]
    return day_states(ordered.lazy().with_columns(named).collect()).select(*_BY, GAME_DAY, *windows)


def _stint() -> dict[str, pl.Expr]:
    """When his present stay with the team began: his first game for it, and that game's number for the team."""
    arrives = (pl.col(GAME_NO) == 1) | (pl.col("team") != pl.col("team").shift(1))
    opening = {"stint_start": GAME_DAY, "stint_first_no": "team_no"}
    return {name: pl.when(arrives).then(column).forward_fill() for name, column in opening.items()}


def _role_start() -> pl.Expr:
    """Number of the first game in the present role: after a trade, a long absence, or a change of starter status."""
    number, team, start = pl.col(GAME_NO), pl.col("team"), pl.col("is_starter")
    away = (pl.col(GAME_DAY) - pl.col(GAME_DAY).shift(1)).dt.total_days() > _ABSENCE_DAYS
    returned = pl.when((number > 1) & (away | (team != team.shift(1)))).then(number)
    recent = [start.shift(back) for back in range(_STARTS_OF_A_ROLE)]
    steady = pl.all_horizontal(item == start for item in recent)
    flipped = (number > _STARTS_OF_A_ROLE) & steady & (start.shift(_STARTS_OF_A_ROLE) != start)
    promoted = pl.when(flipped).then(number - (_STARTS_OF_A_ROLE - 1))
    return pl.max_horizontal(returned, promoted, 1).cum_max().over(_BY)


def _last_days(rows: pl.DataFrame, contexts: pl.DataFrame) -> pl.DataFrame:
    """Return each context's player's days of play, over all seasons: an absence does not end with a season."""
    days = rows.select("player_id", GAME_DAY, pl.col(GAME_DAY).alias("last_day"))
    return days.join(contexts, on="player_id", how="semi")


def _dnp_rate(known: pl.DataFrame, states: pl.DataFrame, team_games: pl.DataFrame) -> pl.Series:
    """Share of his team's last 10 games not played, counted from his first game for it (≥ 5 such games).

    Team games are those with player rows; did-not-play rows are not needed, so a feed with and one without them agree.
    """
    asked = attach(known, _team_windows(team_games), ("team", "season")).with_columns(
        (pl.max_horizontal("window_start", "stint_start") - pl.duration(days=1)).alias("_opening")
    )
    counts = states.select(*_BY, GAME_DAY, pl.col("games_played_season").alias("games_until"))
    earlier = before(asked, counts, _BY, on="_opening")["games_until"].fill_null(0)
    n_team = pl.min_horizontal(pl.lit(10), pl.col("team_no") - pl.col("stint_first_no") + 1)
    is_his_team = pl.col("last_team") == pl.col("team")
    rate = 1 - (pl.col("games_played_season") - earlier) / n_team
    return asked.select(pl.when(is_his_team & (n_team >= 5)).then(rate).alias("dnp_rate_l10")).to_series()


def numbered_team_games(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each team's games with player rows, numbered within the season as `team_no`."""
    games = rows.select("team", "season", GAME_DAY, "event_id").unique()
    return in_order(games, ("team", "season")).with_columns(pl.col(GAME_NO).alias("team_no"))


def _team_windows(team_games: pl.DataFrame) -> pl.DataFrame:
    tenth_back = pl.when(pl.col(GAME_NO) >= 10).then(pl.col(GAME_DAY).shift(9))
    return day_states(team_games.with_columns(tenth_back.alias("window_start"))).drop(GAME_NO, "event_id")
