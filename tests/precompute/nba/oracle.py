"""The features again, slowly: loops over rows, one player and one day at a time, straight from the definitions."""

from datetime import date, datetime, timedelta
from statistics import fmean, stdev
from typing import Any

import polars as pl

Row = dict[str, Any]

K_POINTS, K_MINUTES, K_RIVAL, K_DEFENCE, K_PACE, K_LEAGUE, CARRY = 4.5, 5, 80, 22, 6, 30, 0.5


class Oracle:
    """Answers one context at a time from plain rows."""

    def __init__(self, player_games: pl.DataFrame, team_games: pl.DataFrame) -> None:
        rows = player_games.filter(pl.col("participation") == "played").sort("game_day").to_dicts()
        self.players: dict[int, list[Row]] = {}
        for row in rows:
            self.players.setdefault(row["player_id"], []).append(row)
        self.rows = rows
        self.teams = team_games.sort("game_day", "event_id").to_dicts()
        self.priors: dict[tuple[int, str, str], float | None] = {}

    def features(self, context: Row) -> dict[str, float | None]:
        """Return the features that this oracle knows for one context row."""
        cutoff = visible_until(context["game_day"], context["as_of"])
        mine = [r for r in self.players.get(context["player_id"], []) if r["game_day"] <= cutoff]
        season = [r for r in mine if r["season"] == context["season"]]
        return (
            self._form(context, season)
            | self._workload(context, mine, season)
            | self._rival(context, mine)
            | self._team(context, cutoff)
            | self._shooting(season)
        )

    def _form(self, context: Row, season: list[Row]) -> dict[str, float | None]:
        points = [r["pts"] for r in season]
        minutes = [r["minutes_played"] for r in season]
        last, prior = points[-10:], self._prior(context["player_id"], context["season"], "pts")
        weights = [0.5 ** (i / 8) for i in range(len(points))]
        return {
            "stat_avg_l3": fmean(points[-3:]) if len(points) >= 3 else None,
            "stat_avg_l5": fmean(points[-5:]) if len(points) >= 3 else None,
            "stat_avg_l10": fmean(last) if len(points) >= 5 else None,
            "stat_avg_season": fmean(points) if points else None,
            "stat_mean_shrunk": _shrink(sum(points), len(points), prior, K_POINTS),
            "stat_ewm_hl8": (
                sum(w * p for w, p in zip(weights, reversed(points), strict=True)) / sum(weights)
                if len(points) >= 3
                else None
            ),
            "stat_std_l10": stdev(last) if len(last) >= 5 else None,
            "stat_slope_l10": _slope(last) if len(last) >= 5 else None,
            "stat_z_l5": (
                (fmean(points[-5:]) - fmean(points)) / stdev(points)
                if len(points) >= 10 and stdev(points) > 0
                else None
            ),
            "stat_per_min_l10": sum(last) / sum(minutes[-10:]) if len(last) >= 5 else None,
            "games_played_season": len(points),
        }

    def _workload(self, context: Row, mine: list[Row], season: list[Row]) -> dict[str, float | None]:
        day, minutes = context["game_day"], [r["minutes_played"] for r in season]
        prior = self._prior(context["player_id"], context["season"], "minutes_played")
        idle = (day - mine[-1]["game_day"]).days if mine else None
        week = [r["minutes_played"] for r in season if day - timedelta(days=7) <= r["game_day"]]
        starts = [r["is_starter"] for r in season[-10:]]
        return {
            "minutes_avg_l5": fmean(minutes[-5:]) if len(minutes) >= 3 else None,
            "minutes_avg_l10": fmean(minutes[-10:]) if len(minutes) >= 5 else None,
            "minutes_std_l10": stdev(minutes[-10:]) if len(minutes) >= 5 else None,
            "minutes_projected": _shrink(sum(minutes[-10:]), len(minutes[-10:]), prior, K_MINUTES),
            "start_rate_l10": fmean(starts) if len(starts) >= 3 else None,
            "days_since_played": None if idle is None else min(idle, 60),
            "minutes_last_7d": sum(week) if context["player_id"] else None,
            "games_since_role_change": _since_change(season, context, idle),
            "dnp_rate_l10": self._dnp_rate(context, season),
        }

    def _rival(self, context: Row, mine: list[Row]) -> dict[str, float | None]:
        if context["opponent"] is None:
            return {"stat_vs_opp_resid": None}
        opening = context["game_day"] - timedelta(days=730)
        met = [r for r in mine if r["opponent"] == context["opponent"] and r["game_day"] >= opening]
        residuals = []
        for game in met:
            earlier = [r["pts"] for r in mine if r["season"] == game["season"] and r["game_day"] < game["game_day"]]
            prior = self._prior(context["player_id"], game["season"], "pts")
            expected = _shrink(sum(earlier), len(earlier), prior, K_POINTS)
            if expected is not None:
                residuals.append(game["pts"] - expected)
        return {"stat_vs_opp_resid": sum(residuals) / (len(residuals) + K_RIVAL)}

    def _team(self, context: Row, cutoff: date) -> dict[str, float | None]:
        season, day = context["season"], context["game_day"]
        so_far = [r for r in self.teams if r["season"] == season and r["game_day"] <= cutoff]
        names = ("rest_days", "games_last_7d", "is_3in4", "opp_def_rating", "team_pace", "opp_pace", "pace_factor")
        if context["team"] is None:
            return dict.fromkeys(names)
        own = [r["game_day"] for r in so_far if r["team"] == context["team"]]
        rest = min((day - own[-1]).days - 1, 10) if own else None
        pace, league_pace = self._shrunk_team(so_far, context["opponent"], season, _pace, K_PACE)
        return {
            "rest_days": rest,
            "games_last_7d": sum((day - d).days <= 7 for d in own),
            "is_3in4": float(sum((day - d).days <= 3 for d in own) >= 2),
            "opp_def_rating": self._shrunk_team(so_far, context["opponent"], season, _defence, K_DEFENCE)[0],
            "team_pace": self._shrunk_team(so_far, context["team"], season, _pace, K_PACE)[0],
            "opp_pace": pace,
            "pace_factor": None if pace is None or league_pace is None else pace / league_pace,
        }

    def _shrunk_team(
        self, so_far: list[Row], team: str, season: str, measure: Any, k: float
    ) -> tuple[float | None, float | None]:
        last = [r for r in self.teams if r["season"] < season]
        league_last, team_last = measure(last), measure([r for r in last if r["team"] == team])
        n = len([r for r in so_far if r["possessions"] is not None])
        now = measure(so_far)
        league = _shrink((now or 0) * n, n, league_last, K_LEAGUE)
        if league is None:
            return None, None
        prior = league * (1 + CARRY * (team_last / league_last - 1)) if team_last and league_last else league
        own = [r for r in so_far if r["team"] == team and r["possessions"] is not None]
        return _shrink((measure(own) or 0) * len(own), len(own), prior, k), league

    def _dnp_rate(self, context: Row, season: list[Row]) -> float | None:
        if context["team"] is None or not season or season[-1]["team"] != context["team"]:
            return None
        stint = season
        for i in range(len(season) - 1, 0, -1):
            if season[i - 1]["team"] != context["team"]:
                stint = season[i:]
                break
        cutoff = visible_until(context["game_day"], context["as_of"])
        played_by = {
            r["event_id"]: r["game_day"]
            for r in self.rows
            if r["team"] == context["team"] and r["season"] == context["season"] and r["game_day"] <= cutoff
        }
        days = sorted(d for d in played_by.values() if d >= stint[0]["game_day"])[-10:]
        if len(days) < 5:
            return None
        return 1 - sum(r["game_day"] in days for r in stint) / len(days)

    def _shooting(self, season: list[Row]) -> dict[str, float | None]:
        last = [r for r in season[-10:] if r["fga"] is not None]
        five = [r for r in season[-5:] if r["fga"] is not None]
        attempts = sum(r["fga"] for r in last)
        return {
            "usage_l5": _usage(five) if len(five) >= 3 else None,
            "usage_l10": _usage(last) if len(last) >= 5 else None,
            "ts_l10": (
                sum(r["pts"] for r in last) / (2 * sum(r["fga"] + 0.44 * r["fta"] for r in last))
                if len(last) >= 5
                else None
            ),
            "fga_per_min_l10": attempts / sum(r["minutes_played"] for r in last) if len(last) >= 5 else None,
            "fg3a_share_l10": sum(r["fg3a"] for r in last) / attempts if len(last) >= 5 else None,
            "fta_rate_l10": sum(r["fta"] for r in last) / attempts if len(last) >= 5 else None,
        }

    def _prior(self, player: int, season: str, column: str) -> float | None:
        key = (player, season, column)
        if key not in self.priors:
            self.priors[key] = self._slow_prior(*key)
        return self.priors[key]

    def _slow_prior(self, player: int, season: str, column: str) -> float | None:
        last = [r for r in self.rows if r["season"] == _previous(season)]
        own = [r[column] for r in last if r["player_id"] == player]
        if own:
            return fmean(own)
        by_player: dict[int, list[Row]] = {}
        for row in last:
            by_player.setdefault(row["player_id"], []).append(row)
        reserves = [rows for rows in by_player.values() if fmean(r["minutes_played"] for r in rows) < 20]
        values = [r[column] for rows in reserves for r in rows]
        return fmean(values) if values else None


