"""The analytics step: raw tables of whole seasons → events and one row per thing that happened."""

from collections.abc import Sequence
from functools import partial

from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import Condition, In
from propcast.core.together import together
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.steps import Step, StepResult, StepStore
from propcast.tables.analytics import EVENTS
from propcast.tables.raw import RAW_VENDOR_EVENTS


def analytics_step(plan: SportPlan) -> Step:
    """Return the step's declaration."""
    return Step(f"{plan.sport}/analytics", (*plan.raw, RAW_VENDOR_EVENTS), (EVENTS, *plan.analytics))


def build_analytics(store: StepStore, plan: SportPlan, seasons: Sequence[str]) -> StepResult:
    """Rebuild whole seasons; a game that breaks its contract is held back, unchanged seasons are not written."""
    where: list[Condition] = [In("season", tuple(seasons))]
    sources = (*plan.raw, RAW_VENDOR_EVENTS)
    rows = together(partial(store.read, table, where, in_order=False) for table in sources)
    built = plan.build_analytics({table.name: frame for table, frame in zip(sources, rows, strict=True)})
    events, slices = built.frames[EVENTS.name], {EVENTS: list[Condition](), **dict.fromkeys(plan.analytics, where)}
    together(partial(store.write, table, built.frames[table.name], scope) for table, scope in slices.items())
    held = {t.name: built.held[t.name] for t in plan.analytics if t.name in built.held}
    n_held = sum(store.hold_back(t, held[t.name], "analytics") for t in plan.analytics if t.name in held)
    games = sum(frame.height for frame in held.values())
    state = StepState.DEGRADED if games else StepState.DONE if events.height else StepState.EMPTY_OK
    note = f"{games} games held back" if games else "" if events.height else "no games"
    return StepResult(state, note, {"events": events.height, "held_games": games, "newly_held": n_held})
