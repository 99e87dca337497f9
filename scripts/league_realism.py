"""Prints what a simulated season looks like beside the real one: the same figures from the same raw tables.

Nothing here passes or fails. The real column needs the history (PROPCAST_HISTORY, default ../shared/data).
"""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from propcast.core.odds import hold, implied_probability
from propcast.core.sport import Sport
from propcast.sources.history.layout import LAYOUT
from propcast.sources.history.parquet import read_file
from propcast.sources.history.reading import read_history
from propcast.sources.simulated.feed import Window
from propcast.sources.simulated.league import League
from propcast.sources.simulated.seasons import season_feed
from propcast.tables.reference import PLAYER_ALIASES

ROOT = Path(__file__).resolve().parents[1]
NBA_SEASON, MLB_SEASON = "2024-25", "2025"
Frames = dict[str, pl.DataFrame]
Figures = dict[str, float]


def main() -> None:
    """Measure both worlds and print them side by side."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    folder = Path(os.environ.get("PROPCAST_HISTORY", ROOT / ".." / "shared" / "data")).resolve()
    made_up = simulated(seed)
    observed = history(folder) if (folder / "nba_player_box.parquet").exists() else {}
    for title, measure in (("NBA games", nba_games), ("NBA players", nba_players), ("MLB starts", mlb_starts)):
        show(title, measure(made_up), measure(observed) if observed else {})
    show("NBA points lines", points_lines(made_up), {})
    show("MLB strikeout lines", strikeout_lines(made_up), {})


def simulated(seed: int) -> Frames:
    """Return the raw tables of one simulated season of each sport, the last state of each row."""
    told: Frames = {}
    for sport, season, end, quoted in (
        (Sport.NBA, NBA_SEASON, datetime(2025, 7, 2, tzinfo=UTC), date(2025, 3, 1)),
        (Sport.MLB, MLB_SEASON, datetime(2025, 12, 1, tzinfo=UTC), date(2025, 3, 1)),
    ):
        feed = season_feed([League(sport, seed)], season, Window(end, quoted, end.date()))
        for table, frame in feed.told:
            before = told.get(table.name, frame.clear())
            both = pl.concat([before, frame], how="diagonal")
            told[table.name] = both.unique(table.key, keep="last", maintain_order=True)
    return told


def history(folder: Path) -> Frames:
    """Return the raw tables of the same seasons as they were observed."""
    frames = {one.name: read_file(folder, one) for one in LAYOUT}
    parsed = read_history(frames, PLAYER_ALIASES.empty())
    found = {one.rows.table.name: one.rows.good for one in parsed.files if "lines" not in one.name}
    seasons = pl.col("season").is_in([NBA_SEASON, MLB_SEASON]), pl.col("season_type") == "regular"
    return {name: frame.filter(*seasons) for name, frame in found.items() if "season_type" in frame.columns}


def nba_games(frames: Frames) -> Figures:
    """Scores, style and rest of team-games."""
    teams = frames["raw_nba_team_box"]
    margin = teams.filter("is_home")["plus_minus"]
    ordered = teams.sort("team", "game_day")
    rest = ordered.select((pl.col("game_day") - pl.col("game_day").shift(1).over("team")).dt.total_days()).to_series()
    daily = teams.group_by("game_day").len()["len"] / 2
    figures = {"points": teams["pts"].mean(), "points, sd": teams["pts"].std(), "home margin": margin.mean(),
               "margin, sd": margin.std(), "margin of 15 or more": (margin.abs() >= 15).mean()}  # fmt: skip
    for name in ("fga", "fg3a", "fg3m", "fta", "oreb", "ast", "stl", "blk", "tov", "pf"):
        figures[name] = teams[name].mean()
    figures |= {"FGA, sd": teams["fga"].std(), "back-to-backs": (rest == 1).sum() / teams.height,
                "games a day": daily.mean(), "games a day, most": daily.max()}  # fmt: skip
    return {name: float(str(value)) for name, value in figures.items()}


def nba_players(frames: Frames) -> Figures:
    """Minutes, spread of counts, and how far a player's mean to date is from his next game."""
    box = frames["raw_nba_player_box"].filter(pl.col("status") == "played")
    box = box.with_columns(pl.col("pts", "reb", "ast", "fg3m").cast(pl.Float64)).sort("player_id", "game_day")
    figures: Figures = {"players a team-game": box.height / box.select("event_id", "team").n_unique()}
    players = box.group_by("player_id").agg(
        pl.len().alias("games"),
        pl.col("minutes_played").mean().alias("minutes"),
        pl.col("minutes_played").std().alias("minutes_sd"),
        *(pl.col(c).mean().alias(f"{c}_mean") for c in ("pts", "reb", "ast", "fg3m")),
        *((pl.col(c).var() / pl.col(c).mean()).alias(f"{c}_ratio") for c in ("pts", "reb", "ast", "fg3m")),
    )
    regulars = players.filter(pl.col("games") >= 20)
    figures["players with 20 games"] = regulars.height
    for low, high in ((10, 18), (18, 26), (26, 32), (32, 48)):
        group = regulars.filter(pl.col("minutes").is_between(low, high))
        figures[f"{low}-{high} min: players"] = group.height
        figures[f"{low}-{high} min: minutes, sd"] = float(str(group["minutes_sd"].median()))
        for stat in ("pts", "reb", "ast", "fg3m"):
            figures[f"{low}-{high} min: {stat}, mean"] = float(str(group[f"{stat}_mean"].mean()))
            figures[f"{low}-{high} min: {stat}, variance/mean"] = float(str(group[f"{stat}_ratio"].median()))
    for stat in ("pts", "reb", "ast", "fg3m"):
        figures[f"MAE of the mean to date: {stat}"] = to_date_error(box, stat)
    return figures


