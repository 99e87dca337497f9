"""The secrets of one machine: the environment first, then files in the home folder."""

from collections.abc import Mapping
from pathlib import Path

from propcast.backends.secrets.environment import EnvironmentSecrets
from propcast.backends.secrets.files import FileSecrets, random_key, random_password
from propcast.backends.secrets.port import FirstOf, Secrets

PUSH_KEY = "PROPCAST_PUSH_KEY"
SESSION_KEY = "PROPCAST_SESSION_KEY"
OIDC_CLIENT_SECRET = "PROPCAST_OIDC_CLIENT_SECRET"  # noqa: S105 - the name of one
SIGNING_KEY = "PROPCAST_SIGNING_KEY"
ADMIN_PASSWORD = "PROPCAST_ADMIN_PASSWORD"  # noqa: S105 - the name of one


def local_secrets(folder: Path, environ: Mapping[str, str], *, generate: bool) -> Secrets:
    """Return the secrets of one machine; with `generate`, its own are made when they are first needed.

    These are its signing keys, and the password of the first account. Only the `local` environment generates:
    elsewhere a missing one must be seen, not papered over.
    """
    made = {PUSH_KEY: random_key, SESSION_KEY: random_key, ADMIN_PASSWORD: random_password} if generate else {}
    return FirstOf((EnvironmentSecrets(environ), FileSecrets(folder, made)))
