"""The one settings object: `PROPCAST_*` variables, each with a default that works on one machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from propcast.backends.secrets.local import ADMIN_PASSWORD, OIDC_CLIENT_SECRET, PUSH_KEY, SESSION_KEY, SIGNING_KEY
from propcast.core.errors import InputError, did_you_mean

PREFIX = "PROPCAST_"
FAMILIES = ("PROPCAST_KEY_",)
"""Variables whose name ends in the name of a vendor."""
Backend = Literal["local", "gcp"]
Port = Literal["warehouse", "state", "objects", "bus", "secrets"]


class Settings(BaseSettings):
    """Where things are and which adapters are used; read from the environment once, at the composition root.

    Attributes:
        home: folder of everything that PropCast keeps (`PROPCAST_HOME`).
        history: folder of the Parquet history to import (`PROPCAST_HISTORY`).
        environment: name shown in logs and reports, such as `local` or `staging`.
        backend: which adapters the ports get; `local` needs no account.
        backend_*: the adapter of one port, where it differs; empty means `backend`.
        log_level: least severe log event that is shown.
        time_divisor: every time of the protocols (leases, deadlines, backoff) is divided by this; 1 outside of tests.
        clock_offset_s: this process's own clock is wrong by so much, the stores' is not; 0 outside of tests.
        base_port: port of the first service on this machine; the others follow.
        project_id, region, dataset_prefix, bucket: where things are on Google Cloud.
        secret_versions: secrets on Google Cloud as `VARIABLE=name@version,…`; `name@new+old` during a rotation.
        push_audience: audience of the push tokens that a service takes; empty means its address on this machine.
        service_urls: addresses of the services as `name=address,…`; empty means their ports on this machine.
        topic_*: what a topic is called on the bus.
        model_aliases: what a worker serves with; `<sport>/champion` is the newest model of each market and system.
        shadow_aliases: what is computed beside it and never published.
        threads: handlers that a worker runs at once.
        batch_deadline_s: a batch is published, complete or not, at the latest after this.
        shard_size: participants of a shard at most.
        feeds: names of the feeds whose age is watched; empty means all.
        source_sla_min, feature_sla_min, line_sla_min: ages in minutes from which raw data, features and quotes of
            games to come are stale.
        otlp_endpoint: collector of traces.
        oidc_issuer, oidc_client_id, public_read: how people sign in to the console, and what others may read.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", protected_namespaces=())

    home: Path = Field(default_factory=lambda: Path.home() / ".propcast")
    history: Path = Path("../shared/data")
    environment: str = "local"
    backend: Backend = "local"
    backend_warehouse: Backend | Literal[""] = ""
    backend_state: Backend | Literal[""] = ""
    backend_objects: Backend | Literal[""] = ""
    backend_bus: Backend | Literal[""] = ""
    backend_secrets: Backend | Literal[""] = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    time_divisor: float = Field(default=1.0, ge=1.0, le=1000.0)
    clock_offset_s: float = Field(default=0.0, ge=-60.0, le=60.0)
    base_port: int = Field(default=8080, ge=1, le=65_530)
    project_id: str = ""
    region: str = ""
    dataset_prefix: str = ""
    bucket: str = ""
    secret_versions: str = ""
    push_audience: str = ""
    service_urls: str = ""
    topic_analytics_ready: str = "analytics-ready"
    topic_features_ready: str = "features-ready"
    topic_prediction_request: str = "prediction-request"
    topic_prediction_ready: str = "prediction-ready"
    topic_lines_changed: str = "lines-changed"
    topic_slate_published: str = "slate-published"
    model_aliases: str = "nba/champion,mlb/champion"
    shadow_aliases: str = ""
    threads: int = Field(default=2, ge=1, le=64)
    batch_deadline_s: int = Field(default=900, ge=1)
    shard_size: int = Field(default=128, ge=32, le=128)
    feeds: str = ""
    source_sla_min: int = Field(default=24 * 60, ge=1)
    feature_sla_min: int = Field(default=12 * 60, ge=1)
    line_sla_min: int = Field(default=60, ge=1)
    otlp_endpoint: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    public_read: bool = False

    @field_validator("clock_offset_s")
    @classmethod
    def _is_right_where_it_matters(cls, offset_s: float, known: ValidationInfo) -> float:
        environment = known.data.get("environment")
        if offset_s and environment != "local":
            raise ValueError(f"a clock is set wrong in `local` alone, not in {environment!r}; unset it")
        return offset_s

    def backend_of(self, port: Port) -> Backend:
        """Return which adapter a port gets."""
        own: Backend | Literal[""] = getattr(self, f"backend_{port}")
        return own or self.backend

    @property
    def topics(self) -> dict[str, str]:
        """What each topic that may be renamed is called on the bus."""
        named = {name: str(getattr(self, name)) for name in type(self).model_fields if name.startswith("topic_")}
        return {name.removeprefix("topic_").replace("_", "-"): called for name, called in named.items()}


def load_settings(*, home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; `home` wins over the environment. A value that cannot be used is an `InputError`."""
    given: dict[str, Any] = {} if home is None else {"home": home}
    try:
        return Settings(**given) if environ is None else Settings(**_told(environ) | given)
    except ValidationError as error:
        raise InputError("; ".join(_sentence(problem["loc"], problem["msg"]) for problem in error.errors())) from error


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return one sentence for each `PROPCAST_*` variable that nothing reads, with the nearest known name."""
    known = known_variables()
    strangers = sorted(
        name for name in environ if name.startswith(PREFIX) and name not in known and not name.startswith(FAMILIES)
    )
    return [f"{name} is not a setting{did_you_mean(name, known)}" for name in strangers]


def known_variables() -> list[str]:
    """Return the names of all variables that are read, secrets among them, besides those of `FAMILIES`."""
    secrets = (PUSH_KEY, SESSION_KEY, OIDC_CLIENT_SECRET, ADMIN_PASSWORD, SIGNING_KEY)
    return [*(f"{PREFIX}{name.upper()}" for name in Settings.model_fields), *secrets]


def _told(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return every setting as that environment has it, defaults included, so that no other environment is looked at."""
    fields = Settings.model_fields.items()
    return {
        name: environ.get(f"{PREFIX}{name.upper()}") or field.get_default(call_default_factory=True)
        for name, field in fields
    }


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    return f"{PREFIX}{str(location[0]).upper()}: {message}"
