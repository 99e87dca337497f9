"""The truth behind simulated rows: apart from all other tables, for tests and calibration reports alone.

It is in no registry and no step may read it: a forecast that knew it would prove nothing.
"""

from propcast.tables.schema import Rule, Table, day, number, text

TRUTH = Table(
    "truth",
    "the law that one simulated count was drawn from, given that the participant takes part",
    (
        *text("sport", "event_id", "participant_id", "market", "season"),
        *day("game_day"),
        *number("p_plays", low=0, high=1, unit="fraction"),
        *text("family", "params"),
        *number("mean", "sd", low=0, unit="stat"),
        *text("source"),
    ),
    key=("event_id", "participant_id", "market"),
    partition="season",
    rule=Rule.ONCE,
)
