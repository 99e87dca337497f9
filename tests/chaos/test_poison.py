"""What can never succeed ends once, on record, after few deliveries, and holds nobody up."""

import base64
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from propcast.backends.bus import tokens
from propcast.backends.bus.port import Body
from propcast.backends.compose import Backends
from propcast.backends.secrets.local import PUSH_KEY
from propcast.backends.state import deadletters
from propcast.pipeline.batch.filing import BATCHES, find_batch, save, shards_of
from propcast.pipeline.batch.states import BatchState, ShardState
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from tests.chaos.plant import Plant
from tests.chaos.poison import Poison, table
from tests.chaos.proxy import Proxy
from tests.chaos.slates import Kick, kicks_of, open_now

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

MESSAGES = int(os.environ.get("PROPCAST_CHAOS_MESSAGES", "400"))
REDELIVERIES = int(os.environ.get("PROPCAST_CHAOS_REDELIVERIES_HTTP", "1000"))
AT_ONCE = 8
PATIENCE_S = 240.0
MESSAGE_S = 0.1
"""Many times what a message takes."""
MOST_LOOKS = 32
"""Inputs that are not complete are looked for every 30 s for a quarter of an hour."""


@dataclass
class Site:
    """Services that nothing disturbs, one published slate, and a count of every push."""

    backends: Backends
    plant: Plant
    proxy: Proxy
    kicks: list[Kick]

    def publish(self, topic: Topic, body: Body, **attributes: str) -> str:
        (number,) = self.backends.bus.publish(topic, [(body, attributes)])
        return number

    def kick(self, kick: Kick) -> None:
        message = RawReady(sport=kick.sport, game_day=kick.day.date, as_of=kick.as_of)
        self.publish(Topic.RAW_READY, {**body_of(message)}, **attributes_of(message))

    def dead(self) -> list[deadletters.DeadLetter]:
        return deadletters.find(self.backends.state, limit=10_000)

    def pushes(self, message_id: str) -> int:
        return sum(n for (_, number), n in self.proxy.traffic.pushes.items() if number == message_id)

    def post(self, service: str, path: str, bodies: Iterable[bytes]) -> Counter[int]:
        """Push bodies as the bus would, several at once and past the proxy; return the answers."""
        audience, there = self.plant.urls[service], f"http://127.0.0.1:{self.plant.ports[service]}{path}"
        key = tokens.push_keys(self.backends.secrets.get(PUSH_KEY))[0]

        def push(body: bytes) -> int:
            bearer = {"Authorization": f"Bearer {tokens.sign(key, audience, self.backends.clock.now())}"}
            return client.post(there, content=body, headers=bearer).status_code

        with httpx.Client(timeout=60, verify=False) as client, ThreadPoolExecutor(AT_ONCE) as pool:  # noqa: S501 - plain HTTP
            return Counter(pool.map(push, bodies))


