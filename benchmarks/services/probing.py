"""Asks addresses at fixed instants, in a process that does nothing else, so that no stall of its own is measured.

python -m benchmarks.services.probing RATE SECONDS URL...     prints one JSON document of milliseconds and failures
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import uvloop

WARM_S = 1.0
"""So long it asks before anything counts: connections are opened meanwhile, and code is loaded."""


@dataclass
class Load:
    """Asks at fixed instants, whatever the answers do, so that a stall counts for everybody whom it made wait.

    Attributes:
        late: how late each question was sent; the fault of this process, and counted all the same.
    """

    urls: Sequence[str]
    rate: int
    seconds: float
    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    failures: int = 0

    async def run(self) -> None:
        """Ask until the time is over."""
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            await self._ask_all(session, WARM_S)
            self.latencies, self.late, self.failures = [], [], 0
            gc.collect()
            gc.freeze()
            await self._ask_all(session, self.seconds)

    async def _ask_all(self, session: aiohttp.ClientSession, seconds: float) -> None:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as asking:
            for number in range(int(self.rate * seconds)):
                due = began + number / self.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                asking.create_task(self._ask(session, self.urls[number % len(self.urls)], due))

    async def _ask(self, session: aiohttp.ClientSession, url: str, due: float) -> None:
        self.late.append(1000 * (time.perf_counter() - due))
        try:
            async with session.get(url) as answer:
                await answer.read()
                self.failures += answer.status != 200
        except (aiohttp.ClientError, TimeoutError):
            self.failures += 1
        self.latencies.append(1000 * (time.perf_counter() - due))


def main() -> None:
    """Ask as the command line says."""
    rate, seconds, *urls = sys.argv[1:]
    asked = Load(urls, int(rate), float(seconds))
    uvloop.run(asked.run())
    told = {"latencies": asked.latencies, "late": asked.late, "failures": asked.failures}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
