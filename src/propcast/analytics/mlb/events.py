"""Every baseball game that was played or quoted."""

import polars as pl

from propcast.core.sport import Sport
from propcast.tables.analytics import EVENTS

LAST_REGULAR_DAY = (9, 29)
"""Month and day after which a game known only from quotes is a playoff game: vendors do not say."""


def mlb_events(pitcher_games: pl.DataFrame, vendor_events: pl.DataFrame) -> pl.DataFrame:
    """Return EVENTS: the games in RAW_MLB_PITCHER_GAME and those that RAW_VENDOR_EVENTS names.

    `starts_at` is the vendor's last word, null when nobody quoted the game. A quoted game without results is
    `unplayed` when results of its day or a later one are in, else `scheduled`.
    """
    played, quoted = _played(pitcher_games), _quoted(vendor_events)
    both = played.join(quoted, on="event_id", how="full", suffix="_vendor", coalesce=True)
    facts = [pl.coalesce(name, f"{name}_vendor").alias(name) for name in ("season", "game_day", "home", "away")]
    events = both.with_columns(*facts).with_columns(
        season_type=pl.col("season_type").fill_null(_season_type()),
        status=_status(pitcher_games["game_day"].max()),
        sport=pl.lit(Sport.MLB.value),
        is_neutral=pl.lit(value=False),
    )
    return EVENTS.conform(events.with_columns(game_number=_game_number()).sort("event_id"))


def _played(games: pl.DataFrame) -> pl.DataFrame:
    # A row whose side is unknown cannot say who was at home; its counterpart, a vendor or the alphabet does.
    home = pl.when("is_home").then("team").when(~pl.col("is_home")).then("opponent")
    away = pl.when("is_home").then("opponent").when(~pl.col("is_home")).then("team")
    first, second = pl.min_horizontal("team", "opponent"), pl.max_horizontal("team", "opponent")
    return (
        games.with_columns(home=home, away=away, first=first, second=second)
        .sort("event_id", "pitcher_id")
        .group_by("event_id", maintain_order=True)
        .agg(
            pl.col("season", "season_type", "game_day").first(),
            pl.coalesce(pl.col("home").drop_nulls().first(), pl.col("first").first()).alias("home"),
            pl.coalesce(pl.col("away").drop_nulls().first(), pl.col("second").first()).alias("away"),
            pl.lit(value=True).alias("is_played"),
        )
    )


def _quoted(vendor_events: pl.DataFrame) -> pl.DataFrame:
    return (
        vendor_events.filter(pl.col("sport") == Sport.MLB)
        .sort("observed_at", "vendor_event_id", nulls_last=False)
        .group_by("event_id", maintain_order=True)
        .agg(pl.col("season", "game_day", "home", "away").last(), pl.col("starts_at").drop_nulls().last())
    )


def _season_type() -> pl.Expr:
    month, last_day = LAST_REGULAR_DAY
    day = pl.col("game_day").dt
    is_late = (day.month() > month) | ((day.month() == month) & (day.day() > last_day))
    return pl.when(is_late).then(pl.lit("playoffs")).otherwise(pl.lit("regular"))


def _status(newest_result: object) -> pl.Expr:
    results_are_in = pl.col("game_day") <= pl.lit(newest_result, dtype=pl.Date())
    without_result = pl.when(results_are_in).then(pl.lit("unplayed")).otherwise(pl.lit("scheduled"))
    return pl.when("is_played").then(pl.lit("final")).otherwise(without_result)


def _game_number() -> pl.Expr:
    """First or second game of the day between two teams, by start, then by id."""
    order = pl.struct(pl.col("starts_at").fill_null(pl.col("game_day").cast(EVENTS.schema["starts_at"])), "event_id")
    teams = [pl.min_horizontal("home", "away"), pl.max_horizontal("home", "away")]
    return order.rank("ordinal").over("game_day", *teams).cast(pl.Int64())
