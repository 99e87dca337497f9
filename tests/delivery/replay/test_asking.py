"""A revision that cannot be asked is no evidence; one that cannot compute a slate is evidence against a canary only."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import polars as pl
import pytest

from propcast.backends.state.records import CurrentSlate
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.delivery.replay.asking import TRIES, Incapable, Revised, Tables, Unanswered, revised

SLATE = CurrentSlate(
    Sport.NBA, GameDay.parse("2024-12-07"), "batch", datetime(2024, 12, 7, tzinfo=UTC), publication="tag"
)
ROWS = pl.DataFrame({"event_id": ["nba:1"]})


def parquet() -> httpx.Response:
    buffer = io.BytesIO()
    ROWS.write_parquet(buffer)
    return httpx.Response(200, content=buffer.getvalue())


def is_right(tables: Tables) -> bool:
    return list(tables) == ["predictions"] and tables["predictions"].equals(ROWS)


class Fake:
    """Answers in turn, the last answer for ever, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked, self.waited = list(answers), list[httpx.Request](), list[float]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    def revision(self) -> Revised:
        client = httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://canary.test")
        return Revised(client, lambda: {"Authorization": "Bearer x"}, self.waited.append)


def both(fake: Fake) -> Iterator[Callable[[CurrentSlate], Tables]]:
    yield fake.revision().baseline
    yield fake.revision().canary


def test_the_very_publication_is_asked_for_with_a_credential() -> None:
    fake = Fake(parquet())
    assert [is_right(ask(SLATE)) for ask in both(fake)] == [True, True]
    (request, _) = fake.asked
    assert (str(request.url), request.headers["authorization"]) == ("http://canary.test/replay", "Bearer x")
    assert request.content == b'{"sport":"nba","game_day":"2024-12-07","publication":"tag"}'


class Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = parquet().content
        self.send_response(200 if self.headers["Authorization"] == "Bearer x" else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_revision_is_asked_at_its_own_address() -> None:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with revised(f"http://127.0.0.1:{server.server_port}", lambda: {"Authorization": "Bearer x"}) as revision:
            assert is_right(revision.canary(SLATE))
        server.shutdown()
        thread.join(10)


@pytest.mark.parametrize("busy", [httpx.Response(429), httpx.Response(503), httpx.ReadTimeout("slow")], ids=str)
def test_a_busy_revision_is_asked_again_after_a_while(busy: httpx.Response | Exception) -> None:
    fake = Fake(busy, busy, parquet())
    assert is_right(fake.revision().canary(SLATE))
    assert fake.waited == [1.0, 2.0]


@pytest.mark.parametrize("trouble", [httpx.Response(503), httpx.ConnectError("refused")], ids=str)
def test_one_that_stays_away_is_unanswered(trouble: httpx.Response | Exception) -> None:
    fake = Fake(trouble)
    for ask in both(fake):
        with pytest.raises(Unanswered, match=f"http://canary.test, asked for nba 2024-12-07 .*, {TRIES} times"):
            ask(SLATE)
    assert len(fake.asked) == 2 * TRIES


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_wrong_credential_or_address_is_unanswered(code: int) -> None:
    for ask in both(Fake(httpx.Response(code))):
        with pytest.raises(Unanswered, match=f"answered {code}"):
            ask(SLATE)


@pytest.mark.parametrize("code", [409, 422, 500])
def test_a_canary_that_cannot_compute_what_the_baseline_can_says_so(code: int) -> None:
    fake = Fake(httpx.Response(code, text="no such rows"))
    with pytest.raises(Incapable, match=f"{code} no such rows"):
        fake.revision().canary(SLATE)
    with pytest.raises(Unanswered):
        fake.revision().baseline(SLATE)
