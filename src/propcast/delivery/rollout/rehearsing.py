"""What a rollout would do, call by call: for whoever wants to see it before it does anything."""

from collections.abc import Iterator

from propcast.delivery.rollout.plan import ALL, Plan
from propcast.delivery.rollout.record import share_of


def calls(plan: Plan) -> Iterator[str]:
    """Yield every call of a rollout in which every stage passes, a sentence each."""
    for wanted in (plan.baseline, plan.canary):
        yield f"stage {wanted.name} (tag {wanted.tag}, {wanted.image.digest}) without traffic"
    for number, share in enumerate(plan.stages):
        if number == 0:
            yield f"ask {plan.baseline.name} and {plan.canary.name} who they are: /health, /ready, /health/deep"
            yield f"replay the last graded slates through both{'' if plan.replayed else ', if there are any'}"
        elif plan.sampled and share < ALL:
            yield f"let {plan.canary.name} compute {share} % of the shards of every batch too (no traffic moves)"
        else:
            yield f"set weights: {share_of(plan.weights(number))}"
        yield f"observe {share} % for {plan.monitoring_s:g} s, {_sample(plan)}; judge; {_windows(plan)}"
    yield f"retire {plan.baseline.name}; {plan.stable.revision} stays warm"
    yield f"any failure on the way: set weights: {share_of(plan.stable.weights)}"


def _sample(plan: Plan) -> str:
    sent = round(plan.synthetic_rate * plan.monitoring_s)
    return f"{sent} synthetic requests to each arm, at least {plan.limits.min_requests} answered"


def _windows(plan: Plan) -> str:
    return f"{plan.limits.max_windows} windows at most, then pause"
