"""What the console works with: the backends, who may sign in, the services it watches, and what it remembers."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import polars as pl

from propcast.apps import resources
from propcast.apps.console.remembering import remembering
from propcast.apps.console.services import Services
from propcast.apps.console.shelf import Shelf
from propcast.apps.resources import Resources
from propcast.backends.bus.tokens import push_keys
from propcast.backends.compose import Backends
from propcast.backends.secrets.local import SESSION_KEY
from propcast.backends.state.records import CurrentSlate
from propcast.core.clock import Clock
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.queries import batch_rows
from propcast.service import asking
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.first_account import ensure_first_account
from propcast.service.auth.guard import Guard
from propcast.service.auth.rates import Limiter, StoredCounters
from propcast.service.auth.sessions import Cookie, Sessions
from propcast.service.auth.signing_in import SignIn
from propcast.service.auth.store import StateStore
from propcast.service.catalogue import ADMIN_DASHBOARD, SERVICES
from propcast.service.declaration import Environ
from propcast.service.expectations import load
from propcast.service.health.runner import Timer
from propcast.service.identity import Environment, environment_of
from propcast.service.smoke import Matrix, take_matrix

SIGN_IN = "/sign-in"


@dataclass(frozen=True)
class Console:
    """The open environment of the console.

    Attributes:
        reads: the backends with a memory for what pages read.
        is_public: whether pages and the read API are open to anyone.
        failing: since when which panel has failed.
    """

    resources: Resources
    reads: Backends
    shelf: Shelf
    sign_in: SignIn
    services: Services
    is_public: bool
    failing: dict[str, datetime] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        """The sessions of people in a browser."""
        return self.sign_in.sessions

    @property
    def clock(self) -> Clock:
        """The clock of the backends."""
        return self.reads.clock

    def rows(self, current: CurrentSlate, system: str = CHAMPION) -> pl.DataFrame:
        """Return the rows of a published batch and system; they never change, so they are read once."""
        key = ("slate", current.sport, current.game_day, system)
        version = (current.batch_id, current.amendment, current.published_at)
        return self.shelf.get(key, version, lambda: batch_rows(self.resources.backends, current, system))


def open_console(environ: Environ, clock: Clock | None = None, timer: Timer = time.monotonic) -> Console:
    """Open the backends that the variables name, and make the first account of a new machine."""
    found = resources.open_resources(ADMIN_DASHBOARD, environ, clock)
    backends, environment, shelf = found.backends, environment_of(environ), Shelf()
    sign_in = _sign_in(backends, environment)
    ensure_first_account(sign_in.accounts, backends.secrets, environment)
    asking.get_ready()
    return Console(
        resources=found,
        reads=replace(backends, warehouse=remembering(backends.warehouse, shelf)),
        shelf=shelf,
        sign_in=sign_in,
        services=Services(partial(_take, found, environment), backends.clock, timer),
        is_public=backends.settings.public_read,
    )


def guard(console: Console) -> Guard:
    """Take people in a browser besides what every service takes."""
    return replace(resources.guard(console.resources), sessions=console.sessions, sign_in_path=SIGN_IN)


def _sign_in(backends: Backends, environment: Environment) -> SignIn:
    store = StateStore(backends.state)
    keys = tuple(key.secret.reveal().encode() for key in push_keys(backends.secrets.get(SESSION_KEY)))
    sessions = Sessions(store, keys, backends.clock, Cookie(secure=environment != "local"))
    return SignIn(Accounts(store), sessions, Limiter(StoredCounters(store), backends.clock))


async def _take(found: Resources, environment: Environment) -> Matrix:
    """Ask all six where the variables say that they are, as one service asks another."""
    now = found.backends.clock.now()
    addresses = {entry.name: found.places.url(entry) for entry in SERVICES}
    return await take_matrix(addresses, load(environment, now.date()), now, headers=found.credentials.headers)
