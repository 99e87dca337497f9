"""How a revision comes to be, and the service around the first one."""

import asyncio
import time
from dataclasses import dataclass

from propcast.delivery.targets.local.book import Book
from propcast.delivery.targets.local.plan import SLOTS, Service, Slot
from propcast.delivery.targets.local.ports import free_ports
from propcast.delivery.targets.local.programs import router_name, router_program
from propcast.delivery.targets.local.runtime import Runtime
from propcast.delivery.targets.port import TargetRefused, TargetUnavailable
from propcast.service.supervision.ports import PortTaken, require_free
from propcast.service.supervision.program import Program

_POLL_S = 0.05


@dataclass(frozen=True)
class Staging:
    """Starts what shall be there; nothing of it gets traffic."""

    book: Book

    async def stage(self, service: str, slot: Slot, port: int, *, create: bool) -> Service:
        """Start a revision; its place, port and birth are given here, unless it is there already."""
        async with self.book.locks[service]:
            if create and service not in self.book.plan.services:
                await self._create(service, port)
            kept = self.book.service(service)
            before = kept.slot(slot.name)
            if before is None:
                return await self._add(kept, slot)
            if before.retiring:
                raise TargetUnavailable(f"{slot.name} is being retired; ask again once it is gone")
            if not before.same_content(slot):
                raise TargetRefused(f"{slot.name} is there with other content; give this one another name")
            tagged = self.book.put(kept.with_slot(before.model_copy(update={"tag": slot.tag})))
            await Runtime(service).name(tagged)
            return tagged

    async def prove(self, service: str, name: str, config_hash: str) -> Service:
        """Take note that a revision has said who it is: from now on it may have traffic."""
        async with self.book.locks[service]:
            kept = self.book.service(service)
            slot = kept.slot(name)
            if slot is None or slot.retiring:
                raise TargetRefused(f"{name} was retired while it started")
            return self.book.put(kept.with_slot(slot.model_copy(update={"config_hash": config_hash})))

    async def _create(self, name: str, port: int) -> None:
        alive, *tags = free_ports(1 + SLOTS)
        now = self.book.means.clock.now()
        made = Service(name=name, port=port, alive_port=alive, tag_ports=tuple(tags), created_at=now)
        try:
            require_free([Program(name, "", port=port)])
        except PortTaken as error:
            raise TargetRefused(str(error)) from error
        self.book.put(made)
        self.book.means.keeping.start(router_program(made))
        try:
            await self._until_up(name)
        except TargetUnavailable:
            await self.book.means.keeping.stop(router_name(name))
            self.book.forget(name)
            raise

    async def _until_up(self, service: str) -> None:
        until = time.monotonic() + self.book.means.router_s
        while True:
            try:
                await Runtime(service).shares()
            except TargetUnavailable as error:
                if time.monotonic() > until:
                    log = f"logs/{router_name(service)}.log"
                    raise TargetUnavailable(f"the router of {service} does not come up; {log} says why") from error
                await asyncio.sleep(_POLL_S)
            else:
                return

    async def _add(self, kept: Service, slot: Slot) -> Service:
        number = kept.free_number()
        if number is None:
            raise TargetRefused(f"{kept.name} has {SLOTS} revisions; retire one of {', '.join(kept.names)}")
        born = {"number": number, "port": free_ports(1)[0], "created_at": self.book.means.clock.now()}
        added = slot.model_copy(update=born)
        wider = self.book.put(kept.with_slot(added))
        self.book.start(wider, added)
        await Runtime(kept.name).fill(wider, added)
        return wider
