"""Secrets as a shelf: their containers are made here, what is in them is put there by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import AlreadyExists

from propcast.backends.google.errors import is_absent
from propcast.backends.google.patience import Patience
from propcast.backends.secrets.port import MissingSecret
from propcast.core.errors import StoreRefused
from propcast.delivery.cloud.shelf import CannotChange, Things

_ENABLED = 1


@dataclass(frozen=True)
class Vault:
    """The secrets of one project."""

    client: Any
    calls: Patience
    project: str
    declared: Sequence[str]
    kind: str = "secret"
    holds: str = "every version of it"

    def wanted(self) -> Things:
        """Return what is declared."""
        return {name: {} for name in sorted({*self.declared})}

    def found(self) -> Things:
        """Return all secrets of the project."""
        parent = f"projects/{self.project}"
        there = self.calls.again(
            "listing secrets",
            lambda limit_s: [
                each.name for each in self.client.list_secrets(parent=parent, retry=None, timeout=limit_s)
            ],
        )
        return {name.rpartition("/")[2]: {} for name in there}

    def make(self, name: str) -> None:
        """Make an empty secret; `prerequisites` asks for its version."""
        request = {
            "parent": f"projects/{self.project}", "secret_id": name, "secret": {"replication": {"automatic": {}}}
        }  # fmt: skip

        def call(limit_s: float) -> None:
            try:
                self.client.create_secret(request=request, retry=None, timeout=limit_s)
            except AlreadyExists:
                return

        self.calls.again(f"making secret {name}", call)

    def change(self, name: str) -> None:
        """Refuse: a secret has no settings of ours."""
        raise CannotChange(f"secret {name} is there already")

    def remove(self, name: str) -> None:
        """Remove a secret with all versions."""
        path = self.path(name)
        self.calls.again(
            f"removing secret {name}",
            lambda limit_s: self.client.delete_secret(name=path, retry=None, timeout=limit_s),
        )

    def require(self, variable: str, version: str) -> str:
        """Return the version of a secret that can be used; nobody looks into it. `MissingSecret` without one."""
        name, _, number = version.partition("@")
        if not number:
            raise MissingSecret(f"{variable}: the manifest names no secret and version for it")
        path = f"{self.path(name)}/versions/{number}"
        try:
            found = self.calls.again(
                f"looking at secret {version}",
                lambda limit_s: self.client.get_secret_version(name=path, retry=None, timeout=limit_s),
            )
        except StoreRefused as error:
            if is_absent(error):
                told = f"{variable}: secret {name} has no version {number}; `gcloud secrets versions add {name}`"
                raise MissingSecret(told) from error
            raise
        if found.state != _ENABLED:
            raise MissingSecret(f"{variable}: version {number} of secret {name} is disabled or destroyed")
        return path

    def path(self, name: str) -> str:
        """Return the full name of a secret."""
        return f"projects/{self.project}/secrets/{name}"
