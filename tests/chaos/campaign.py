"""Slates made by real processes while everything goes wrong, compared with those that nothing disturbed."""

import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
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
from tests.chaos.tally import Tally

KEEP = "PROPCAST_CHAOS_KEEP" in os.environ
"""Keep homes in which all was well, too."""
AT_ONCE = 3
"""Days that are in the works at the same time."""
SLATE_S = 400.0
"""A slate that is not complete by then is lost; many times what it takes when a third of the time nothing works."""
READY_S = 300.0
QUIET_S = 60.0
_POLL_S = 0.1

T = TypeVar("T")


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
            self.tally.divisors.append(plant.divisor)
            self.say(f"{_now()} a new home, times divided by {plant.divisor:g}")
            with Proxy(plant.ports, _rng(self.rng)) as proxy:
                plant.urls = proxy.urls
                with plant, self._kept(plant):
                    self._play(plant, volume, proxy)
                self.tally.faults += [f"process {pid} outlives its plant" for pid in plant.survivors()]

    @contextmanager
    def _kept(self, plant: Plant) -> Iterator[None]:
        """Keep the home, with its logs and stores, when something in it went wrong."""
        before = len(self.tally.wrongs)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the edge of a round: what broke it is told with the counts
            self.tally.faults.append(f"the round broke: {type(error).__name__}: {error}")
        went_wrong = len(self.tally.wrongs) > before
        if went_wrong:
            self.tally.faults += [f"the supervisor last said: {said}" for said in plant.last_words()]
        if went_wrong or KEEP:
            shutil.copytree(plant.home, self.folder / "kept", ignore_dangling_symlinks=True, ignore=_pipes)
            self.tally.kept.append(f"{self.folder}/kept, and mischief.log beside it")

    def _play(self, plant: Plant, volume: Volume, proxy: Proxy) -> None:
        _until(plant.answers, READY_S, "the services do not answer")
        backends = open_now(plant.home)
        days = [(kicks[0].sport, kicks[0].day) for kicks in days_of(self.kicks)]
        with Reader(backends, days) as reader:
            proxy.rage()
            with Monkey(plant, volume, _rng(self.rng), self.folder / "mischief.log") as monkey:
                self._kick_all(backends)
            proxy.calm()
            _until(plant.answers, READY_S, "the services do not answer any more")
            self._wait_for_quiet(backends, plant)
        self.tally.count(monkey, proxy.traffic, reader)
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
                self.tally.takes.append(took)
                if fault:
                    self.tally.faults.append(f"{kick.sport} {kick.day} as of {kick.as_of:%H:%M}: {fault}")
            self._compare(backends, kick)
            self.say(f"{self.tally.slates:>4} {_now()} {kick.sport} {kick.day} {took:6.1f} s {fault}")

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
        there = [each.name for each in subscriptions(Places(plant.urls, divisor=1)) if _is_served(each.name)]

        def is_quiet() -> bool:
            waiting = any(backends.bus.backlog(name).messages != 0 for name in there)
            is_open = backends.state.find(BATCHES, [Where("is_open", "==", True)], limit=1)
            return not waiting and not is_open and not outbox.due(backends.state, 1)

        try:
            _until(is_quiet, QUIET_S, "")
        except TimeoutError:
            left = {name: backends.bus.backlog(name).messages for name in there}
            self.tally.faults.append(f"it does not get quiet: { ({k: v for k, v in left.items() if v}) } wait")

    def _judge(self, backends: Backends) -> None:
        tally = self.tally
        tally.doubled += doubled(backends)
        tally.dead_letters.update(each.topic for each in deadletters.find(backends.state, limit=1000))
        last = {(kick.sport, kick.day): kick for kick in self.kicks}
        for kick in last.values():
            found = content_of(backends, kick.sport, kick.day)
            if found != self.wanted.slates[kick]:
                tally.different.append(f"{kick} at the end: {_difference(found, self.wanted.slates[kick])}")
        hashes = table_hashes(backends)
        tally.compared += len(hashes)
        tally.tables += [name for name, wanted in self.wanted.tables.items() if hashes[name] != wanted]


_TALLY = threading.Lock()


def run(folder: Path, template: Path, wanted: Undisturbed, n: int, seed: int, say: Callable[[str], None]) -> Tally:
    """Run the slates of the undisturbed run in new homes, until there were `n` and half as many kills."""
    tally, rng, started = Tally(), random.Random(seed), time.monotonic()
    while (tally.slates < n or tally.kills.total() < n / 2) and not tally.is_bad:
        folder_of_round = folder / f"round-{tally.rounds}"
        Round(folder_of_round, template, list(wanted.slates), wanted, _rng(rng), tally, say).run()
        tally.rounds += 1
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


def _is_served(subscription: str) -> bool:
    return not subscription.startswith("scratch")


def _pipes(folder: str, names: list[str]) -> list[str]:
    """Return what cannot be copied."""
    return [name for name in names if (Path(folder) / name).is_fifo()]


def _until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(otherwise)
        time.sleep(_POLL_S)


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%S}"


def _rng(rng: random.Random) -> random.Random:
    return random.Random(rng.getrandbits(64))