def until(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    over = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < over, "it never came to that"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def site(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("poison")
    home = folder / "home"
    shutil.copytree(template, home)
    plant = Plant(home, folder / "supervisor.err", random.Random(1))
    with Proxy(plant.ports, random.Random(1)) as proxy:
        plant.urls = proxy.urls
        with plant:
            until(plant.answers)
            backends = open_now(home)
            site = Site(backends, plant, proxy, kicks_of(backends, 1000))
            site.kick(site.kicks[0])
            until(lambda: backends.ledger.current(site.kicks[0].sport, site.kicks[0].day) is not None)
            yield site
        assert plant.survivors() == []


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def told(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    return told


@pytest.mark.proves("B6", "L30", "L31")
def test_every_poison_has_one_recorded_end_and_few_deliveries(site: Site, say: Callable[[str], None]) -> None:
    rows = table(site.kicks[0])
    ids = {poison.name: site.publish(poison.topic, poison.body, **poison.attributes) for poison in rows}

    def letters(poison: Poison) -> list[deadletters.DeadLetter]:
        return [each for each in site.dead() if each.payload == poison.body]

    until(lambda: all(letters(poison) for poison in rows))
    say(f"  {'poison':<22}{'pushes':>7}{'looks':>7}  end")
    for poison in rows:
        (letter,) = letters(poison)
        looks = site.proxy.traffic.looks[ids[poison.name]]
        say(f"  {poison.name:<22}{site.pushes(ids[poison.name]):>7}{looks:>7}  {letter.reason[:90]}")
        assert letter.reason.startswith(poison.reason) or poison.reason in letter.reason
        assert site.pushes(ids[poison.name]) <= 8
        assert looks <= (MOST_LOOKS if poison.reason == "deadline passed" else 1)
    assert max(site.proxy.traffic.charged.values(), default=0) <= 8


@pytest.mark.proves("B6")
def test_a_body_that_is_no_envelope_is_acknowledged_and_recorded_once(site: Site) -> None:
    bodies = [b"", b"{", b"[]", b'{"message": {}}', b'{"message": {"data": "%%%", "messageId": "1"}}']
    before = len(site.dead())
    codes = site.post("prediction-worker", "/predict", bodies * 3)
    assert codes == {204: 3 * len(bodies)}
    assert len(site.dead()) - before == len(bodies)


@pytest.mark.proves("B6", "B12", "L30")
def test_a_model_that_is_not_the_pinned_one_fails_its_batch_for_good(site: Site, say: Callable[[str], None]) -> None:
    kick = next(each for each in site.kicks if each.sport == "nba" and str(each.day) >= "2024-12-07")
    site.backends.bus.pause("prediction-request.prediction-worker")
    known = {each.key for each in site.backends.state.find(BATCHES)}
    site.kick(kick)
    until(lambda: bool({each.key for each in site.backends.state.find(BATCHES)} - known))
    (batch_id,) = {each.key for each in site.backends.state.find(BATCHES)} - known
    batch = find_batch(site.backends.state, batch_id)
    assert batch is not None
    assert batch.models
    wrong = replace(batch.models[0], blob=replace(batch.models[0].blob, sha256="0" * 64))
    site.backends.state.transact(lambda tx: save(tx, replace(batch, models=(wrong, *batch.models[1:]))))
    site.backends.bus.resume("prediction-request.prediction-worker")

    def state() -> BatchState | None:
        found = find_batch(site.backends.state, batch_id)
        return None if found is None or found.is_open else found.state

    until(lambda: state() is BatchState.FAILED)
    shards = shards_of(site.backends.state, batch_id)
    assert {shard.state for shard in shards} == {ShardState.FAILED}
    assert {shard.takes for shard in shards} == {1}
    letters = [
        each for each in site.dead() if isinstance(each.payload, dict) and each.payload.get("batch_id") == batch_id
    ]
    assert len(letters) == len(shards)
    envelope = httpx.Request("POST", "http://x", json=_envelope(letters[0])).content
    started = time.monotonic()
    codes = site.post("prediction-worker", "/predict", [envelope] * REDELIVERIES)
    say(f"  {REDELIVERIES} redeliveries of a permanent failure in {time.monotonic() - started:.1f} s: {dict(codes)}")
    assert codes == {204: REDELIVERIES}
    assert shards_of(site.backends.state, batch_id) == shards
    assert len([e for e in site.dead() if e.message_id == letters[0].message_id]) == 1


def _envelope(letter: deadletters.DeadLetter) -> dict[str, object]:
    message = {
        "data": base64.b64encode(json.dumps(letter.payload).encode()).decode(),
        "attributes": dict(letter.attributes),
        "messageId": letter.message_id,
        "publishTime": "2026-01-01T00:00:00Z",
    }
    return {"message": message, "subscription": "prediction-request.prediction-worker", "deliveryAttempt": 2}


@pytest.mark.proves("B7")
def test_poison_among_many_messages_touches_no_other(site: Site, say: Callable[[str], None]) -> None:
    kick = site.kicks[0]
    current = site.backends.ledger.current(kick.sport, kick.day)
    assert current is not None
    (shard, *_) = shards_of(site.backends.state, current.batch_id)
    good: Body = {
        "schema_version": 1, "sport": kick.sport.value, "game_day": str(kick.day), "batch_id": current.batch_id,
        "shard_id": shard.shard_id, "ordinal": 0, "state": "done", "token": 1,
    }  # fmt: skip
    bodies: list[tuple[Body, dict[str, str]]] = [
        ({**good, "ordinal": n, "state": "done" if n % 100 else "cursed"}, {}) for n in range(MESSAGES)
    ]
    before, started = len(site.dead()), time.monotonic()
    ids = site.backends.bus.publish(Topic.PREDICTION_READY, bodies)
    name = f"{Topic.PREDICTION_READY}.prediction-coordinator"
    until(lambda: site.backends.bus.backlog(name).messages == 0, PATIENCE_S + MESSAGES * MESSAGE_S)
    took = time.monotonic() - started
    dead = site.dead()[: len(site.dead()) - before]
    charged = [number for (_, number), n in site.proxy.traffic.charged.items() if n and number in set(ids)]
    say(f"  {MESSAGES} messages, {len(dead)} of them poison, in {took:.1f} s; charged: {len(charged)}")
    assert {each.message_id for each in dead} == {number for n, number in enumerate(ids) if n % 100 == 0}
    assert not charged
