"""How traffic moves and a revision goes: the router is asked what is so, fence and etag say who may change it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from propcast.delivery.targets.local.book import Book
from propcast.delivery.targets.local.fencing import forget_fence, pass_fence
from propcast.delivery.targets.local.plan import PLACEHOLDER, Slot
from propcast.delivery.targets.local.programs import revision_name, router_name
from propcast.delivery.targets.local.runtime import Runtime
from propcast.delivery.targets.port import TargetRefused, Traffic
from propcast.delivery.targets.weights import etag_of, placeholder_of, require_unmoved, usable

_POLL_S = 0.05


@dataclass(frozen=True)
class Desk:
    """Moves traffic and retires revisions."""

    book: Book

    async def traffic(self, service: str) -> Traffic:
        """Return what the router does."""
        kept = self.book.service(service)
        shares = await Runtime(service).shares()
        named = {slot.label: slot.name for slot in kept.slots} | {PLACEHOLDER: placeholder_of(service)}
        weights = {named.get(label, label): share for label, share in shares.items()}
        return Traffic(weights, etag_of(weights, kept.names))

    async def share(self, service: str, weights: Mapping[str, int], etag: str, token: int) -> Traffic:
        """Move traffic; whom the fence or the etag keeps out changes nothing."""
        async with self.book.locks[service]:
            kept = self.book.service(service)
            shares = usable(weights, kept.labels)
            require_unmoved(service, etag, (await self.traffic(service)).etag)
            await asyncio.to_thread(pass_fence, self.book.means.state, service, token)
            by_label = {kept.labels[name]: share for name, share in shares.items()}
            moved = self.book.put(kept.model_copy(update={"shares": by_label}))
            await Runtime(service).share(moved)
            return await self.traffic(service)

    async def retire(self, service: str, name: str) -> None:
        """Let a revision without traffic finish what it is answering, then end it; meanwhile traffic can be moved."""
        slot = await self._leaving(service, name)
        if slot is None:
            return
        await self._until_idle(service, slot)
        await self.book.means.keeping.stop(revision_name(service, name))
        async with self.book.locks[service]:
            await Runtime(service).empty(slot)
            self.book.put(self.book.service(service).without(name))

    async def remove(self, service: str) -> None:
        """End everything of a service at once, its router too; one that is gone is fine."""
        async with self.book.locks[service]:
            kept = self.book.plan.services.get(service)
            if kept is None:
                return
            names = [router_name(service), *(revision_name(service, slot.name) for slot in kept.slots)]
            await asyncio.gather(*(self.book.means.keeping.stop(name) for name in names))
            await asyncio.to_thread(forget_fence, self.book.means.state, service)
            self.book.forget(service)

    async def _leaving(self, service: str, name: str) -> Slot | None:
        """Take a revision out of what there is; None when no process has to be ended for it."""
        async with self.book.locks[service]:
            kept = self.book.plan.services.get(service)
            if kept is None or name not in kept.names:
                return None
            share = (await self.traffic(service)).weights.get(name)
            if share:
                raise TargetRefused(f"{name} has {share} % of the traffic; move it first")
            slot = kept.slot(name)
            if slot is None:
                self.book.put(kept.model_copy(update={"has_placeholder": False}))
            else:
                left = self.book.put(kept.with_slot(slot.model_copy(update={"retiring": True, "tag": ""})))
                await Runtime(service).name(left)
            return slot

    async def _until_idle(self, service: str, slot: Slot) -> None:
        until = time.monotonic() + self.book.means.drain_s
        while await Runtime(service).at_work(slot) and time.monotonic() < until:
            await asyncio.sleep(_POLL_S)