def to_date_error(box: pl.DataFrame, stat: str) -> float:
    """Return the mean absolute error of a player's mean so far, over who averages 15 minutes after ten games."""
    so_far = {name: pl.col(name).cum_sum().over("player_id") - pl.col(name) for name in (stat, "minutes_played")}
    n = pl.int_range(pl.len()).over("player_id")
    rows = box.with_columns(n=n, mean=so_far[stat] / n, minutes=so_far["minutes_played"] / n)
    used = rows.filter(pl.col("n") >= 10, pl.col("minutes") >= 15)
    return float(str(used.select((pl.col(stat) - pl.col("mean")).abs().mean()).item()))


def mlb_starts(frames: Frames) -> Figures:
    """Depth and strikeouts of starts."""
    starts = frames["raw_mlb_pitcher_game"].filter("is_starter").sort("pitcher_id", "game_day")
    share = pl.col("strikeouts").sum() / pl.col("batters_faced").sum()
    own = starts.group_by("pitcher_id").agg(pl.len(), share.alias("k"), pl.col("batters_faced").std().alias("sd"))
    regular = own.filter(pl.col("len") >= 15)
    figures = {
        name: starts[name].mean() for name in ("batters_faced", "strikeouts", "outs", "walks", "hits", "pitches")
    }
    figures |= {f"{name}, sd": starts[name].std() for name in ("batters_faced", "strikeouts")}
    figures |= {
        "under 10 batters": (starts["batters_faced"] < 10).mean(),
        "pitchers with 15 starts": regular.height,
        "K per batter, mean of pitchers": regular["k"].mean(),
        "K per batter, sd of pitchers": regular["k"].std(),
        "batters, sd within pitchers": regular["sd"].median(),
        "K per batter, sd of opponents": starts.group_by("opponent").agg(share.alias("k"))["k"].std(),
    }
    return {name: float(str(value)) for name, value in figures.items()}


def points_lines(frames: Frames) -> Figures:
    """What simulated books say about points (real: line MAE 4.9-5.2, over .47-.50, voids 3-7 %, hold .055-.07)."""
    played = frames["raw_nba_player_box"].filter(pl.col("status") == "played")
    actual = played.select("event_id", pl.format("nba:{}", "player_id").alias("subject"), pl.col("pts").alias("actual"))
    return lines(frames["raw_quotes"].filter(pl.col("market") == "points"), actual)


def strikeout_lines(frames: Frames) -> Figures:
    """What simulated books say about strikeouts (real: line MAE 1.7-1.85)."""
    started = frames["raw_mlb_pitcher_game"].filter("is_starter")
    subject = pl.format("mlb:{}", "pitcher_id").alias("subject")
    actual = started.select("event_id", subject, pl.col("strikeouts").alias("actual"))
    return lines(frames["raw_quotes"].filter(pl.col("market") == "pitcher_strikeouts"), actual)


def lines(quotes: pl.DataFrame, actual: pl.DataFrame) -> Figures:
    """Return figures of the last main lines of sportsbooks."""
    offer = ["event_id", "subject", "book"]
    mains = quotes.filter(~pl.col("is_alternate"), pl.col("book_type") == "sportsbook").sort("observed_at")
    last = mains.filter("is_open").unique(offer, keep="last", maintain_order=True)
    over, under = (implied_probability(last[f"{s}_price"].cast(pl.Float64).to_numpy()) for s in ("over", "under"))
    who = last.group_by("event_id", "subject").agg(pl.col("line").median(), pl.col("book").n_unique().alias("books"))
    joined = who.join(actual, on=["event_id", "subject"], how="left")
    settled = joined.drop_nulls("actual")
    moves = mains.filter("is_open").group_by(offer).agg(pl.len().alias("states"), pl.col("line").n_unique())
    return {
        "participants": joined.height,
        "books each": float(str(joined["books"].mean())),
        "one book only": float(str((joined["books"] == 1).mean())),
        "hold, median": float(str(pl.Series(hold(over, under), nan_to_null=True).median())),
        "line MAE": float(str((settled["actual"] - settled["line"]).abs().mean())),
        "over": float(str((settled["actual"] > settled["line"]).mean())),
        "push": float(str((settled["actual"] == settled["line"]).mean())),
        "void": 1 - settled.height / joined.height,
        "states an offer": float(str(moves["states"].mean())),
        "lines an offer": float(str(moves["line"].mean())),
        "whole-number lines": float(str((last["line"] % 1 == 0).mean())),
    }


def show(title: str, made_up: Figures, observed: Figures) -> None:
    """Print one table."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for heading in ("", "SIMULATED", "observed"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, value in made_up.items():
        real = observed.get(name)
        table.add_row(name, f"{value:,.3f}", "" if real is None else f"{real:,.3f}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)


if __name__ == "__main__":
    main()
