"""The console on a home of the hand-written leagues, with stores that can be meddled with and services as told."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, cast

import polars as pl

from propcast.apps import admin_dashboard
from propcast.apps.console.environment import Console, open_console
from propcast.apps.console.services import Services, Take
from propcast.backends.warehouse.port import Warehouse
from propcast.core.clock import Clock
from propcast.service.access import Role
from propcast.service.declaration import Service
from propcast.service.smoke import Matrix
from propcast.tables.schema import Table
from tests.apps.rig import Running, Site, running
from tests.service.test_smoke import Reply, matrix

PASSWORD = "correct-horse-battery"  # noqa: S105 - of a toy
NBA_NOON = datetime(2024, 12, 7, 17, tzinfo=UTC)
PAGE = {"Accept": "text/html"}

Meddle = Callable[[Table, pl.DataFrame], pl.DataFrame]
"""Changes what is read of a table, or raises."""


def as_it_is(_: Table, frame: pl.DataFrame) -> pl.DataFrame:
    return frame


@dataclass
class Meddled:
    """A warehouse of which every read goes through `by`."""

    inner: Warehouse
    by: Meddle

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def read(self, table: Table, *args: Any, **told: Any) -> pl.DataFrame:
        return self.by(table, self.inner.read(table, *args, **told))

    def distinct(self, table: Table, *args: Any, **told: Any) -> pl.DataFrame:
        return self.by(table, self.inner.distinct(table, *args, **told))


@dataclass
class Stand:
    """What is to be wrong with a console.

    Attributes:
        meddle: with what the warehouse returns.
        take: how the six services are asked; nobody is by default.
    """

    site: Site
    public: bool = False
    meddle: Meddle = as_it_is
    take: Take | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def open(self, environ: Any, clock: Clock | None = None) -> Console:
        console = open_console(environ, clock)
        warehouse = cast("Warehouse", Meddled(console.reads.warehouse, self.meddle))
        backends = replace(console.resources.backends, warehouse=warehouse)
        services = Services(self.take or taking(), console.clock, asyncio_time)
        return replace(
            console,
            reads=replace(console.reads, warehouse=warehouse),
            resources=replace(console.resources, backends=backends),
            services=services,
        )


def asyncio_time() -> float:
    return asyncio.get_running_loop().time()


def taking(**replies: Reply) -> Take:
    """Ask six services that answer as told; all are well unless told otherwise."""
    found = matrix({name.replace("_", "-"): reply for name, reply in replies.items()})

    async def take() -> Matrix:
        return found

    return take


async def never() -> Matrix:
    """Ask services that do not answer as long as the test lasts."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


@contextmanager
def console(stand: Stand) -> Iterator[Running]:
    """The console, open."""
    with running(stand.site, service_of(stand)) as found:
        yield found


def service_of(stand: Stand) -> Service[Console]:
    """The declaration of the console on its site."""
    stand.site.variables |= {"PROPCAST_ADMIN_PASSWORD": PASSWORD, **stand.variables}
    if stand.public:
        stand.site.variables["PROPCAST_PUBLIC_READ"] = "true"
    return replace(admin_dashboard.service(stand.site.environ), open=stand.open)


def viewer(found: Running) -> dict[str, str]:
    """The headers of somebody who may read and asks for a page."""
    return {**PAGE, **found.caller.key(Role.VIEWER)}


def sign_in(found: Running, name: str = "admin", password: str = PASSWORD, **told: Any) -> Any:
    """Send the form of the sign-in page."""
    return found.client.post("/sign-in", data={"name": name, "password": password, **told})


class Page(HTMLParser):
    """A page as its parts: every tag with its attributes, and the text by the id of its section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.sections: dict[str, str] = {}
        self.rows: list[list[str]] = []
        self._within: list[str] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append((tag, told))
        if tag == "section":
            self._within.append(told.get("id", ""))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "section" and self._within:
            self._within.pop()
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._within:
            self.sections[self._within[-1]] = self.sections.get(self._within[-1], "") + data
        if self._in_cell:
            self.rows[-1][-1] += data

    def section(self, name: str) -> str:
        """The words of a panel."""
        return " ".join(self.sections[f"panel-{name}"].split())

    def cells(self) -> list[list[str]]:
        """The rows of all tables, cell by cell."""
        return [[" ".join(cell.split()) for cell in row] for row in self.rows]


def csrf_of(text: str) -> str:
    """The token that the forms of a page carry."""
    return next(told["value"] for tag, told in Page(text).tags if told.get("name") == "csrf_token")
