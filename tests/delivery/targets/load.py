"""People who ask a port all the while something is done to what is behind it."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from propcast.service.identity import REVISION_HEADER

PATIENCE_S = 60.0


@dataclass
class Load:
    """What was answered: `failed` says how, `answered` by which revision."""

    port: int
    path: str
    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask over one connection, again and again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.ended.is_set():
            try:
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                connection.close()
            else:
                if answer.status == http.client.OK:
                    self.answered[answer.headers.get(REVISION_HEADER, "")] += 1
                else:
                    self.failed.append(str(answer.status))
        connection.close()

    @property
    def total(self) -> int:
        """How many were asked."""
        return self.answered.total() + len(self.failed)


@contextmanager
def load(port: int, path: str = "/health", people: int = 4) -> Iterator[Load]:
    """Ask until the block ends."""
    made = Load(port, path)
    threads = [threading.Thread(target=made.ask) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.ended.set()
        for thread in threads:
            thread.join()


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    given_up_at = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < given_up_at
        time.sleep(0.01)


def answered(people: Load, more: int) -> None:
    """Wait until so many more were answered."""
    enough = people.total + more
    until(lambda: people.total >= enough)
