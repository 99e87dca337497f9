"""How each revision is configured, as it was put on record when it was deployed: values as hashes."""

from collections.abc import Mapping

from propcast.backends.state.port import Body, Collection, Reader, State
from propcast.core.identity import short_hash
from propcast.core.instants import text_of

RELEASES = Collection("releases", ("service", "revision", "at"))


def record_release(state: State, service: str, revision: str, config: Mapping[str, str]) -> None:
    """Put on record how a revision is configured."""
    hashes: Body = {**hashed(config)}

    def put(at: str) -> Body:
        return {"service": service, "revision": revision, "at": at, "config": hashes}

    state.transact(lambda tx: tx.put(RELEASES, f"{service} {revision}", put(text_of(tx.now))))


def recorded_release(reader: Reader, service: str, revision: str) -> dict[str, str] | None:
    """Return the hashes on record for a revision, by variable; None when there are none."""
    row = reader.get(RELEASES, f"{service} {revision}")
    if row is None:
        return None
    kept = row["config"]
    return {name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}


def hashed(config: Mapping[str, str]) -> dict[str, str]:
    """Return a configuration with every value as its hash."""
    return {name: short_hash(value, length=12) for name, value in config.items()}
