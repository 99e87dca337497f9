"""Slates made by real processes while everything goes wrong, compared with those that nothing disturbed."""

import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from propcast.backends.compose import Backends
from propcast.backends.state import deadletters, outbox
from propcast.backends.state.port import Where
from propcast.core.errors import StoreUnavailable
from propcast.pipeline.batch.filing import BATCHES, find_batch
from propcast.pipeline.batch.records import Batch
from propcast.pipeline.batch.states import BatchState
from propcast.pipeline.messages import RawReady, Topic, attributes_of, body_of
from propcast.service.topics import Places, subscriptions
from tests.chaos.monkey import Monkey
from tests.chaos.plant import Plant, Volume
from tests.chaos.proxy import Proxy
from tests.chaos.reader import Reader
from tests.chaos.slates import Content, Kick, Undisturbed, content_of, days_of, doubled, open_now, table_hashes

AT_ONCE = 3
"""Days that are in the works at the same time."""
SLATE_S = 240.0
"""A slate that is not complete by then is lost; many times what it takes when a third of the time nothing works."""
READY_S = 300.0
QUIET_S = 60.0
_POLL_S = 0.1

T = TypeVar("T")


@dataclass
class Tally:
    """What happened, and what came of it.

    Attributes:
        lost, added: prediction ids that are missing from, or strange to, the current slates.
        tables: names of tables whose content is not that of the undisturbed run.
    """

    slates: int = 0
    seconds: float = 0.0
    lost: int = 0
    added: int = 0
    doubled: int = 0
    half_published: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    mischief: Counter[str] = field(default_factory=Counter)
    traffic: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    most_pushes: int = 0
    most_charged: int = 0
    most_handled: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    skipped: str = ""

    def text(self) -> str:
        """Return everything that was counted, for people."""
        lines = {
            "slates": f"{self.slates} in {self.seconds:.0f} s, slowest {self.slowest_s:.1f} s",
            "predictions": f"{self.lost} lost, {self.added} strange, {self.doubled} doubled",
            "half-published": f"{len(self.half_published)} of {_told(self.seen)}",
            "different from undisturbed": f"{len(self.different)} slates, {len(self.tables)} tables",
            "kills": f"{self.kills.total()}: {_told(self.kills)}",
            "mischief": _told(self.mischief) + (f"; disk full skipped: {self.skipped}" if self.skipped else ""),
            "pushes": _told(self.traffic),
            "per message at most": f"{self.most_pushes} pushes, {self.most_charged} of them charged; "
            f"{self.most_handled} copies handled",
            "dead letters": _told(self.dead_letters) or "0",
        }
        return "\n".join(f"  {name:<28}{value}" for name, value in lines.items())


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))


