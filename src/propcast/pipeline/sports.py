"""Every sport that the pipeline carries, one line each."""

from propcast.core.sport import Sport
from propcast.pipeline.mlb import MLB
from propcast.pipeline.nba import NBA
from propcast.pipeline.plan import SportPlan

PLANS: dict[Sport, SportPlan] = {plan.sport: plan for plan in (NBA, MLB)}


def plan_of(sport: Sport) -> SportPlan:
    """Return the sport's plan."""
    return PLANS[sport]
