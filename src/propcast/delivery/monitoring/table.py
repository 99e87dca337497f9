"""Every rule there is, in the order in which it is rendered."""

from collections.abc import Mapping

from propcast.delivery.monitoring import flow, objectives, readiness, slates
from propcast.delivery.monitoring.rule import Rule

GROUPS: Mapping[str, tuple[Rule, ...]] = {
    "services": readiness.RULES,
    "messages": flow.RULES,
    "slates": slates.RULES,
    "objectives": objectives.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in GROUPS.values() for rule in rules)
