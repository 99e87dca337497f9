"""The one place that decides which tokens a process believes and which it shows, from where it was declared to run."""

from dataclasses import dataclass

from propcast.backends.bus.tokens import PushKey, push_keys
from propcast.backends.secrets.local import PUSH_KEY
from propcast.backends.secrets.port import Secrets
from propcast.backends.settings import Settings
from propcast.core.clock import Clock
from propcast.core.errors import InputError
from propcast.service.asking import Headers, get_ready
from propcast.service.auth.google import GoogleCaller, google_bearers, google_tokens
from propcast.service.auth.push import Bearers, LocalCaller, LocalVerifier
from propcast.service.identity import Environment


@dataclass(frozen=True)
class Credentials:
    """What a process takes from the bus and from services, and what it shows to services."""

    bearers: Bearers
    headers: Headers


def credentials(
    settings: Settings,
    environment: Environment,
    secrets: Secrets,
    clock: Clock,
    audience: str,
    *,
    emulated: bool = False,
) -> Credentials:
    """Return the credentials of a process: Google's on `gcp`, the signed tokens of one machine in `local` alone.

    An emulator of the bus (`emulated`) has no tokens of Google's: then it is those of one machine, in `local` alone.
    """
    if "gcp" in (settings.backend, settings.backend_of("bus")) and not emulated:
        get_ready()
        bearers = google_bearers(google_tokens(clock), audience, environment, settings.project_id)
        return Credentials(bearers, GoogleCaller().headers)
    keys = machine_keys(secrets, environment)
    return Credentials(Bearers(LocalVerifier(keys, audience, clock)), LocalCaller(keys[0], clock).headers)


def machine_keys(secrets: Secrets, environment: Environment) -> tuple[PushKey, ...]:
    """Return the keys that sign on one machine; asking for them in staging or production is an `InputError`."""
    if environment != "local":
        raise InputError(
            f"tokens signed with PROPCAST_PUSH_KEY are for one machine, not for {environment}; set PROPCAST_BACKEND=gcp"
        )
    return push_keys(secrets.get(PUSH_KEY))
