"""Which checks a service owes, on its backends: the second table of the health contract as code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from propcast.apps.checks import ages, queues, trips
from propcast.apps.checks.imports import unresolved_imports
from propcast.apps.checks.latencies import latencies
from propcast.apps.checks.release import ELSEWHERE, LOCAL, release_differences
from propcast.apps.checks.tables import schema_mismatches
from propcast.apps.remembering import remembering
from propcast.apps.resources import Resources
from propcast.apps.shelf import Shelf
from propcast.backends.compose import Backends
from propcast.core.sport import Sport
from propcast.delivery.images.baked import needs_of
from propcast.service.checklist import CHECKLIST
from propcast.service.health.checks import Bounds, Check, Observe, Wiring
from propcast.service.health.generic import clock_skew
from propcast.tables.schema import Table

BOTH = tuple(Sport)
REMEMBERED_BYTES = 8 * 1024 * 1024
"""What checks remember of tables, which they ask the same every few seconds."""


@dataclass(frozen=True)
class Looked:
    """What the checks of one service look at.

    Attributes:
        tables: those that it reads or writes.
        sports: those that it works for.
        of_models: the observations of models in memory; None for a service without models.
    """

    tables: Sequence[Table]
    sports: Sequence[Sport] = BOTH
    of_models: Callable[[Backends], Mapping[str, Observe]] | None = None


def wire(resources: Resources, looked: Looked) -> Wiring:
    """Return the checks that the service owes beside those of the kit; each is built when it is first needed."""
    made = {**_of_everyone(resources, looked), **_of_some(resources, looked)}
    bounds = _bounds(resources)
    owed = [key for key in resources.entry.checks if key in made]
    return Wiring({key: partial(_check, key, made[key], bounds.get(key)) for key in owed})


def _of_everyone(resources: Resources, looked: Looked) -> dict[str, Observe]:
    entry, backends = resources.entry, resources.backends
    return {
        **latencies(entry, backends, resources.places),
        **trips.trips(entry, backends),
        "image:unresolved_imports": unresolved_imports(needs_of(entry)),
        "clock:skew": clock_skew(backends.clock, backends.state.now),
        "config:release_differences": release_differences(
            backends.state, entry.name, resources.identity.revision, resources.config
        ),
        "tables:schema_mismatches": schema_mismatches(looked.tables, backends.warehouse, backends.state),
    }


def _of_some(resources: Resources, looked: Looked) -> dict[str, Observe]:
    memory = remembering(resources.backends.warehouse, Shelf(REMEMBERED_BYTES), every_s=0)
    backends, sports = replace(resources.backends, warehouse=memory), looked.sports
    made: dict[str, Observe] = {
        "features:age": ages.slate_age(backends, sports, ages.newest_features),
        "lines:age": ages.slate_age(backends, sports, ages.newest_quote),
        "published:age": ages.slate_age(backends, sports, ages.newest_slate),
        "sources:age": ages.source_age(backends, sports),
        "outbox:oldest_unsent": queues.oldest_unsent(backends.state),
        "deadletter:depth": queues.dead_letters(backends.state),
        "audit:round_trip": trips.audit_trip(resources.entry, backends.state),
    }
    if "batches:oldest_open" in resources.entry.checks:
        made["batches:oldest_open"] = queues.oldest_batch(backends.state)
    if "features:contract_mismatches" in resources.entry.checks:
        from propcast.apps.checks.contracts import contract_mismatches  # who has no features pays nothing for them

        with_models = looked.of_models is not None
        made["features:contract_mismatches"] = contract_mismatches(backends, sports, with_models=with_models)
    return made | dict(looked.of_models(backends) if looked.of_models else {})


def _bounds(resources: Resources) -> Mapping[str, Bounds]:
    """Return the bounds that the table leaves to settings or to the environment."""
    settings = resources.backends.settings
    return {
        "config:release_differences": LOCAL if resources.identity.environment == "local" else ELSEWHERE,
        "sources:age": ages.bounds(settings.source_sla_min),
        "features:age": ages.bounds(settings.feature_sla_min),
        "lines:age": ages.bounds(settings.line_sla_min),
        "published:age": ages.bounds(settings.feature_sla_min),
    }


def _check(key: str, observe: Observe, bounds: Bounds | None) -> Check:
    return CHECKLIST[key].check(observe, bounds)
