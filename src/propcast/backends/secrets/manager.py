"""Secrets in Secret Manager, at the versions that are declared."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from propcast.backends.google.patience import Patience
from propcast.backends.google.places import Places
from propcast.backends.ground import Ground
from propcast.backends.secrets.environment import EnvironmentSecrets
from propcast.backends.secrets.port import FirstOf, MissingSecret, Secret, Secrets
from propcast.core.clock import Clock
from propcast.core.errors import InputError, StoreRefused, StoreUnavailable

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient

FRESH = timedelta(minutes=5)
"""A value is read again after this, so that a version that was disabled goes out of use."""
_DECLARED = re.compile(r"([a-z][a-z0-9-]*)@([1-9][0-9]*)(?:\+([1-9][0-9]*))?")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Declared:
    """A secret and its versions: the one in use and, during a rotation, another that is still (or already) valid."""

    secret: str
    versions: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Declared":
        """Read `name@version`, or `name@version+other` during a rotation; anything else is an `InputError`."""
        match = _DECLARED.fullmatch(text)
        if match is None:
            raise InputError(f"{text!r} declares no secret; write NAME@VERSION, or NAME@NEW+OLD during a rotation")
        secret, *versions = match.groups()
        return cls(secret, tuple(version for version in versions if version))


@dataclass(frozen=True)
class _Known:
    value: str
    read_at: datetime


class ManagerSecrets:
    """`port.Secrets` in Secret Manager: by variable, each at the versions that are declared for it.

    Two versions come joined by a space, the one in use first, as `bus.tokens.push_keys` reads keys. A value is kept for
    a while, and for longer while Secret Manager does not answer: a version never changes.
    """

    def __init__(
        self,
        connect: "Callable[[], SecretManagerServiceClient]",
        project: str,
        declared: Mapping[str, Declared],
        clock: Clock,
        patience: Patience | None = None,
    ) -> None:
        self._connect = connect
        self._project = project
        self._declared = declared
        self._clock = clock
        self._patience = patience or Patience(call_s=5.0, budget_s=20.0)
        self._made: SecretManagerServiceClient | None = None
        self._known: dict[str, _Known] = {}

    def get(self, name: str) -> Secret:
        """Return a secret; `MissingSecret` when it is not declared, not there, disabled or empty."""
        declared = self._declared.get(name)
        if declared is None:
            raise MissingSecret(
                f"no version of the secret {name} is declared; name it in the manifest, and in PROPCAST_SECRET_VERSIONS"
            )
        values = [self._value(name, declared.secret, version) for version in declared.versions]
        return Secret(" ".join(values))

    def _value(self, name: str, secret: str, version: str) -> str:
        place = f"projects/{self._project}/secrets/{secret}/versions/{version}"
        known, now = self._known.get(place), self._clock.now()
        if known is not None and now - known.read_at < FRESH:
            return known.value
        try:
            value = self._patience.again(f"reading the secret {name}", partial(self._read, place))
        except StoreUnavailable:
            if known is None:
                raise
            return known.value
        except StoreRefused as error:
            self._known.pop(place, None)
            if not _is_absent(error):
                raise
            raise MissingSecret(f"{name} is not there: {place} is absent, disabled or destroyed") from error
        if not value:
            raise MissingSecret(f"the secret {name} is empty at {place}; add a version with its value")
        self._known[place] = _Known(value, now)
        return value

    def _read(self, place: str, limit_s: float) -> str:
        import google_crc32c

        client = self._client()
        payload = client.access_secret_version(name=place, retry=None, timeout=limit_s).payload
        if payload.data_crc32c and int(google_crc32c.value(payload.data)) != payload.data_crc32c:
            raise StoreUnavailable(f"{place} arrived changed; try again")
        try:
            return payload.data.decode().strip()
        except UnicodeDecodeError:
            # The error would show the value.
            raise StoreRefused(f"{place} is no text") from None

    def _client(self) -> "SecretManagerServiceClient":
        if self._made is None:
            self._made = self._connect()
        return self._made


def opened(ground: Ground) -> Secrets:
    """Return the secrets of an environment: its variables first, as Cloud Run sets them; nothing is asked yet."""
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient

    places = Places.of(ground.settings, ground.environ)
    declared = declarations(ground.settings.secret_versions)
    manager = ManagerSecrets(SecretManagerServiceClient, places.project, declared, ground.clock)
    return FirstOf((EnvironmentSecrets(ground.environ), manager))


def declarations(text: str) -> dict[str, Declared]:
    """Read `VARIABLE=name@version,…`; anything else is an `InputError`."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    pairs = [(variable, value) for variable, _, value in (part.partition("=") for part in parts)]
    for variable, _ in pairs:
        if not _VARIABLE.fullmatch(variable):
            raise InputError(f"{variable!r} in PROPCAST_SECRET_VERSIONS is no variable; write VARIABLE=NAME@VERSION,…")
    return {variable: Declared.of(value) for variable, value in pairs}


def _is_absent(error: StoreRefused) -> bool:
    from google.api_core.exceptions import FailedPrecondition, NotFound

    return isinstance(error.__cause__, NotFound | FailedPrecondition)