@dataclass
class Round:
    """One home, from its copy to its end, with as many slates as it has."""

    folder: Path
    template: Path
    kicks: Sequence[Kick]
    wanted: Undisturbed
    rng: random.Random
    tally: Tally
    say: Callable[[str], None]

    def run(self) -> None:
        """Make the slates under chaos, let it get quiet, and judge."""
        self.folder.mkdir(parents=True)
        with Volume(self.folder / "volume") as volume:
            home = volume.folder / "home"
            shutil.copytree(self.template, home)
            self.tally.skipped = volume.why_not
            plant = Plant(home, self.folder / "supervisor.err", _rng(self.rng))
            with Proxy(plant.ports, _rng(self.rng)) as proxy:
                plant.urls = proxy.urls
                with plant:
                    self._play(plant, volume, proxy)
                    if self.tally.faults or self.tally.different:
                        shutil.copytree(plant.home / "logs", self.folder / "logs")

    def _play(self, plant: Plant, volume: Volume, proxy: Proxy) -> None:
        _until(plant.answers, READY_S, "the services do not answer")
        backends = open_now(plant.home)
        days = [(kicks[0].sport, kicks[0].day) for kicks in days_of(self.kicks)]
        with Reader(backends, days) as reader:
            proxy.rage()
            with Monkey(plant, volume, _rng(self.rng)) as monkey:
                self._kick_all(backends)
            proxy.calm()
            _until(plant.answers, READY_S, "the services do not answer any more")
            self._wait_for_quiet(backends, plant)
        self._count(monkey, proxy, reader)
        self._judge(backends)

    def _kick_all(self, backends: Backends) -> None:
        with ThreadPoolExecutor(AT_ONCE, "slate") as pool:
            rngs = {day[0]: _rng(self.rng) for day in days_of(self.kicks)}
            list(pool.map(lambda day: self._kick_day(backends, day, rngs[day[0]]), days_of(self.kicks)))

    def _kick_day(self, backends: Backends, kicks: Sequence[Kick], rng: random.Random) -> None:
        for kick in kicks:
            started = time.monotonic()
            _publish(backends, kick, copies=rng.choice((1, 1, 2, 3)))
            fault = self._await(backends, kick)
            took = time.monotonic() - started
            with _TALLY:
                self.tally.slates += 1
                self.tally.slowest_s = max(self.tally.slowest_s, took)
                if fault:
                    self.tally.faults.append(f"{kick.sport} {kick.day} as of {kick.as_of:%H:%M}: {fault}")
            self._compare(backends, kick)
            self.say(f"{self.tally.slates:>4} {kick.sport} {kick.day} {took:6.1f} s {fault}")

    def _await(self, backends: Backends, kick: Kick) -> str:
        """Wait until the slate is whole; return what is wrong if it never is."""
        wanted, until = self.wanted.slates[kick].batch_id, time.monotonic() + SLATE_S
        while time.monotonic() < until:
            batch = _batch(backends, wanted)
            if batch is not None and batch.state is BatchState.PUBLISHED and not batch.is_open:
                return ""
            time.sleep(_POLL_S)
        return f"batch {wanted} is {_standing(_batch(backends, wanted))} after {SLATE_S:.0f} s"

    def _compare(self, backends: Backends, kick: Kick) -> None:
        found, wanted = _patiently(lambda: content_of(backends, kick.sport, kick.day)), self.wanted.slates[kick]
        with _TALLY:
            self.tally.lost += len(wanted.ids - (found.ids if found else frozenset()))
            self.tally.added += len((found.ids if found else frozenset()) - wanted.ids)
            if found != wanted:
                self.tally.different.append(f"{kick}: {_difference(found, wanted)}")

    def _wait_for_quiet(self, backends: Backends, plant: Plant) -> None:
        there = [each.name for each in subscriptions(Places(plant.urls, divisor=1)) if _is_served(each.name, plant)]

        def is_quiet() -> bool:
            waiting = sum(backends.bus.backlog(name).messages for name in there)
            is_open = backends.state.find(BATCHES, [Where("is_open", "==", True)], limit=1)
            return not waiting and not is_open and not outbox.due(backends.state, 1)

        try:
            _until(is_quiet, QUIET_S, "")
        except TimeoutError:
            left = {name: backends.bus.backlog(name).messages for name in there}
            self.tally.faults.append(f"it does not get quiet: { ({k: v for k, v in left.items() if v}) } wait")

    def _count(self, monkey: Monkey, proxy: Proxy, reader: Reader) -> None:
        tally, traffic = self.tally, proxy.traffic
        kills = {name: n for name, n in monkey.counts.items() if name.startswith("kill ")}
        tally.kills.update({name.removeprefix("kill "): n for name, n in kills.items()})
        tally.mischief.update({name: n for name, n in monkey.counts.items() if name not in kills})
        tally.traffic.update({str(fate): n for fate, n in traffic.fates.items()})
        tally.traffic["redelivered"] += traffic.redeliveries
        tally.traffic["in all"] += sum(traffic.pushes.values())
        tally.seen.update(reader.counts)
        tally.half_published += reader.faults
        tally.faults += monkey.faults
        tally.most_pushes = max(tally.most_pushes, *traffic.pushes.values())
        tally.most_charged = max(tally.most_charged, *traffic.charged.values(), 0)
        tally.most_handled = max(tally.most_handled, *traffic.handled.values())

    def _judge(self, backends: Backends) -> None:
        tally = self.tally
        tally.doubled += doubled(backends)
        tally.dead_letters.update(each.topic for each in deadletters.find(backends.state, limit=1000))
        last = {(kick.sport, kick.day): kick for kick in self.kicks}
        for kick in last.values():
            found = content_of(backends, kick.sport, kick.day)
            if found != self.wanted.slates[kick]:
                tally.different.append(f"{kick} at the end: {_difference(found, self.wanted.slates[kick])}")
        if {*self.kicks} == {*self.wanted.slates}:
            hashes = table_hashes(backends)
            tally.tables += [name for name, wanted in self.wanted.tables.items() if hashes[name] != wanted]


_TALLY = threading.Lock()


def run(folder: Path, template: Path, wanted: Undisturbed, n: int, seed: int, say: Callable[[str], None]) -> Tally:
    """Run `n` slates, in a new home whenever all slates of one have been made."""
    tally, rng, kicks = Tally(), random.Random(seed), list(wanted.slates)
    started = time.monotonic()
    for number, first in enumerate(range(0, n, len(kicks))):
        some = kicks[: min(len(kicks), n - first)]
        Round(folder / f"round-{number}", template, some, wanted, _rng(rng), tally, say).run()
    tally.seconds = time.monotonic() - started
    return tally


def _publish(backends: Backends, kick: Kick, copies: int) -> None:
    """Announce that raw data stand, as whoever fetched them does: again, too, when unsure whether it was heard."""
    message = RawReady(sport=kick.sport, game_day=kick.day.date, as_of=kick.as_of)
    for _ in range(copies):
        _patiently(lambda: backends.bus.publish(Topic.RAW_READY, [(body_of(message), attributes_of(message))]))


def _patiently(work: Callable[[], T]) -> T:
    until = time.monotonic() + QUIET_S
    while True:
        try:
            return work()
        except (StoreUnavailable, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(_POLL_S)


def _batch(backends: Backends, batch_id: str) -> Batch | None:
    return _patiently(lambda: find_batch(backends.state, batch_id))


def _standing(batch: Batch | None) -> str:
    return "unknown" if batch is None else f"{batch.state}, {batch.n_missing} missing, {batch.note}"


def _difference(found: Content | None, wanted: Content) -> str:
    if found is None:
        return "nothing is published"
    if found.batch_id != wanted.batch_id:
        return f"batch {found.batch_id} instead of {wanted.batch_id}"
    return f"{len(found.ids)} predictions instead of {len(wanted.ids)}, or other content"


def _is_served(subscription: str, plant: Plant) -> bool:
    return subscription.rpartition(".")[2] in plant.names and not subscription.startswith("scratch")


def _until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(_POLL_S)


def _rng(rng: random.Random) -> random.Random:
    return random.Random(rng.getrandbits(64))
