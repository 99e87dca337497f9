"""Features by brute force: plain Python over plain rows, written from the domain and not from the engine."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from statistics import mean, stdev
from typing import Any

from propcast.precompute.mlb.inputs import MlbInputs

Row = dict[str, Any]
Rows = list[Row]


def known(rows: Iterable[Row], day: date, as_of: datetime) -> Rows:
    """Rows of earlier game days, observed by then, oldest first."""
    earlier = [row for row in rows if row["game_day"] < day and row["observed_at"] <= as_of]
    return sorted(earlier, key=lambda row: (row["game_day"], row["event_id"]))


def shrink(part: float, whole: float, prior: float, k: float) -> float:
    return (part + k * prior) / (whole + k)


def total(rows: Rows, name: str) -> int:
    return sum(row[name] for row in rows)


class Oracle:
    """Answers for one context at a time."""

    def __init__(self, inputs: MlbInputs) -> None:
        self.pitching = inputs.pitcher_games.to_dicts()
        self.batting = inputs.team_games.to_dicts()
        self.plays = inputs.plate_appearances.to_dicts()
        self.hitting = inputs.batter_games.to_dicts()
        self.parks = {(row["park"], row["season"]): row["park_k_factor"] for row in inputs.park_factors.to_dicts()}

    def features(self, context: Row) -> dict[str, float | None]:
        """Return the features that the oracle knows, by name."""
        seen = known(self.pitching, context["game_day"], context["as_of"])
        mine = [row for row in seen if row["player_id"] == context["player_id"]]
        season, last = context["season"], str(int(context["season"]) - 1)
        appearances = [row for row in mine if row["season"] == season]
        starts = [row for row in appearances if row["role"] == "starter"]
        before = [row for row in mine if row["season"] == last and row["role"] == "starter"]
        faced = known(self.batting, context["game_day"], context["as_of"])
        league = self._league([row for row in faced if row["season"] in (season, last)])
        k_pct = two_stages(starts, before, "strikeouts", "batters_faced", league, 100)
        return {
            **_windows(starts),
            **_tracked(starts),
            "pitches_last": appearances[-1]["pitches"] if appearances else None,
            "days_rest": _rest(context["game_day"], appearances),
            "k_pct_shrunk": k_pct,
            "bf_projected": _per_start(starts, before, lambda row: row["batters_faced"], 22.0, 3.5),
            "opener_prob": _per_start(starts, before, lambda row: row["batters_faced"] < 10, 0.02, 10.0),
            "opp_k_pct_vs_hand": self._opponent(context, faced, season, last),
            "park_k_factor": self.parks.get((context["venue_team"], season), 1.0),
            **self._platoon(context, k_pct),
        }

    def expected_strikeouts(self, context: Row, nine: Rows, effects: list[float], reached: list[float]) -> float:
        """Add up a confirmed order: `effects` on the odds by pass, `reached` = P(BF ≥ n) for n = 1, 2, …"""
        own = self.features(context)
        faced = known(self.batting, context["game_day"], context["as_of"])
        league = self._league([row for row in faced if int(row["season"]) >= int(context["season"]) - 1])
        order = [
            odds(self._batter(row["batter_id"], context, league)) * odds(_against(row, context, own)) / odds(league)
            for row in sorted(nine, key=lambda row: row["slot"])
        ]
        changed = [order[n % 9] * effects[min(n // 9, 2)] * _number(own["park_k_factor"]) for n in range(len(reached))]
        return sum(chance * o / (1 + o) for chance, o in zip(reached, changed, strict=True))

    def _batter(self, batter: int, context: Row, league: float) -> float:
        mine = [row for row in self.hitting if row["player_id"] == batter]
        seen = known(mine, context["game_day"], context["as_of"])
        now = [row for row in seen if row["season"] == context["season"]]
        before = [row for row in seen if int(row["season"]) == int(context["season"]) - 1]
        overall = two_stages(now, before, "k", "pa", league, 60)
        if context["throws"] is None:
            return overall
        hand = f"vs_{context['throws'].lower()}hp"
        return shrink(total(now, f"k_{hand}"), total(now, f"pa_{hand}"), overall, 60)

    def _league(self, rows: Rows) -> float:
        return total(rows, "k_vs_starter") / total(rows, "pa_vs_starter") if rows else 0.22

    def _opponent(self, context: Row, faced: Rows, season: str, last: str) -> float | None:
        if context["opponent"] is None:
            return None
        hand = context["throws"]
        alike = [row for row in faced if hand is None or row["starter_throws"] == hand]
        own = [row for row in alike if row["team"] == context["opponent"] and row["season"] == season]
        league = self._league([row for row in alike if row["season"] in (season, last)])
        return shrink(total(own, "k_vs_starter"), total(own, "pa_vs_starter"), league, 400)

    def _platoon(self, context: Row, k_pct: float) -> dict[str, float]:
        met = [
            play
            for play in self.plays
            if play["pitcher_id"] == context["player_id"]
            and play["season"] == context["season"]
            and play["vs_starter"]
            and play["game_day"] < context["game_day"]
            and play["observed_at"] <= context["as_of"]
        ]
        sides = {side: [play for play in met if play["bat_side"] == side] for side in "LR"}
        return {
            f"k_pct_vs_{side.lower()}hb": shrink(total(plays, "is_strikeout"), len(plays), k_pct, 100)
            for side, plays in sides.items()
        }


def odds(rate: float) -> float:
    return rate / (1 - rate)


def _number(value: float | None) -> float:
    assert value is not None
    return value


def _against(batter: Row, context: Row, own: dict[str, float | None]) -> float:
    """The pitcher's rate against the side from which this batter meets him."""
    side = batter["bats"]
    if side == "S":
        side = {"L": "R", "R": "L", None: None}[context["throws"]]
    return _number(own["k_pct_shrunk"] if side is None else own[f"k_pct_vs_{side.lower()}hb"])


