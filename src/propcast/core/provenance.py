"""What was made up, and how everybody can tell: the marks that a simulated league puts on every key and name.

A row needs no look-up: its event, person, book or source says by itself that nothing of it was observed.
"""

import re
from typing import Final

import polars as pl

SIMULATED: Final = "SIMULATED"
"""The `source` of every row of a simulated league, and the label that pages and answers show."""

EVENT_MARK: Final = "SIM"
"""Stands in front of a simulated game's number: `nba:SIM0022500001`."""

BOOK_MARK: Final = "sim_"
"""Begins the key of every simulated book."""

NAME_MARK: Final = "(sim)"
"""Ends the name of every simulated person of the first copy of a league; later copies carry their number inside."""

FIRST_PERSON: Final = 900_000_000
"""Simulated people are numbered from here; the leagues' own ids stay far below."""

_MARKED: Final = rf"^(?:{SIMULATED}|{BOOK_MARK}.*|[a-z]+:{EVENT_MARK}.*|(?:[a-z]+:)?9\d{{8}})$"


def is_simulated(key: str) -> bool:
    """Return whether an event id, a participant id, a person's number, a book's key or a source was made up."""
    return re.fullmatch(_MARKED, key) is not None


def simulated(column: str) -> pl.Expr:
    """Return the same for a text column of such keys; null for null."""
    return pl.col(column).str.contains(_MARKED)
