"""Rollouts as other rooms may look at them: which are on their way back."""

from collections import Counter

from propcast.backends.state.port import Collection, Reader, Where

ROLLOUTS = Collection("rollouts", ("environment", "service", "over", "order"))
GOING_BACK = "rolling_back"
"""The state of a rollout whose traffic is taken back; it stays that until it is proven that the traffic is."""


def going_back(reader: Reader) -> Counter[str]:
    """Return how many rollouts of each service are on their way back."""
    open_ones = reader.find(ROLLOUTS, [Where("over", "==", False)], order_by="order")
    found = ((document.body["service"], document.body["record"]) for document in open_ones)
    return Counter(str(name) for name, record in found if isinstance(record, dict) and record["state"] == GOING_BACK)
