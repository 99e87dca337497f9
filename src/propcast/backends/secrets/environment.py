"""Secrets in environment variables."""

from collections.abc import Mapping

from propcast.backends.secrets.port import MissingSecret, Secret


class EnvironmentSecrets:
    """`port.Secrets` in a mapping such as `os.environ`: the variable has the secret's name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, name: str) -> Secret:
        """Return a variable's value without space around it; `MissingSecret` when it is unset or empty."""
        value = self._environ.get(name, "").strip()
        if not value:
            raise MissingSecret(f"the variable {name} is not set; set it to the secret's value")
        return Secret(value)
