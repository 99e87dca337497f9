"""The running configuration against the one on record for this revision."""

from collections.abc import Mapping

from propcast.backends.state.port import State
from propcast.backends.state.releases import hashed, recorded_release
from propcast.service.health.body import Status
from propcast.service.health.checks import Bounds, Observe, Observed, Output

LOCAL, ELSEWHERE = Bounds(warn=1), Bounds(fail=1)
"""On one machine whoever starts a service may change it; elsewhere a difference means that the wrong thing runs."""


def release_differences(state: State, service: str, revision: str, config: Mapping[str, str]) -> Observe:
    """Return an observation that counts the variables that differ from the record, and names them."""
    here = hashed(config)

    def observe() -> Observed:
        recorded = recorded_release(state, service, revision)
        if recorded is None:
            told = f"nothing is on record for revision {revision} of {service}; deploy it with a ledger row."
            return Observed(None, Status.FAIL, Output.MISSING, told)
        differing = sorted(name for name in {*here, *recorded} if here.get(name) != recorded.get(name))
        return Observed(len(differing), sentence=f"not as on record: {', '.join(differing)}" if differing else "")

    return observe
