"""People who ask the live address, steadily, and who notice which revision answers."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from propcast.service.catalogue import LOCAL_HOST
from propcast.service.identity import REVISION_HEADER

AT_ONCE = 4
LONGEST_S = 10.0


@dataclass(frozen=True)
class Question:
    """What is asked; with a body it is a POST."""

    path: str
    body: Mapping[str, object] | None = None
    headers: Callable[[], Mapping[str, str]] = dict


@dataclass(frozen=True)
class Answer:
    """When somebody asked, by the clock of this process, who answered, and whether that was an answer."""

    at: float
    revision: str
    well: bool


@dataclass
class People:
    """Whoever asks a port, and what they were answered, in the order of the answers."""

    port: int
    questions: Sequence[Question]
    rate: float
    answers: list[Answer] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask so many questions a second until the block ends."""
        threads = [threading.Thread(target=self._steadily, daemon=True) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def hurry(self, times: int) -> None:
        """Ask so many questions, one after the other."""
        for _ in range(times):
            self._ask()

    def since(self, began: float, ended: float = float("inf")) -> list[Answer]:
        """Return the answers to what was asked in a span, in the order in which it was asked."""
        return sorted((each for each in list(self.answers) if began <= each.at < ended), key=lambda each: each.at)

    def _steadily(self) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            self._ask()
            due = max(due + AT_ONCE / self.rate, time.monotonic() - 1.0)  # who was held up asks no more for it later
            self._ended.wait(max(0.0, due - time.monotonic()))

    def _ask(self) -> None:
        question, at = self.questions[next(self._numbers) % len(self.questions)], time.monotonic()
        connection = http.client.HTTPConnection(LOCAL_HOST, self.port, timeout=LONGEST_S)
        try:
            connection.request(*_request(question))
            answer = connection.getresponse()
            answer.read()
            revision = answer.headers.get(REVISION_HEADER, "")
            self.answers.append(Answer(at, revision, answer.status == http.client.OK))
        except (OSError, http.client.HTTPException):
            self.answers.append(Answer(at, "", well=False))
        finally:
            connection.close()


def _request(question: Question) -> tuple[str, str, str | None, dict[str, str]]:
    headers = {"User-Agent": "people", **question.headers()}
    if question.body is None:
        return "GET", question.path, None, headers
    return "POST", question.path, json.dumps(question.body), {**headers, "Content-Type": "application/json"}
