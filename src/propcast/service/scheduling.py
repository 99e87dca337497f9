"""The scheduler of the day as a process."""

import asyncio

from propcast.core.clock import SystemClock
from propcast.service.supervision.working import until_told, write_events


def main() -> None:
    write_events("scheduler", SystemClock(), "INFO")
    asyncio.run(until_told(lambda stop: stop.wait()))


if __name__ == "__main__":
    main()