def visible_until(day: date, as_of: datetime) -> date:
    """Return the last game day known at `as_of` (08:00 UTC of the next day) and before the day itself."""
    return min(day - timedelta(days=1), (as_of - timedelta(hours=8)).date() - timedelta(days=1))


def _previous(season: str) -> str:
    first = int(season[:4]) - 1
    return f"{first}-{(first + 1) % 100:02d}"


def _shrink(total: float, n: float, prior: float | None, k: float) -> float | None:
    if prior is None:
        return total / n if n else None
    return (total + k * prior) / (n + k)


def _slope(values: list[float]) -> float:
    xs = range(len(values))
    mx, my = fmean(xs), fmean(values)
    return sum((x - mx) * (y - my) for x, y in zip(xs, values, strict=True)) / sum((x - mx) ** 2 for x in xs)


def _usage(rows: list[Row]) -> float:
    used = sum(r["fga"] + 0.44 * r["fta"] + r["tov"] for r in rows)
    return float(used / sum(r["team_plays"] * r["minutes_played"] / r["game_minutes"] for r in rows))


def _pace(rows: list[Row]) -> float | None:
    known = [r for r in rows if r["possessions"] is not None]
    return 48 * sum(r["possessions"] for r in known) / sum(r["game_minutes"] for r in known) if known else None


def _defence(rows: list[Row]) -> float | None:
    known = [r for r in rows if r["possessions"] is not None]
    return 100 * sum(r["opp_pts"] for r in known) / sum(r["possessions"] for r in known) if known else None


def _since_change(season: list[Row], context: Row, idle: int | None) -> float:
    if not season or idle is None or idle > 14 or season[-1]["team"] != context["team"]:
        return 0
    start = 0
    for i in range(1, len(season)):
        before, row = season[i - 1], season[i]
        if row["team"] != before["team"] or (row["game_day"] - before["game_day"]).days > 14:
            start = max(start, i)
        if i >= 3:
            recent = [season[j]["is_starter"] for j in (i, i - 1, i - 2)]
            if len(set(recent)) == 1 and season[i - 3]["is_starter"] != recent[0]:
                start = max(start, i - 2)
    return min(len(season) - start, 30)
