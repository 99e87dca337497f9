"""The feature contract: one ordered list per sport, used to build, store, train and serve (DOMAIN 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from propcast.core.identity import short_hash
from propcast.core.reasons import NullReason
from propcast.core.sport import Sport
from propcast.tables.schema import Column


@dataclass(frozen=True)
class Feature:
    """One feature; `low`–`high` are plausibility limits, wide enough for tiny samples.

    Attributes:
        null_reason: why it is null when it is; None means that null is a defect (unless its source is missing).
        must_vary: a constant over a slate of 40 or more rows fails the build.
        market_aware: belongs to `core+market` only.
    """

    name: str
    definition: str
    unit: str
    low: float
    high: float
    null_reason: NullReason | None = None
    must_vary: bool = False
    market_aware: bool = False


@dataclass(frozen=True)
class FeatureContract:
    """The ordered features of one sport; `version` changes when code changes what a definition computes."""

    sport: Sport
    version: int
    features: tuple[Feature, ...] = field(repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All feature names in order (`core+market`)."""
        return tuple(f.name for f in self.features)

    @cached_property
    def core(self) -> tuple[str, ...]:
        """Names of the `core` set: everything that does not look at prop quotes."""
        return tuple(f.name for f in self.features if not f.market_aware)

    @cached_property
    def hash(self) -> str:
        """Hash of the ordered contract; a model refuses any other."""
        return short_hash(self.sport, self.version, *(tuple(vars(f).values()) for f in self.features), length=16)

    def null_reasons(self, row: Mapping[str, object]) -> dict[str, str]:
        """Return, for each feature that is null in a stored row, why: no source here, or its own declared reason."""
        sourceless = str(row.get("sources_missing") or "").split(",")
        return {
            f.name: str(NullReason.NO_SOURCE if f.name in sourceless else f.null_reason or NullReason.NO_SOURCE)
            for f in self.features
            if row.get(f.name) is None
        }

    def columns(self) -> tuple[Column, ...]:
        """Storage columns: 32-bit floats, all nullable, because a missing source may null any feature."""
        return tuple(Column(f.name, pl.Float32(), f.unit, f.low, f.high, nullable=True) for f in self.features)


_FEW, _FIRST, _NONE = NullReason.TOO_FEW_GAMES, NullReason.FIRST_GAME, NullReason.NO_SOURCE
_ZERO, _QUOTES = NullReason.ZERO_DENOMINATOR, NullReason.NO_QUOTES

