"""Reason codes: why a forecast abstains, a line is passed, or a feature is missing."""

from enum import StrEnum


class Reason(StrEnum):
    """Every PASS, NO_LINE and missing forecast carries at least one of these (DOMAIN 8.5)."""

    # line
    NO_LINE = "NO_LINE"
    LINE_STALE = "LINE_STALE"
    LINE_WITHDRAWN = "LINE_WITHDRAWN"
    ONE_SIDED = "ONE_SIDED"
    CROSSED_QUOTE = "CROSSED_QUOTE"
    LINE_OUT_OF_RANGE = "LINE_OUT_OF_RANGE"
    TOO_FEW_BOOKS = "TOO_FEW_BOOKS"
    BOOKS_DISAGREE = "BOOKS_DISAGREE"
    DFS_ONLY = "DFS_ONLY"
    # event
    GAME_STARTED = "GAME_STARTED"
    GAME_POSTPONED = "GAME_POSTPONED"
    GAME_CANCELLED = "GAME_CANCELLED"
    START_TIME_UNKNOWN = "START_TIME_UNKNOWN"
    TOO_LATE = "TOO_LATE"
    MARKET_HALTED = "MARKET_HALTED"
    SYSTEM_HALTED = "SYSTEM_HALTED"
    # participant
    UNRESOLVED_NAME = "UNRESOLVED_NAME"
    NOT_ON_ROSTER = "NOT_ON_ROSTER"
    PLAYER_OUT = "PLAYER_OUT"
    PLAYER_DOUBTFUL = "PLAYER_DOUBTFUL"
    STATUS_NOT_SUBMITTED = "STATUS_NOT_SUBMITTED"
    NOT_PROBABLE_STARTER = "NOT_PROBABLE_STARTER"
    STARTER_CHANGED = "STARTER_CHANGED"
    OPENER_RISK = "OPENER_RISK"
    LINEUP_UNKNOWN = "LINEUP_UNKNOWN"
    # data
    INSUFFICIENT_HISTORY = "INSUFFICIENT_HISTORY"
    FEATURES_MISSING = "FEATURES_MISSING"
    FEATURES_STALE = "FEATURES_STALE"
    FEATURE_OUT_OF_RANGE = "FEATURE_OUT_OF_RANGE"
    LOW_SIMILARITY = "LOW_SIMILARITY"
    INPUT_QUARANTINED = "INPUT_QUARANTINED"
    # model
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    FEATURE_HASH_MISMATCH = "FEATURE_HASH_MISMATCH"
    DISTRIBUTION_INVALID = "DISTRIBUTION_INVALID"
    IMPLAUSIBLE_MEAN = "IMPLAUSIBLE_MEAN"
    NOT_CALIBRATED = "NOT_CALIBRATED"
    SHADOW_ONLY = "SHADOW_ONLY"
    UNEXPECTED_ERROR = "UNEXPECTED_ERROR"
    # value
    EV_TOO_SMALL = "EV_TOO_SMALL"
    EDGE_TOO_SMALL = "EDGE_TOO_SMALL"
    PRICE_OUT_OF_RANGE = "PRICE_OUT_OF_RANGE"
    EXPOSURE_CAP = "EXPOSURE_CAP"
    CORRELATED_BET = "CORRELATED_BET"
    SUPERSEDED = "SUPERSEDED"


class NullReason(StrEnum):
    """Why a feature or a column is null."""

    NO_SOURCE = "NO_SOURCE"  # this history has no feed for it
    TOO_FEW_GAMES = "TOO_FEW_GAMES"
    ZERO_DENOMINATOR = "ZERO_DENOMINATOR"
    FIRST_GAME = "FIRST_GAME"
    NO_QUOTES = "NO_QUOTES"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    INCONSISTENT_SHOOTING = "INCONSISTENT_SHOOTING"


class Status(StrEnum):
    """What a system said about one participant and line."""

    FORECAST = "forecast"
    NO_LINE = "no_line"
    ABSTAINED = "abstained"


class Decision(StrEnum):
    """What the policy makes of one prediction."""

    OVER = "OVER"
    UNDER = "UNDER"
    PASS = "PASS"  # noqa: S105 - a betting term
    NO_LINE = "NO_LINE"


class Outcome(StrEnum):
    """How one prediction settled."""

    WIN = "win"
    LOSS = "loss"
    PUSH = "push"
    VOID = "void"
    NO_BET = "no_bet"
    PENDING = "pending"
    UNRESOLVED = "unresolved"
