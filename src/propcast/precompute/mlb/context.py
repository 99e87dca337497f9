"""Whom to forecast: the pitchers quoted for an event."""

import polars as pl

from propcast.analytics.windows import CUTOFF, GAME_DAY, attach, by_knowledge, day_states, in_order
from propcast.core.identity import participant_id
from propcast.core.markets import markets_of
from propcast.core.reasons import Reason
from propcast.core.sport import Sport
from propcast.precompute.mlb.totals import prepared
from propcast.tables.analytics import MLB_PITCHER_CONTEXT

PARTICIPANT_PREFIX = participant_id(Sport.MLB, 0).removesuffix("0")


def mlb_contexts(
    events: pl.DataFrame,
    active_quotes: pl.DataFrame,
    pitcher_games: pl.DataFrame,
    as_of: pl.DataFrame,
    quoted_history: pl.DataFrame,
) -> pl.DataFrame:
    """Return MLB_PITCHER_CONTEXT: one row per pitcher and event he is quoted for, as of the event's moment.

    Being quoted stands for being the confirmed starter. His team is that of his last known appearance when it plays
    in the event; whether he pitches in the end is never looked at. `active_quotes`: quotes known at `as_of`
    (event_id, as_of); with the withdrawn ones among them, whoever lost his line keeps a row. `quoted_history`:
    event_id, player_id, game_day, played.
    """
    facts = events.join(as_of.select("event_id", "as_of"), on="event_id")
    contexts = with_last_appearance(_quoted(active_quotes).join(facts, on="event_id"), pitcher_games)
    playing = pl.col("last_team").is_in(pl.concat_list("home", "away"))
    placed = contexts.with_columns(team=pl.when(playing).then("last_team")).with_columns(
        is_home=pl.col("team") == pl.col("home"),
        opponent=pl.when(pl.col("team") == pl.col("home")).then("away").when(pl.col("team").is_not_null()).then("home"),
        player_name=pl.coalesce("last_name", "raw_name"),
    )
    reasoned = placed.with_columns(_reason(), is_quoted=pl.lit(value=True))
    return as_contexts(_with_p_plays(reasoned, quoted_history))


def with_last_appearance(contexts: pl.DataFrame, pitcher_games: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of each pitcher before the day: `last_team`, `last_played` (season), `last_name`, `throws`."""
    names = {"team": "last_team", "season": "last_played", "player_name": "last_name"}
    rows = pitcher_games.select("event_id", "player_id", GAME_DAY, "observed_at", "throws", *names).rename(names)
    parts = [
        attach(part, _appearances(known), by=["player_id"])
        for part, (known,) in by_knowledge(prepared(contexts), [rows])
    ]
    return pl.concat(parts)


def thin_history() -> pl.Expr:
    """INSUFFICIENT_HISTORY for who is not known to have appeared this season or the last (DECISIONS 6)."""
    is_recent = pl.col("last_played").fill_null("") >= pl.col("last_season")
    return pl.when(~is_recent).then(pl.lit(Reason.INSUFFICIENT_HISTORY.value))


def as_contexts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as MLB_PITCHER_CONTEXT; the park is the home team's."""
    participant = pl.lit(PARTICIPANT_PREFIX) + pl.col("player_id").cast(pl.String())
    complete = rows.with_columns(participant_id=participant, venue_team=pl.col("home"))
    return MLB_PITCHER_CONTEXT.conform(complete.sort(GAME_DAY, "event_id", "player_id"))


def _quoted(active_quotes: pl.DataFrame) -> pl.DataFrame:
    names = [market.name for market in markets_of(Sport.MLB)]
    pitchers = active_quotes.filter(pl.col("market").is_in(names)).group_by("event_id", "subject")
    return pitchers.agg(pl.col("raw_name").min()).with_columns(
        player_id=pl.col("subject").str.strip_prefix(PARTICIPANT_PREFIX).cast(pl.Int64())
    )


def _appearances(rows: pl.DataFrame) -> pl.DataFrame:
    hand = pl.col("throws").forward_fill().over("player_id")
    states = day_states(in_order(rows, ["player_id"]).with_columns(hand))
    return states.select("player_id", GAME_DAY, "last_team", "last_played", "last_name", "throws")


def _reason() -> pl.Expr:
    has_moved = pl.col("last_team").is_not_null() & pl.col("team").is_null()
    return pl.coalesce(
        pl.when(pl.col("starts_at").is_null()).then(pl.lit(Reason.START_TIME_UNKNOWN.value)),
        pl.when(has_moved).then(pl.lit(Reason.NOT_ON_ROSTER.value)),
        thin_history(),
    ).alias("reason")


def _with_p_plays(contexts: pl.DataFrame, quoted_history: pl.DataFrame) -> pl.DataFrame:
    """Add the share of pitchers quoted on earlier days who started; null before anyone was."""
    days = (
        quoted_history.group_by(GAME_DAY)
        .agg(started=pl.col("played").sum(), quoted=pl.len())
        .sort(GAME_DAY)
        .select(pl.col(GAME_DAY).alias("quoted_day"), p_plays=pl.col("started").cum_sum() / pl.col("quoted").cum_sum())
    )
    return contexts.sort(CUTOFF).join_asof(days, left_on=CUTOFF, right_on="quoted_day", strategy="backward")
