"""Mischief with the six on Google's emulators: processes killed, or frozen longer than their leases; pushes astray."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, Self

from google.pubsub_v1 import types

from propcast.backends.state import dispatcher, leases
from propcast.backends.state.leases import LEASES, Lease
from propcast.backends.state.port import State, Where
from propcast.core.errors import StoreUnavailable
from propcast.core.instants import text_of
from propcast.pipeline.batch import sweeping
from propcast.service.supervision.processes import ProcessId, process_id
from tests.chaos.launcher import PATIENCE
from tests.chaos.plant import Plant
from tests.emulators.postman import Postman

KILLS, BETWEEN_S = 8, (4.0, 10.0)
FREEZES = 2
"""Of so many services one process at most: somebody has to hold a lease while there is work left."""
SHARE = 0.08
"""So many pushes are lost, so many come twice, and of so many the answer is lost."""
PATIENT = {PATIENCE: "40"}
"""The supervisor starts nobody anew who is only frozen; otherwise it would after 15 s, and no lease ended before."""
_LOOK_S, _PAST = 0.3, timedelta(seconds=2)
_NO_WORK = (dispatcher.RESOURCE, sweeping.RESOURCE)


class Careless(Postman):
    """Loses pushes, carries others twice, and forgets what was answered."""

    rng: ClassVar = random.Random(5)  # noqa: S311
    faults: ClassVar[Counter[str]] = Counter()

    def _post(self, url: str, body: bytes, found: types.Subscription) -> int:
        dice = self.rng.random()
        if dice < SHARE:
            self.faults["lost"] += 1
            return 503
        status = super()._post(url, body, found)
        if dice < 2 * SHARE:
            self.faults["doubled"] += 1
            return super()._post(url, body, found)
        if dice < 3 * SHARE:
            self.faults["not answered"] += 1
            return 503
        return status


class Mischief:
    """Kills services one after the other, and freezes those who work under a lease until it has ended."""

    def __init__(self, plant: Plant, state: State, rng: random.Random) -> None:
        self.kills: Counter[str] = Counter()
        self.thawed: list[str] = []
        """What those worked on who woke up without their lease."""
        self.faults: list[str] = []
        self._frozen: dict[ProcessId, Lease] = {}
        self._victims: set[str] = set()
        self._plant, self._state, self._rng = plant, state, rng
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._until_over, args=(each,)) for each in (self._kill, self._freeze)]

    @property
    def is_done(self) -> bool:
        """Whether there were kills enough, somebody was frozen, and nobody is any more."""
        return self.kills.total() == KILLS and bool(self.thawed) and not self._frozen

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for process in self._frozen:
            process.signal(signal.SIGCONT)

    def _until_over(self, trick: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                trick()
            except StoreUnavailable as error:  # the emulator lets two who read the same wait for each other
                self.faults.append(str(error))

    def _kill(self) -> None:
        self._over.wait(self._rng.uniform(*BETWEEN_S))
        kept = {name: each for name, each in self._plant.found().items() if each not in self._frozen}
        if kept and self.kills.total() < KILLS and not self._over.is_set():
            name = self._rng.choice(sorted(kept))
            self.kills[name] += kept[name].signal(signal.SIGKILL)

    def _freeze(self) -> None:
        self._over.wait(_LOOK_S)
        if len(self._victims) < FREEZES:
            self._freeze_one()
        for process, lease in list(self._frozen.items()):
            if self._has_ended(lease):
                self.thawed += [lease.resource] if process.signal(signal.SIGCONT) else []
                del self._frozen[process]

    def _freeze_one(self) -> None:
        for lease in self._held():
            name, number, _ = lease.holder.split()
            process = process_id(int(number))
            if name not in self._victims and process is not None and process.signal(signal.SIGSTOP):
                self._victims.add(name)
                self._frozen[process] = lease
                return

    def _held(self) -> list[Lease]:
        """Return the leases under which one of the six works now."""
        found = self._state.find(LEASES, [Where("expires_at", ">", text_of(self._state.now()))])
        held = [leases.newest_lease(self._state, each.key) for each in found if each.key not in _NO_WORK]
        return [lease for lease in held if lease is not None and lease.holder.split()[0] in self._plant.services]

    def _has_ended(self, lease: Lease) -> bool:
        newest = leases.newest_lease(self._state, lease.resource)  # it may have been renewed a last time
        return newest is None or newest.token != lease.token or newest.expires_at + _PAST < self._state.now()
