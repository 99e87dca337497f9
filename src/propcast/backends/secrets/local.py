"""The secrets of one machine: the environment first, then files in the home folder."""

from collections.abc import Mapping
from pathlib import Path

from propcast.backends.secrets.environment import EnvironmentSecrets
from propcast.backends.secrets.files import FileSecrets
from propcast.backends.secrets.port import FirstOf, Secrets

PUSH_KEY = "PROPCAST_PUSH_KEY"
SESSION_KEY = "PROPCAST_SESSION_KEY"


def local_secrets(folder: Path, environ: Mapping[str, str], *, generate: bool) -> Secrets:
    """Return the secrets of one machine; with `generate`, its signing keys are made when they are first needed.

    Only the `local` environment generates: elsewhere a missing key must be seen, not papered over.
    """
    made = (PUSH_KEY, SESSION_KEY) if generate else ()
    return FirstOf((EnvironmentSecrets(environ), FileSecrets(folder, made)))
