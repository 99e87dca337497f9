"""`nba_player_context`: who may play in an event, as of a moment — never who did (DECISIONS 4)."""

import polars as pl

from propcast.analytics.windows import CUTOFF, GAME_DAY, GAME_NO, attach, before, cutoff_day, day_states, in_order
from propcast.core.markets import markets_of
from propcast.core.reasons import Reason
from propcast.core.sport import Sport
from propcast.precompute.nba.inputs import last_season
from propcast.precompute.nba.rotation import played
from propcast.tables.analytics import NBA_PLAYER_CONTEXT

RECENT_TEAM_GAMES = 10
_PREFIX = f"{Sport.NBA}:"


def nba_contexts(
    events: pl.DataFrame,
    quotes_active: pl.DataFrame,
    player_games: pl.DataFrame,
    as_of: pl.DataFrame,
    quoted_history: pl.DataFrame,
) -> pl.DataFrame:
    """Return `nba_player_context` for every event of `as_of`, sorted by event and player.

    Participants are the quoted players and the players of either team's last 10 games not since seen elsewhere. Team =
    team of the last box row before the day, known at `as_of`, if it plays in the event.

    Args:
        events: `events`.
        quotes_active: `raw_quotes` in force at `as_of`.
        player_games: `nba_player_game`.
        as_of: `event_id`, `as_of`; an event without a row has no contexts.
        quoted_history: `event_id`, `player_id`, `game_day`, `played` of earlier quoted players (null = not settled).
    """
    slate = events.filter(pl.col("sport") == Sport.NBA).join(as_of, on="event_id").with_columns(cutoff_day())
    rows = played(player_games, "event_id", "team", GAME_DAY, "season", "player_id", "player_name")
    quoted, recent = _quoted(slate, quotes_active), _recent(slate, rows)
    everyone = pl.concat([quoted, recent], how="diagonal").unique(
        ["event_id", "player_id"], keep="first", maintain_order=True
    )
    known = attach(everyone.join(slate, on="event_id"), _last_seen(rows), ["player_id"])
    known = known.with_columns(last_season()).with_columns(_is_recent().alias("is_recent"))
    listed = known.with_columns(_team().alias("team")).filter(
        pl.col("is_quoted").eq_missing(True) | pl.col("team").is_not_null()
    )
    return _shape(_with_play_rate(listed, quoted_history))


def _is_recent() -> pl.Expr:
    seen = pl.col("last_played_season")
    return seen.eq_missing(pl.col("season")) | seen.eq_missing(pl.col("last_season"))


def _team() -> pl.Expr:
    last = pl.col("last_team")
    return pl.when(pl.col("is_recent") & ((last == pl.col("home")) | (last == pl.col("away")))).then(last)


def _shape(rows: pl.DataFrame) -> pl.DataFrame:
    at_home = pl.col("team") == pl.col("home")
    return NBA_PLAYER_CONTEXT.conform(
        rows.with_columns(
            participant_id().alias("participant_id"),
            pl.coalesce("last_name", "raw_name").alias("player_name"),
            pl.when(at_home).then("away").when(pl.col("team").is_not_null()).then("home").alias("opponent"),
            (at_home & ~pl.col("is_neutral")).alias("is_home"),
            pl.col("home").alias("venue_team"),
            pl.col("is_quoted").fill_null(False),
            _reason().alias("reason"),
        )
    ).sort("event_id", "player_id")


def participant_id() -> pl.Expr:
    """Return the canonical id of the player of a row."""
    return pl.lit(_PREFIX) + pl.col("player_id").cast(pl.String)


def _reason() -> pl.Expr:
    return (
        pl.when(pl.col("starts_at").is_null()).then(pl.lit(Reason.START_TIME_UNKNOWN))
        .when(~pl.col("is_recent")).then(pl.lit(Reason.INSUFFICIENT_HISTORY))
        .when(pl.col("team").is_null()).then(pl.lit(Reason.NOT_ON_ROSTER))
    )  # fmt: skip


def _quoted(slate: pl.DataFrame, quotes_active: pl.DataFrame) -> pl.DataFrame:
    names = [market.name for market in markets_of(Sport.NBA)]
    ours = quotes_active.filter(pl.col("market").is_in(names), pl.col("subject").str.starts_with(_PREFIX))
    player = pl.col("subject").str.strip_prefix(_PREFIX).cast(pl.Int64).alias("player_id")
    people = ours.select("event_id", player, "raw_name").sort("event_id", "player_id", "raw_name")
    first = people.unique(["event_id", "player_id"], keep="first", maintain_order=True)
    return first.join(slate.select("event_id"), on="event_id").with_columns(pl.lit(True).alias("is_quoted"))


def _recent(slate: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Players of either team's last 10 games with player rows, over season ends."""
    games = in_order(rows.select("team", GAME_DAY, "event_id").unique(), ["team"])
    sides = pl.concat([slate.select("event_id", CUTOFF, pl.col(side).alias("team")) for side in ("home", "away")])
    newest = attach(sides, day_states(games).drop("event_id"), ["team"]).drop_nulls(GAME_NO)
    wanted = newest.with_columns(
        pl.int_ranges(pl.col(GAME_NO) - (RECENT_TEAM_GAMES - 1), pl.col(GAME_NO) + 1).alias(GAME_NO)
    ).explode(GAME_NO)
    seen = rows.select(pl.col("event_id").alias("seen_in"), "team", "player_id")
    numbered = games.select(pl.col("event_id").alias("seen_in"), "team", pl.col(GAME_NO).cast(pl.Int64))
    met = wanted.select("event_id", "team", GAME_NO).join(numbered, on=["team", GAME_NO])
    return met.join(seen, on=["seen_in", "team"]).select("event_id", "player_id").unique().sort("event_id", "player_id")


def _last_seen(rows: pl.DataFrame) -> pl.DataFrame:
    named = rows.select(
        "player_id",
        GAME_DAY,
        "event_id",
        pl.col("team").alias("last_team"),
        pl.col("player_name").alias("last_name"),
        pl.col("season").alias("last_played_season"),
    )
    return day_states(in_order(named, ["player_id"])).drop("event_id", GAME_NO)


def _with_play_rate(contexts: pl.DataFrame, quoted_history: pl.DataFrame) -> pl.DataFrame:
    """Add `p_plays`: the share of players quoted on earlier days who played."""
    rate = before(contexts.select(CUTOFF, _all=pl.lit(0)), play_rates(quoted_history), ["_all"])
    return pl.concat([contexts, rate], how="horizontal")


def play_rates(quoted_history: pl.DataFrame) -> pl.DataFrame:
    """Return the running share `p_plays` of quoted players who played, per game day; unsettled ones do not count."""
    settled = quoted_history.drop_nulls("played").unique(["event_id", "player_id"], keep="first", maintain_order=True)
    daily = settled.group_by(GAME_DAY).agg(pl.col("played").sum().alias("n_played"), pl.len().alias("n")).sort(GAME_DAY)
    share = pl.col("n_played").cum_sum() / pl.col("n").cum_sum()
    return daily.select(pl.lit(0).alias("_all"), GAME_DAY, share.alias("p_plays"))
