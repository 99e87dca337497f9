"""The one settings object: `PROPCAST_*` variables, each with a default that works on one machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from propcast.core.errors import InputError, did_you_mean

PREFIX = "PROPCAST_"


class Settings(BaseSettings):
    """Where things are and which adapters are used; read from the environment once, at the composition root.

    Attributes:
        home: folder of everything that PropCast keeps (`PROPCAST_HOME`).
        history: folder of the Parquet history to import (`PROPCAST_HISTORY`).
        environment: name shown in logs and reports, such as `local` or `staging`.
        backend: which adapters the ports get; `local` needs no account.
        log_level: least severe log event that is shown.
        time_divisor: every time of the protocols (leases, deadlines, backoff) is divided by this; 1 outside of tests.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Path = Field(default_factory=lambda: Path.home() / ".propcast")
    history: Path = Path("../shared/data")
    environment: str = "local"
    backend: str = "local"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    time_divisor: float = Field(default=1.0, ge=1.0, le=1000.0)


def load_settings(*, home: Path | None = None) -> Settings:
    """Read the settings; `home` wins over the environment. A value that cannot be used is an `InputError`."""
    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        raise InputError("; ".join(_sentence(problem["loc"], problem["msg"]) for problem in error.errors())) from error


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return one sentence for each `PROPCAST_*` variable that no setting reads, with the nearest known name."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    strangers = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [f"{name} is not a setting{did_you_mean(name, known)}" for name in strangers]


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    return f"{PREFIX}{str(location[0]).upper()}: {message}"
