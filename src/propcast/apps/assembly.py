"""How the parts of an app become its service declaration."""

from collections.abc import Callable, Sequence
from functools import partial

from fastapi import APIRouter

from propcast.apps.checks.selection import Looked, wire
from propcast.apps.measures import waiting
from propcast.apps.resources import Resources, background, close, guard, open_resources, secrets
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.sports import PLANS
from propcast.pipeline.steps import Step, tables_of
from propcast.service.catalogue import Entry
from propcast.service.declaration import Service

Steps = Callable[[SportPlan], Sequence[Step]]
"""Returns the steps that a service runs for a sport."""


def processor(entry: Entry, router: APIRouter, steps: Steps) -> Service[Resources]:
    """Return a service that works on its backends alone and keeps nothing between requests."""
    looked = looked_at(steps)
    return Service(
        entry=entry,
        open=partial(open_resources, entry),
        guard=guard,
        routers=(router,),
        secrets=secrets,
        wire=lambda resources: wire(resources, looked),
        background=background,
        measure=waiting,
        close=close,
    )


def looked_at(steps: Steps) -> Looked:
    """Return what the checks of a service look at that runs these steps for every sport."""
    return Looked(tables_of(step for plan in PLANS.values() for step in steps(plan)))
