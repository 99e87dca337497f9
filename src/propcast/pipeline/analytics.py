"""The analytics step: raw tables of whole seasons → events and one row per thing that happened."""

from collections.abc import Sequence

from propcast.backends.state.records import StepState
from propcast.backends.warehouse.port import In
from propcast.pipeline.plan import SportPlan
from propcast.pipeline.steps import Step, StepResult, StepStore
from propcast.tables.analytics import EVENTS
from propcast.tables.raw import RAW_VENDOR_EVENTS


def analytics_step(plan: SportPlan) -> Step:
    """Return the step's declaration."""
    return Step(f"{plan.sport}/analytics", (*plan.raw, RAW_VENDOR_EVENTS), (EVENTS, *plan.analytics))


def build_analytics(store: StepStore, plan: SportPlan, seasons: Sequence[str]) -> StepResult:
    """Rebuild whole seasons; a game that breaks its contract is held back, unchanged seasons are not written."""
    where = [In("season", tuple(seasons))]
    built = plan.build_analytics({t.name: store.read(t, where) for t in (*plan.raw, RAW_VENDOR_EVENTS)})
    events = built.frames[EVENTS.name]
    store.write(EVENTS, events)
    for table in plan.analytics:
        store.write(table, built.frames[table.name], where)
    held = {t.name: built.held[t.name] for t in plan.analytics if t.name in built.held}
    n_held = sum(store.hold_back(t, held[t.name], "analytics") for t in plan.analytics if t.name in held)
    games = sum(frame.height for frame in held.values())
    state = StepState.DEGRADED if games else StepState.DONE if events.height else StepState.EMPTY_OK
    note = f"{games} games held back" if games else "" if events.height else "no games"
    return StepResult(state, note, {"events": events.height, "held_games": games, "newly_held": n_held})