NBA_FEATURES = FeatureContract(
    Sport.NBA,
    version=1,
    features=(
        Feature("stat_avg_l3", "mean of the last 3 played games", "stat", 0, 90, _FEW),
        Feature("stat_avg_l5", "mean of the last 5 played games", "stat", 0, 90, _FEW),
        Feature("stat_avg_l10", "mean of the last 10 played games (≥ 5)", "stat", 0, 90, _FEW),
        Feature("stat_avg_season", "season mean to date", "stat", 0, 90, _FEW),
        Feature("stat_mean_shrunk", "season mean shrunk to last season's", "stat", 0, 90, must_vary=True),
        Feature("stat_ewm_hl8", "exponentially weighted mean, half-life 8 games", "stat", 0, 90, _FEW),
        Feature("stat_std_l10", "sample sd of the last 10 (≥ 5)", "stat", 0, 40, _FEW),
        Feature("stat_slope_l10", "least-squares slope of the last 10 (≥ 5)", "stat/game", -15, 15, _FEW),
        Feature("stat_z_l5", "(mean of last 5 − season mean) / season sd, n ≥ 10", "sd", -6, 6, _FEW),
        Feature("stat_per_min_l10", "Σ stat / Σ minutes of the last 10 (≥ 5)", "stat/min", 0, 4, _FEW),
        Feature("stat_per_min_shrunk", "the same over the season, shrunk to last", "stat/min", 0, 3, must_vary=True),
        Feature("stat_vs_opp_resid", "mean residual against this opponent, 2 years, k = 80", "stat", -6, 6),
        Feature("games_played_season", "played games to date", "games", 0, 110),
        Feature("minutes_avg_l5", "mean minutes of the last 5 (≥ 3)", "min", 0, 55, _FEW),
        Feature("minutes_avg_l10", "mean minutes of the last 10 (≥ 5)", "min", 0, 55, _FEW),
        Feature("minutes_std_l10", "sample sd of minutes (≥ 5)", "min", 0, 20, _FEW),
        Feature("minutes_projected", "last 10 minutes shrunk to last season, k = 5", "min", 0, 48, must_vary=True),
        Feature("start_rate_l10", "share of starts in the last 10 played (≥ 3)", "fraction", 0, 1, _FEW),
        Feature("dnp_rate_l10", "share of the last 10 team games not played (≥ 5)", "fraction", 0, 1, _FEW),
        Feature("games_since_role_change", "played games since a role change, cap 30", "games", 0, 30),
        Feature("usage_l5", "usage, ratio of sums over the last 5 (≥ 3)", "fraction", 0, 1, _FEW),
        Feature("usage_l10", "usage, ratio of sums over the last 10 (≥ 5)", "fraction", 0, 1, _FEW),
        Feature("ts_l10", "true shooting, ratio of sums (≥ 5)", "fraction", 0, 1.5, _FEW),
        Feature("fga_per_min_l10", "Σ FGA / Σ minutes (≥ 5)", "1/min", 0, 3, _FEW),
        Feature("fg3a_share_l10", "Σ 3PA / Σ FGA (≥ 5)", "fraction", 0, 1, _ZERO),
        Feature("fta_rate_l10", "Σ FTA / Σ FGA (≥ 5)", "ratio", 0, 20, _ZERO),
        Feature("share_ra", "share of attempts at the rim", "fraction", 0, 1, _FEW),
        Feature("share_paint", "share of attempts in the paint", "fraction", 0, 1, _FEW),
        Feature("share_mid", "share of mid-range attempts", "fraction", 0, 1, _FEW),
        Feature("share_corner3", "share of corner threes", "fraction", 0, 1, _FEW),
        Feature("share_above3", "share of above-the-break threes", "fraction", 0, 1, _FEW),
        Feature("zone_matchup", "expected change from the opponent's zone defence", "points", -4, 4, _FEW),
        Feature("opp_def_rating", "opponent's points allowed per 100, shrunk", "pts/100", 90, 135, must_vary=True),
        Feature("opp_allowed_index", "opponent's allowed stat per 100, shrunk, ÷ league", "ratio", 0.75, 1.3),
        Feature("opp_allowed_pos_index", "the same for his position group", "ratio", 0.7, 1.4, _NONE),
        Feature("team_pace", "team pace, shrunk", "poss/48", 85, 115, must_vary=True),
        Feature("opp_pace", "opponent pace, shrunk", "poss/48", 85, 115, must_vary=True),
        Feature("pace_factor", "opponent pace ÷ league", "ratio", 0.9, 1.1),
        Feature("rest_days", "days between team games − 1, cap 10", "days", 0, 10, _FIRST),
        Feature("rest_advantage", "min(rest, 4) − min(opponent's rest, 4)", "days", -4, 4, _FIRST),
        Feature("days_since_played", "days since he last played, cap 60", "days", 1, 60, _FIRST),
        Feature("is_b2b", "rest_days = 0", "bool", 0, 1),
        Feature("is_3in4", "third game in four nights", "bool", 0, 1),
        Feature("games_last_7d", "team games in the last 7 days", "games", 0, 5),
        Feature("minutes_last_7d", "his minutes in the last 7 days", "min", 0, 300),
        Feature("travel_km", "great-circle distance from the previous venue", "km", 0, 13000),
        Feature("tz_shift_h", "UTC offset of tonight's venue − the previous one's", "h", -9, 9),
        Feature("fatigue_load", "0 fresh … 100 exhausted", "points", 0, 100),
        Feature("is_home", "0 at neutral sites", "bool", 0, 1),
        Feature("is_playoffs", "types 004 and 005", "bool", 0, 1),
        Feature("injury_code", "0 none, 1 probable, 2 questionable, 3 doubtful", "code", 0, 3, _NONE),
        Feature("p_plays", "chance that he plays", "fraction", 0, 1),
        Feature("stars_out", "star teammates out", "players", 0, 8, _NONE),
        Feature("minutes_freed", "minutes freed by absent teammates", "min", 0, 240, _NONE),
        Feature("usage_freed", "usage freed by absent teammates", "fraction", 0, 1, _NONE),
        Feature("opp_minutes_out", "minutes freed at the opponent", "min", 0, 240, _NONE),
        Feature("game_total", "consensus total", "pts", 170, 290, _QUOTES),
        Feature("team_spread", "his team's spread, negative = favoured", "pts", -30, 30, _QUOTES),
        Feature("implied_team_total", "points implied by total and spread", "pts", 75, 155, _QUOTES),
        Feature("blowout_prob", "P(margin ≥ 15)", "fraction", 0.2, 0.9, _QUOTES),
        Feature("line_consensus", "consensus prop line at as_of", "stat", 0.5, 90.5, _QUOTES, market_aware=True),
        Feature("p_over_devig", "devigged P(over) at that line", "fraction", 0.05, 0.95, _QUOTES, market_aware=True),
        Feature("line_move", "consensus now − first seen", "stat", -15, 15, _QUOTES, market_aware=True),
        Feature("line_std_books", "sd of books' main lines (≥ 3)", "stat", 0, 4, _QUOTES, market_aware=True),
        Feature("margin_vs_line_l10", "mean (stat − closing line), last 10 lined games (≥ 5)", "stat", -30, 30, _QUOTES,
                market_aware=True),
    ),
)  # fmt: skip

