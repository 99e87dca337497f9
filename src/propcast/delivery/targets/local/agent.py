"""The agent of the local target: the one process of a home that keeps its revisions and routers and moves traffic."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import SystemClock
from propcast.delivery.targets.local.answering import Answering
from propcast.delivery.targets.local.book import Book, Means
from propcast.delivery.targets.local.keeping import Keeping
from propcast.delivery.targets.local.questions import JOURNAL, NAME, SOCKET, folder_of
from propcast.service.supervision import leftovers
from propcast.service.supervision.child import Leash
from propcast.service.supervision.events import Tell
from propcast.service.supervision.journal import Journal
from propcast.service.supervision.keeper import Surroundings
from propcast.service.supervision.logfile import LogFile
from propcast.service.supervision.place import AlreadyUp, Place
from propcast.service.supervision.record import Recorder
from propcast.service.supervision.running import Listeners
from propcast.service.supervision.times import Times


def main() -> int:
    """Read `home base-port` from the command line, and do what is asked until SIGTERM; then end everything."""
    home, base_port = Path(sys.argv[1]), int(sys.argv[2])
    place, clock, times = Place(home, NAME), SystemClock(), Times()
    folder_of(home).mkdir(parents=True, exist_ok=True)
    os.chdir(folder_of(home))
    try:
        with place.claimed(), LogFile(place.logs / JOURNAL) as file:
            leftovers.end(leftovers.left_behind(place), times.grace_s)
            recorder = Recorder(place.record_file, [], clock)
            tell = Listeners([recorder.tell, Journal(file, clock).tell]).tell
            try:
                asyncio.run(_keep(home, base_port, recorder, tell))
            finally:
                recorder.erase()
    except AlreadyUp:  # somebody else has started one at the same time
        return 0
    return 0


async def _keep(home: Path, base_port: int, recorder: Recorder, tell: Tell) -> None:
    stop, leash = asyncio.Event(), Leash()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    rng = random.Random()  # noqa: S311 - spreads restarts, protects nothing
    keeping = Keeping(Surroundings(leash, Place(home).logs, tell, rng), recorder)
    clock = SystemClock()
    state = SqliteState(home / "state.sqlite", clock)
    book = Book(Means(home, base_port, state, clock, keeping))
    try:
        book.resume()
        async with await asyncio.start_unix_server(Answering(book).converse, SOCKET):
            waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(keeping.broken.wait())]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
    finally:
        await keeping.stop_all()
        leash.close()


if __name__ == "__main__":
    sys.exit(main())
