"""Speaks with a running router through its runtime socket: what it does now is asked of it and changed here alone."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from propcast.delivery.targets.local.plan import Service, Slot, label_of
from propcast.delivery.targets.local.routing import PUBLIC, names_map, shares_map
from propcast.delivery.targets.port import TargetError, TargetUnavailable

_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Runtime:
    """The runtime socket of a service's router, in the folder where that and this process run."""

    service: str

    async def shares(self) -> dict[str, int]:
        """Return the percents by label as the router has them."""
        told = await self._lines(f"show map {self.service}.shares")
        return dict(Counter(line.split()[2] for line in told))

    async def share(self, service: Service) -> dict[str, int]:
        """Share out as the plan says, all in one step, and return what is so now."""
        await self._replace_map(f"{service.name}.shares", shares_map(service))
        for number in range(len(service.tag_ports)):
            label = label_of(number)
            await self._do(f"set server {PUBLIC}/{label} weight {service.shares.get(label, 0)}")
        return await self.shares()

    async def fill(self, service: Service, slot: Slot) -> None:
        """Let a place lead to a revision."""
        await self.name(service)
        for backend in (PUBLIC, slot.label):
            await self._do(f"set server {backend}/{slot.label} addr 127.0.0.1 port {slot.port}")
            await self._do(f"set server {backend}/{slot.label} state ready")

    async def name(self, service: Service) -> None:
        """Know who is in each place and has each tag as the plan says."""
        await self._replace_map(f"{service.name}.names", names_map(service))

    async def empty(self, slot: Slot) -> None:
        """Let a place lead nowhere."""
        for backend in (PUBLIC, slot.label):
            await self._do(f"set server {backend}/{slot.label} state maint")

    async def at_work(self, slot: Slot) -> int:
        """Return how many requests the revision in a place is answering."""
        lines = [line for backend in (PUBLIC, slot.label) for line in await self._lines(f"show servers conn {backend}")]
        mine = [line.split() for line in lines if line.split()[0].endswith(f"/{slot.label}")]
        return sum(int(used) for _, _, _, _, _, _, used, *_ in mine)

    async def _replace_map(self, name: str, text: str) -> None:
        version = (await self._ask(f"prepare map {name}")).rpartition(":")[2].strip()
        if not version.isdigit():
            raise TargetError(f"the router of {self.service} does not know its map {name}")
        await self._do(f"add map @{version} {name} <<\n{text}")
        await self._do(f"commit map @{version} {name}")

    async def _do(self, command: str) -> None:
        """Run a command that says nothing, or something harmless, when all is well."""
        said = (await self._ask(command)).strip()
        if said and not said.startswith(("no need to change", "IP changed", "port changed")) and "changed" not in said:
            raise TargetError(f"the router of {self.service} refused {command.splitlines()[0]!r}: {said}")

    async def _lines(self, command: str) -> Sequence[str]:
        return [line for line in (await self._ask(command)).splitlines() if line and not line.startswith("#")]

    async def _ask(self, command: str) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(f"{self.service}.sock")
                try:
                    writer.write(f"{command}\n".encode())
                    await writer.drain()
                    return (await reader.read(-1)).decode()
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise TargetUnavailable(f"the router of {self.service} does not answer: {error}; ask again") from error
