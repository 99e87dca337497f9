"""The console's own health checks."""

from functools import partial

from propcast.apps.checks import ages, latencies, tables, trips
from propcast.apps.console.environment import Console
from propcast.core.sport import Sport
from propcast.service.asking import not_ready
from propcast.service.catalogue import ADMIN_DASHBOARD, SERVICES
from propcast.service.checklist import CHECKLIST
from propcast.service.health import generic
from propcast.service.health.checks import Bounds, Check, Observe, Wiring
from propcast.tables.analytics import CONTEXTS, EVENTS
from propcast.tables.forecasts import CONSENSUS_LINES, DECISIONS, GRADES, MODELS, PREDICTIONS
from propcast.tables.precompute import FEATURES
from propcast.tables.raw import RAW_QUOTE_POLLS, RAW_QUOTES

READ = (
    EVENTS, *CONTEXTS.values(), *FEATURES.values(), RAW_QUOTES, RAW_QUOTE_POLLS, CONSENSUS_LINES, PREDICTIONS,
    DECISIONS, GRADES, MODELS,
)  # fmt: skip
"""Tables that pages are drawn from."""

PUBLISHED_SLA_MIN = 60.0


def wire(console: Console) -> Wiring:
    """Return the checks that need the open environment."""
    found, backends, entry = console.resources, console.resources.backends, ADMIN_DASHBOARD
    latencies.ensure_known_object(backends.objects)
    others = {each.name: found.places.url(each) for each in SERVICES if each is not entry}
    observed: dict[str, Observe] = {
        **latencies.latencies(entry, backends, found.places),
        **trips.trips(entry, backends),
        "clock:skew": generic.clock_skew(backends.clock, backends.state.now),
        "tables:schema_mismatches": tables.schema_mismatches(READ, backends.warehouse, backends.state),
        "audit:round_trip": trips.audit_trip(entry, backends.state),
        "published:age": ages.slate_age(backends, tuple(Sport), ages.newest_slate),
        "services:not_ready": not_ready(others),
    }
    bounds = {"published:age": ages.bounds(PUBLISHED_SLA_MIN)}
    return Wiring({key: partial(_check, key, observe, bounds.get(key)) for key, observe in observed.items()})


def _check(key: str, observe: Observe, bounds: Bounds | None) -> Check:
    return CHECKLIST[key].check(observe, bounds)