MLB_FEATURES = FeatureContract(
    Sport.MLB,
    version=1,
    features=(
        Feature("k_avg_l3", "mean strikeouts of the last 3 starts (≥ 2)", "K", 0, 20, _FEW),
        Feature("k_avg_l5", "mean strikeouts of the last 5 starts (≥ 3)", "K", 0, 20, _FEW),
        Feature("k_avg_l10", "mean strikeouts of the last 10 starts (≥ 4)", "K", 0, 20, _FEW),
        Feature("k_std_l10", "sample sd of the last 10 starts (≥ 4)", "K", 0, 10, _FEW),
        Feature("k_pct_l5", "ΣK / ΣBF of the last 5 starts (≥ 3)", "fraction", 0, 1, _FEW),
        Feature("k_pct_season", "ΣK / ΣBF of the season", "fraction", 0, 1, _FEW),
        Feature("k_pct_shrunk", "season K% shrunk to last season, then league; k = 100 BF", "fraction", 0.08, 0.42,
                must_vary=True),
        Feature("bb_pct_season", "ΣBB / ΣBF of the season (≥ 2 starts)", "fraction", 0, 0.6, _FEW),
        Feature("k_pct_vs_lhb", "K% against left-handed batters, shrunk to his overall rate", "fraction", 0.05, 0.5),
        Feature("k_pct_vs_rhb", "K% against right-handed batters, shrunk to his overall rate", "fraction", 0.05, 0.5),
        Feature("bf_avg_l5", "mean batters faced of the last 5 starts (≥ 3)", "BF", 0, 40, _FEW),
        Feature("bf_std_l10", "sample sd of batters faced (≥ 4)", "BF", 0, 15, _FEW),
        Feature("bf_projected", "batters faced per start shrunk to 22, k = 3.5 starts", "BF", 3, 30, must_vary=True),
        Feature("pitches_avg_l5", "mean pitches of the last 5 starts (≥ 3)", "pitches", 0, 140, _FEW),
        Feature("pitches_last", "pitches of the previous appearance", "pitches", 0, 160, _FIRST),
        Feature("pitches_per_bf_l5", "Σ pitches / Σ BF of the last 5 starts (≥ 3)", "pitches/BF", 1, 9, _FEW),
        Feature("days_rest", "days since the previous appearance − 1, cap 30", "days", 0, 30, _FIRST),
        Feature("starts_season", "starts to date", "starts", 0, 40),
        Feature("outs_season", "outs to date", "outs", 0, 750),
        Feature("opener_prob", "P(BF < 10): own share of starts under 10 BF shrunk to .02", "fraction", 0, 1),
        Feature("swstr_l3", "whiffs / pitches of the last 3 starts (≥ 50 pitches)", "fraction", 0, 0.5, _FEW),
        Feature("swstr_season", "whiffs / pitches of the season (≥ 50 pitches)", "fraction", 0, 0.5, _FEW),
        Feature("csw_season", "called strikes and whiffs / pitches", "fraction", 0, 1, _FEW),
        Feature("whiff_season", "whiffs / swings", "fraction", 0, 1, _FEW),
        Feature("chase_season", "swings / pitches outside the zone", "fraction", 0, 1, _FEW),
        Feature("z_contact_season", "contact / swings inside the zone", "fraction", 0, 1, _FEW),
        Feature("fb_velo_l3", "mean fastball speed of the last 3 starts", "mph", 75, 105, _FEW),
        Feature("fb_velo_trend", "that − season mean before those starts", "mph", -8, 8, _FEW),
        Feature("opp_k_pct_vs_hand", "opponent K% against his hand, shrunk; k = 400 BF", "fraction", 0.14, 0.32,
                must_vary=True),
        Feature("lineup_k_pct", "mean of the nine's shrunk K% against his hand", "fraction", 0.08, 0.45, _NONE),
        Feature("lineup_known", "nine confirmed at as_of", "bool", 0, 1),
        Feature("expected_k_bottom_up", "Σ P(BF ≥ n)·k_n over the batting order", "K", 0, 14, _NONE),
        Feature("platoon_share", "share of the nine on the pitcher's side", "fraction", 0, 1, _NONE),
        Feature("is_home", "0 at neutral sites", "bool", 0, 1),
        Feature("park_k_factor", "K factor of the park from earlier seasons", "ratio", 0.85, 1.15),
        Feature("temp_f", "temperature at the start hour", "°F", 20, 115, _NONE),
        Feature("umpire_k_delta", "plate umpire's K% − expected, shrunk", "fraction", -0.03, 0.03, _NONE),
        Feature("game_total", "consensus runs", "runs", 4, 20, _QUOTES),
        Feature("opp_implied_runs", "opponent's implied runs", "runs", 1, 12, _QUOTES),
        Feature("line_consensus", "consensus strikeout line", "K", 0.5, 12.5, _QUOTES, market_aware=True),
        Feature("p_over_devig", "devigged P(over) at that line", "fraction", 0.05, 0.95, _QUOTES, market_aware=True),
        Feature("line_move", "consensus now − first seen", "K", -3, 3, _QUOTES, market_aware=True),
        Feature("implied_mean", "mean implied by line and price", "K", 0.5, 12, _QUOTES, market_aware=True),
    ),
)  # fmt: skip

CONTRACTS = {Sport.NBA: NBA_FEATURES, Sport.MLB: MLB_FEATURES}
