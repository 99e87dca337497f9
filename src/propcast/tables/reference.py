"""Reference tables: people, aliases, unresolved names, rows held back, made-up sources."""

from propcast.core.provenance import SIMULATED
from propcast.tables.schema import Rule, Table, count, instant, text, texts

REF_PLAYERS = Table(
    "ref_players",
    "one person of one league",
    (
        *text("participant_id", "sport"),
        *count("player_id"),
        *text("full_name", "name_key"),
        *text("bats", null=True, choices=("L", "R", "S")),
        *text("throws", null=True, choices=("L", "R", "S")),
        *instant("observed_at"),
        *text("source"),
    ),
    key=("participant_id",),
    partition=None,
    rule=Rule.KEY,
)

PLAYER_ALIASES = Table(
    "player_aliases",
    "one spelling of a person at one vendor (`*` = any vendor)",
    (*text("sport", "vendor", "name_key", "participant_id", "added_by"), *instant("added_at")),
    key=("sport", "vendor", "name_key"),
    partition=None,
    rule=Rule.KEY,
)

UNRESOLVED_NAMES = Table(
    "unresolved_names",
    "one spelling that no rule resolved, at one event",
    (
        *text("sport", "vendor", "raw_name", "name_key", "vendor_event_id"),
        *texts("candidates"),
        *instant("first_seen", "last_seen", null=True),
        *count("n_rows"),
        *text("status", choices=("open", "resolved", "ignored")),
    ),
    key=("sport", "vendor", "raw_name", "vendor_event_id"),
    partition=None,
    rule=Rule.KEY,
)

QUARANTINE = Table(
    "quarantine",
    "one row held back before a write, with everything that is wrong with it",
    (
        *text("table_name", "row_id"),
        *texts("violations"),
        *text("row_json"),
        *text("origin"),
        *text("state", choices=("held", "replayed", "dropped")),
        *instant("observed_at"),
    ),
    key=("table_name", "row_id"),
    partition=None,
    rule=Rule.KEY,
)

REF_SIMULATIONS = Table(
    "ref_simulations",
    "one simulated league of this home; where there is a row, nothing of that sport was observed",
    (
        *text("sport"),
        *text("source", choices=(SIMULATED,)),
        *count("seed"),
        *text("title"),
        *instant("observed_at"),
    ),
    key=("sport",),
    partition=None,
    rule=Rule.KEY,
)

TABLES = (REF_PLAYERS, PLAYER_ALIASES, UNRESOLVED_NAMES, QUARANTINE, REF_SIMULATIONS)
