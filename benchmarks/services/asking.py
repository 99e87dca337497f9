"""One question after another over one open connection: a participant of a worker, a page of the console."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks.services.figures import Figure, figure, p95
from benchmarks.services.running import Running, running
from benchmarks.services.slates import moment, opened_home, published_after
from benchmarks.services.world import DAY, copy_of
from propcast.backends.bus.tokens import push_keys
from propcast.backends.compose import Backends
from propcast.backends.secrets.local import PUSH_KEY
from propcast.core.sport import Sport
from propcast.pipeline.queries import batch_rows
from propcast.service.auth.first_account import FIRST, first_password
from propcast.service.auth.push import LocalCaller

ASKED, WARM = 300, 20
PAGES = ("/today", "/slate", "/slate?lines=every")
VIEWS, FIRST_VIEWS = 60, 5

LINES = [6.5, 8.5, 10.5, 12.5, 14.5, 16.5, 18.5, 20.5]

PREDICT_NOW = "one participant over HTTP, one market, every system, 8 lines, p95"
EVERY_MARKET = "one participant over HTTP, five markets, every system, 8 lines, p95"

CONSOLE_MEMORY = "admin-dashboard: memory after pages"

BUDGETS: dict[str, float] = {
    PREDICT_NOW: 8,
    CONSOLE_MEMORY: 200,
    **{f"console {path}, p95": 100 for path in PAGES},
}


def asking(home: Path) -> list[Figure]:
    """Publish a slate, then ask for participants and read pages."""
    with copy_of(home) as copy, running(copy) as up:
        opened = opened_home(copy)
        published_after(opened, 0)
        found = [*predict_now(up, opened), *pages(up, opened)]
        return [*found, figure(CONSOLE_MEMORY, up.memory()["admin-dashboard"], "MB")]


def predict_now(up: Running, opened: Backends) -> list[Figure]:
    """Ask the worker for one participant after another; the first questions, which read the day, do not count."""
    url = up.url("prediction-worker")
    headers = LocalCaller(push_keys(opened.secrets.get(PUSH_KEY))[0], opened.clock).headers(url)
    current = opened.ledger.current(Sport.NBA, DAY)
    people = batch_rows(opened, current)["participant_id"].unique().sort().to_list() if current else []
    about = {"game_day": str(DAY), "as_of": moment(0).isoformat(), "lines": LINES}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        return [
            asked_of(client, name, people, about | {"markets": markets})
            for name, markets in ((PREDICT_NOW, ["points"]), (EVERY_MARKET, list[str]()))
        ]


def asked_of(client: httpx.Client, name: str, people: Sequence[str], about: Mapping[str, Any]) -> Figure:
    """Ask the same about many people."""
    times = list[float]()
    for number in range(WARM + ASKED):
        asked = {**about, "participant_id": people[number % len(people)]}
        times.append(timed(client, "POST", "/predict-now", json.dumps(asked)))
    spread = f"best {min(times):.1f}, median {median(times[WARM:]):.1f}, first one {times[0]:,.0f} ms"
    return figure(name, p95(times[WARM:]), "ms", f"{ASKED} questions, warm, keep-alive; {spread}")


def pages(up: Running, opened: Backends) -> list[Figure]:
    """Sign in and read the pages again and again, the first views of each apart."""
    found = []
    with httpx.Client(base_url=up.url("admin-dashboard"), trust_env=False, timeout=60) as client:
        form = {"name": FIRST, "password": first_password(opened.secrets).reveal()}
        client.post("/sign-in", data=form)
        for path in PAGES:
            times = [timed(client, "GET", path) for _ in range(FIRST_VIEWS + VIEWS)]
            spread = f"best {min(times):.1f}, median {median(times[FIRST_VIEWS:]):.1f}, first one {times[0]:,.0f} ms"
            note = f"{VIEWS} views; {spread}"
            found.append(figure(f"console {path}, p95", p95(times[FIRST_VIEWS:]), "ms", note))
    return found


def timed(client: httpx.Client, method: str, path: str, content: str | None = None) -> float:
    """Ask once and return the milliseconds; anything but 200 ends the measurement."""
    headers = {"Content-Type": "application/json"} if content else {}
    began = time.perf_counter()
    answer = client.request(method, path, content=content, headers=headers)
    taken = 1000 * (time.perf_counter() - began)
    if answer.status_code != 200:
        raise SystemExit(f"✗ {path} answered {answer.status_code}: {answer.text[:200]}")
    return taken
