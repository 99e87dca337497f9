"""The line book, as everybody uses it: features, forecasts, decisions and grading resolve lines through these."""

from propcast.core.closing import CONSENSUS, closing_lines
from propcast.core.consensus import consensus, consensus_at, prediction_lines
from propcast.core.freshness import IMPORTED, LIVE, Freshness
from propcast.core.resolver import SUBJECT, event_as_of, in_force, line_at, line_states, reasons_without_line

__all__ = [
    "CONSENSUS",
    "IMPORTED",
    "LIVE",
    "SUBJECT",
    "Freshness",
    "closing_lines",
    "consensus",
    "consensus_at",
    "event_as_of",
    "in_force",
    "line_at",
    "line_states",
    "prediction_lines",
    "reasons_without_line",
]
