"""A storm of deliveries of what has failed for good is one piece of work and no queries."""

import os
import time
from collections import Counter

import pytest

from propcast.pipeline.batch.states import ShardState
from propcast.pipeline.batch.working import run_shard
from propcast.pipeline.outcomes import Outcome
from tests.pipeline.batch.memory import MemoryObjects, MemoryWarehouse
from tests.pipeline.batch.slates import Pair

REDELIVERIES = int(os.environ.get("PROPCAST_CHAOS_REDELIVERIES", "5000"))
"""A million in `make chaos`."""


@pytest.mark.chaos
@pytest.mark.timeout(3600)
@pytest.mark.proves("B12", "L30")
def test_a_permanent_failure_is_worked_on_once_however_often_it_comes_again(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = pair.begun()
    request = pair.requests(batch)[0]
    asked = _counted(pair, monkeypatch)
    assert batch.inputs is not None
    pair.backends.objects.blobs[batch.inputs.key] = b"cut off"  # type: ignore[attr-defined]

    assert pair.work(request).outcome is Outcome.PERMANENT
    effects, after_first = pair.shards(batch), asked.copy()
    started = time.monotonic()
    outcomes = Counter(
        run_shard(pair.backends, request, message_key=f"{n}", holder=f"worker {n % 7}", rules=pair.rules).outcome
        for n in range(REDELIVERIES)
    )

    with capsys.disabled():
        print(f"  {REDELIVERIES} redeliveries in process in {time.monotonic() - started:.1f} s: {dict(outcomes)}")  # noqa: T201
    assert outcomes == {Outcome.DUPLICATE: REDELIVERIES}
    assert asked == after_first
    assert pair.shards(batch) == effects
    assert [shard.takes for shard in effects if shard.state is ShardState.FAILED] == [1]
    assert len(pair.readies()) == 1


def _counted(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is asked of warehouse and objects from now on."""
    asked: Counter[str] = Counter()
    objects, read = MemoryObjects.get, MemoryWarehouse.read

    def get(self: MemoryObjects, key: str) -> bytes:
        asked["objects"] += 1
        return objects(self, key)

    def query(self: MemoryWarehouse, *told: object, **named: object) -> object:
        asked["queries"] += 1
        return read(self, *told, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryObjects, "get", get)
    monkeypatch.setattr(MemoryWarehouse, "read", query)
    return asked
