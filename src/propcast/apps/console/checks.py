"""What the console's health checks look at."""

from propcast.apps.checks import selection
from propcast.apps.checks.selection import Looked
from propcast.apps.console.environment import Console
from propcast.service.asking import not_ready
from propcast.service.catalogue import SERVICES
from propcast.service.checklist import CHECKLIST
from propcast.service.health.checks import Wiring
from propcast.tables.analytics import CONTEXTS, EVENTS
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, GRADES, MODELS, PREDICTIONS
from propcast.tables.precompute import FEATURES
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES

LOOKED_AT = Looked((
    EVENTS, *CONTEXTS.values(), *FEATURES.values(), RAW_QUOTES, RAW_QUOTE_POLLS, CONSENSUS_LINES, PREDICTIONS,
    DECISIONS, GRADES, MODELS,
))  # fmt: skip
"""The tables that pages are drawn from."""


def wire(console: Console) -> Wiring:
    """Return the checks that need the open environment."""
    places = console.resources.places
    others = {entry.name: places.url(entry) for entry in SERVICES if entry is not console.resources.entry}
    key = "services:not_ready"
    return selection.wire(console.resources, LOOKED_AT) | Wiring({key: lambda: CHECKLIST[key].check(not_ready(others))})
