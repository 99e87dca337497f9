"""The manifest as types: what may stand in `deploy/propcast.toml`; an unknown key is an error."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,48}[a-z0-9]$")]
Topic = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]+$")]
VariableName = Annotated[str, Field(pattern=r"^PROPCAST_[A-Z0-9_]+$")]
SecretName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*@[1-9][0-9]*$")]
"""A secret and the version of it that is used."""
CheckKey = Annotated[str, Field(pattern=r"^[a-z_]+:[a-z_]+$")]
Text = Annotated[str, Field(min_length=1)]
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""An Ed25519 key, in base64."""
Digested = Annotated[str, Field(pattern=r"^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$")]


class Strict(BaseModel):
    """What every part of the manifest is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Resources(Strict):
    """What an instance gets, and how many there may be."""

    cpu: Literal[1, 2, 4, 8]
    memory_mib: int = Field(ge=256, le=32_768)
    min_instances: int = Field(ge=0, le=100)
    max_instances: int = Field(ge=1, le=1000)
    concurrency: int = Field(ge=1, le=1000)
    timeout_s: int = Field(ge=1, le=3600)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_instances > self.max_instances:
            raise ValueError(f"min_instances {self.min_instances} is more than max_instances {self.max_instances}")
        return self


class Probes(Strict):
    """What the platform asks; only what touches nothing, so that a shared dependency restarts nobody."""

    startup: Literal["/health"]
    liveness: Literal["/health"]
    startup_limit_s: int = Field(ge=1, le=240)


class Checks(Strict):
    """The service's own checks that a rollout looks at."""

    critical: tuple[CheckKey, ...]
    optional: tuple[CheckKey, ...]


class Rollout(Strict):
    """How a new revision gets its traffic."""

    strategy: Literal["percentage", "shard-sampled", "drain-and-switch"]
    stages: tuple[Annotated[int, Field(ge=0, le=100)], ...] = Field(min_length=2)
    monitoring_s: int = Field(ge=10, le=3600)
    min_requests: int = Field(ge=1)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.stages[0] != 0 or self.stages[-1] != 100 or list(self.stages) != sorted(set(self.stages)):
            raise ValueError(f"stages {list(self.stages)} must rise from 0 to 100")
        if self.strategy == "drain-and-switch" and self.stages != (0, 100):
            raise ValueError("drain-and-switch knows the stages 0 and 100 alone")
        return self


class Subscription(Strict):
    """What is pushed to a service, and what becomes of what it cannot take."""

    topic: Topic
    path: Annotated[str, Field(pattern=r"^/[a-z-]+$")]
    filter: str = ""
    ack_deadline_s: int = Field(ge=10, le=600)
    max_deliveries: int = Field(ge=5, le=100)
    backoff_s: tuple[int, int]
    dead_letter: Topic | None = None


class ServiceManifest(Strict):
    """One service, the same in every environment but for what an environment overlays."""

    deployed_name: Name
    app: Annotated[str, Field(pattern=r"^propcast(\.\w+)+:\w+$")]
    command: tuple[Text, ...] = Field(min_length=1)
    extras: tuple[Text, ...]
    owner: Text
    runbook: Annotated[str, Field(pattern=r"^docs/runbooks/[a-z-]+\.md$")]
    service_account: Name
    invokers: tuple[Name, ...]
    public: bool
    resources: Resources
    probes: Probes
    publishes: tuple[Topic, ...]
    subscriptions: tuple[Subscription, ...] = ()
    checks: Checks
    rollout: Rollout
    needs: tuple[Name, ...] = ()
    env: dict[VariableName, str] = Field(default_factory=dict)
    secrets: dict[VariableName, SecretName] = Field(default_factory=dict)


class Waiver(Strict):
    """What is known to be wrong with images and shipped all the same, by whom, why, and through which day."""

    id: Text
    owner: Text
    reason: Text
    until: date


class ImageManifest(Strict):
    """How images are made.

    Attributes:
        base: pinned by digest; a tag may be another image tomorrow.
        native: Debian packages of the shared libraries that wheels expect, by the extra that brings the wheel.
        signed_by: public keys of whoever may sign images; where nobody is named, nothing is staged
            outside of one machine.
        waivers: known vulnerabilities that do not hold an image back.
        examples: which values nobody has filled in yet.
    """

    registry: Text
    base: Digested
    native: dict[Text, tuple[Text, ...]]
    signed_by: tuple[PublicKey, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    examples: tuple[Literal["registry", "base"], ...] = ()


class Common(Strict):
    """Variables of every service."""

    env: dict[VariableName, str] = Field(default_factory=dict)


class EnvironmentManifest(Strict):
    """One environment: where its things are, and what it overlays.

    Attributes:
        services: parts of services, laid over the whole; tables are laid over key by key.
        expect: declared failures; `propcast.service.expectations` reads them.
        examples: which values nobody has filled in yet.
    """

    backend: Literal["local", "gcp"]
    project_id: str = ""
    project_number: str = ""
    region: str = ""
    dataset_prefix: str = ""
    bucket: str = ""
    env: dict[VariableName, str] = Field(default_factory=dict)
    secrets: dict[VariableName, SecretName] = Field(default_factory=dict)
    services: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    expect: tuple[dict[str, Any], ...] = ()
    examples: tuple[Literal["project_id", "project_number", "bucket"], ...] = ()

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        places = ("project_id", "project_number", "region", "dataset_prefix", "bucket")
        told = [name for name in places if getattr(self, name)]
        if self.backend == "gcp" and len(told) < len(places):
            raise ValueError(f"on gcp {', '.join(name for name in places if name not in told)} must be said")
        if self.backend == "local" and told:
            raise ValueError(f"on one machine {', '.join(told)} means nothing; remove it")
        return self


class Environments(Strict):
    """The three environments; they share nothing but images."""

    local: EnvironmentManifest
    staging: EnvironmentManifest
    production: EnvironmentManifest


class Manifest(Strict):
    """The whole file."""

    schema_version: Literal[1] = Field(alias="schema")
    order: tuple[Name, ...]
    image: ImageManifest
    common: Common
    services: dict[Name, ServiceManifest]
    environments: Environments