def two_stages(starts: Rows, before: Rows, part: str, whole: str, prior: float, k: float) -> float:
    last = shrink(total(before, part), total(before, whole), prior, k)
    return shrink(total(starts, part), total(starts, whole), last, k)


def _per_start(starts: Rows, before: Rows, value: Callable[[Row], float], prior: float, k: float) -> float:
    last = shrink(sum(map(value, before)), len(before), prior, k)
    return shrink(sum(map(value, starts)), len(starts), last, k)


def _rest(day: date, appearances: Rows) -> int | None:
    return min((day - appearances[-1]["game_day"]).days - 1, 30) if appearances else None


def _windows(starts: Rows) -> dict[str, float | None]:
    strikeouts, faced = [row["strikeouts"] for row in starts], [row["batters_faced"] for row in starts]
    five = starts[-5:]
    return {
        "starts_season": len(starts),
        "outs_season": total(starts, "outs"),
        "k_avg_l3": mean(strikeouts[-3:]) if len(starts) >= 2 else None,
        "k_avg_l5": mean(strikeouts[-5:]) if len(starts) >= 3 else None,
        "k_avg_l10": mean(strikeouts[-10:]) if len(starts) >= 4 else None,
        "k_std_l10": stdev(strikeouts[-10:]) if len(starts) >= 4 else None,
        "k_pct_l5": total(five, "strikeouts") / total(five, "batters_faced") if len(starts) >= 3 else None,
        "k_pct_season": sum(strikeouts) / sum(faced) if starts else None,
        "bb_pct_season": total(starts, "walks") / sum(faced) if len(starts) >= 2 else None,
        "bf_avg_l5": mean(faced[-5:]) if len(starts) >= 3 else None,
        "bf_std_l10": stdev(faced[-10:]) if len(starts) >= 4 else None,
        "pitches_per_bf_l5": total(five, "pitches") / total(five, "batters_faced") if len(starts) >= 3 else None,
    }


def _tracked(starts: Rows) -> dict[str, float | None]:
    tracked = [row for row in starts if row["whiffs"] is not None]
    speeds = [row["fb_velo_mph"] for row in starts]
    recent = [speed for speed in speeds[-3:] if speed is not None]
    earlier = [speed for speed in speeds[:-3] if speed is not None]
    enough = total(tracked, "pitches") >= 50
    return {
        "swstr_season": total(tracked, "whiffs") / total(tracked, "pitches") if enough else None,
        "csw_season": total(tracked, "csw") / total(tracked, "pitches") if enough else None,
        "whiff_season": total(tracked, "whiffs") / total(tracked, "swings") if enough else None,
        "fb_velo_l3": mean(recent) if recent else None,
        "fb_velo_trend": mean(recent) - mean(earlier) if recent and earlier else None,
    }
