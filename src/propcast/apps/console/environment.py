"""What the console works with: the backends, who may sign in, the services it watches, and what it remembers."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import polars as pl

from propcast.apps import resources
from propcast.apps.console.services import Services
from propcast.apps.remembering import remembering
from propcast.apps.resources import Resources
from propcast.apps.shelf import Shelf
from propcast.backends.bus.tokens import push_keys
from propcast.backends.compose import Backends
from propcast.backends.secrets.local import OIDC_CLIENT_SECRET, SESSION_KEY
from propcast.backends.state.records import CurrentSlate
from propcast.core.clock import Clock, SystemClock
from propcast.core.errors import InputError
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.queries import batch_rows
from propcast.service import asking
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.attempts import LASTS, Attempts
from propcast.service.auth.first_account import ensure_first_account
from propcast.service.auth.guard import Guard
from propcast.service.auth.id_tokens import Description, tokens_of
from propcast.service.auth.oidc import OidcSignIn, Provider
from propcast.service.auth.outbound import is_private
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
OIDC_BEGIN, OIDC_BACK = f"{SIGN_IN}/oidc", f"{SIGN_IN}/oidc/back"


@dataclass(frozen=True)
class Console:
    """The open environment of the console.

    Attributes:
        reads: the backends with a memory for what pages read.
        oidc: how people sign in at an issuer; None where none is configured.
        is_public: whether pages and the read API are open to anyone.
        failing: since when which panel has failed.
    """

    resources: Resources
    reads: Backends
    shelf: Shelf
    sign_in: SignIn
    services: Services
    oidc: OidcSignIn | None
    is_public: bool
    failing: dict[str, datetime] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        """The sessions of people in a browser."""
        return self.sign_in.sessions

    @property
    def attempt_cookie(self) -> Cookie:
        """How the id of an attempt to sign in elsewhere travels; it must come back from there."""
        return Cookie(self.sessions.cookie.secure, "attempt", "lax", LASTS)

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
        oidc=_oidc(found, sign_in, environment, clock or SystemClock()),
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


def _oidc(found: Resources, sign_in: SignIn, environment: Environment, clock: Clock) -> OidcSignIn | None:
    """Return how people sign in at the issuer that the variables name; `clock` is the issuer's, not a simulated one."""
    settings = found.backends.settings
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    if not issuer and not client_id:
        return None
    if not issuer or not client_id:
        raise InputError("PROPCAST_OIDC_ISSUER and PROPCAST_OIDC_CLIENT_ID go together; set both, or none")
    if not is_private(issuer) or (environment != "local" and not issuer.startswith("https://")):
        raise InputError(f"PROPCAST_OIDC_ISSUER is {issuer}; an issuer is asked over https")
    description = Description(issuer)
    provider = Provider(
        description,
        tokens_of(description, clock),
        client_id,
        found.backends.secrets.get(OIDC_CLIENT_SECRET),
        f"{found.places.url(ADMIN_DASHBOARD)}{OIDC_BACK}",
    )
    attempts = Attempts(sign_in.accounts.store, found.backends.clock)
    return OidcSignIn(provider, attempts, sign_in.accounts, sign_in.sessions, sign_in.limiter)


async def _take(found: Resources, environment: Environment) -> Matrix:
    """Ask all six where the variables say that they are, as one service asks another."""
    now = found.backends.clock.now()
    addresses = {entry.name: found.places.url(entry) for entry in SERVICES}
    return await take_matrix(addresses, load(environment, now.date()), now, headers=found.credentials.headers)
