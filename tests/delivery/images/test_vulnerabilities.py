"""A known vulnerability holds an image back until somebody answers for it; a database out of reach passes nothing."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import StoreUnavailable
from propcast.delivery.images.closure import Part
from propcast.delivery.images.osv import Osv
from propcast.delivery.images.vulnerabilities import UNREACHABLE, Audit, audit
from propcast.delivery.manifest.model import Waiver

TODAY = date(2026, 4, 9)
PARTS = (Part("alpha", "1.0", 1, "web"), Part("beta", "2.0", 1, "web"))


def waiver(name: str, days: int) -> Waiver:
    return Waiver(id=name, owner="operations", reason="no path leads there", until=TODAY + timedelta(days=days))


def look(known: dict[str, list[str]], *waivers: Waiver) -> Audit:
    return audit("prediction-worker", PARTS, lambda _: known, waivers, TODAY)


def unreachable(_: Sequence[Part]) -> dict[str, list[str]]:
    raise StoreUnavailable("nobody answers")


@given(st.dictionaries(st.sampled_from(["alpha", "beta"]), st.lists(st.sampled_from("VWXYZ"), min_size=1, unique=True)))
def test_an_image_passes_exactly_when_each_finding_is_waived_today(known: dict[str, list[str]]) -> None:
    waived = [waiver("V", 0), waiver("W", 30), waiver("X", -1)]
    told = look(known, *waived)
    open_ = [each for found in known.values() for each in found if each not in ("V", "W")]
    assert (told.verdict == "pass") == told.may_ship == (not open_)
    assert all(each in told.why for each in open_)
    assert len(told.found) == sum(map(len, known.values()))


def test_out_of_reach_is_never_a_pass_and_ships_by_a_dated_waiver_alone() -> None:
    for waivers, ships in (((), False), ((waiver(UNREACHABLE, 0),), True), ((waiver(UNREACHABLE, -1),), False)):
        told = audit("prediction-worker", PARTS, unreachable, waivers, TODAY)
        assert (told.verdict, told.may_ship) == ("inconclusive", ships)


class Answers(BaseHTTPRequestHandler):
    """Answers as the database does: alpha has one finding on each of two pages, beta none."""

    broken: str | None = None

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        body = self.broken or json.dumps({"results": [self._of(query) for query in asked]})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def _of(self, query: dict[str, object]) -> dict[str, object]:
        if query["package"] != {"ecosystem": "PyPI", "name": "alpha"}:
            return {}
        if "page_token" in query:
            return {"vulns": [{"id": "V2", "modified": "x"}]}
        return {"vulns": [{"id": "V1", "modified": "x"}], "next_page_token": "more"}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    kind = type("Told", (Answers,), {"broken": getattr(request, "param", None)})
    with HTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_page_of_the_database_is_read(address: str) -> None:
    assert Osv(address)(PARTS) == {"alpha": ["V1", "V2"]}


@pytest.mark.parametrize("address", ["no json", "{}", '{"results": []}', "[]"], indirect=True)
def test_half_an_answer_is_none(address: str) -> None:
    with pytest.raises(StoreUnavailable):
        Osv(address)(PARTS)


def test_a_database_that_is_not_there_is_out_of_reach() -> None:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        address = f"http://127.0.0.1:{server.server_port}"
    with pytest.raises(StoreUnavailable, match="ConnectError"):
        Osv(address)(PARTS)
