"""The running configuration against the one on record for this revision."""

from collections.abc import Mapping

from propcast.backends.state.port import Body, Collection, State
from propcast.core.identity import short_hash
from propcast.core.instants import text_of
from propcast.service.health.body import Status
from propcast.service.health.checks import Bounds, Observe, Observed, Output

RELEASES = Collection("releases", ("service", "revision", "at"))

LOCAL, ELSEWHERE = Bounds(warn=1), Bounds(fail=1)
"""On one machine whoever starts a service may change it; elsewhere a difference means that the wrong thing runs."""


def record_release(state: State, service: str, revision: str, config: Mapping[str, str]) -> None:
    """Put on record how a revision is configured, values as hashes; on one machine starting it is deploying it."""
    hashes: Body = {**_hashed(config)}

    def put(at: str) -> Body:
        return {"service": service, "revision": revision, "at": at, "config": hashes}

    state.transact(lambda tx: tx.put(RELEASES, f"{service} {revision}", put(text_of(tx.now))))


def release_differences(state: State, service: str, revision: str, config: Mapping[str, str]) -> Observe:
    """Return an observation that counts the variables that differ from the record, and names them."""
    here = _hashed(config)

    def observe() -> Observed:
        row = state.get(RELEASES, f"{service} {revision}")
        if row is None:
            told = f"nothing is on record for revision {revision} of {service}; deploy it with a ledger row."
            return Observed(None, Status.FAIL, Output.MISSING, told)
        kept = row["config"]
        recorded = kept if isinstance(kept, dict) else {}
        differing = sorted(name for name in {*here, *recorded} if here.get(name) != recorded.get(name))
        return Observed(len(differing), sentence=f"not as on record: {', '.join(differing)}" if differing else "")

    return observe


def _hashed(config: Mapping[str, str]) -> dict[str, str]:
    return {name: short_hash(value, length=12) for name, value in config.items()}
