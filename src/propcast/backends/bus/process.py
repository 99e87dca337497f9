"""A delivery loop as a process of its own."""

import asyncio
import signal

import uvloop

from propcast.backends.bus.delivery import Delivery


def serve(delivery: Delivery) -> None:
    """Deliver until SIGTERM or SIGINT, then stop as `Delivery.run` does; a second signal changes nothing."""
    uvloop.run(_until_signalled(delivery))


async def _until_signalled(delivery: Delivery) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await delivery.run(stop)
