"""The body of all three health paths: IETF health+json field names, plus ours."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_serializer,
    model_validator,
)

MEDIA_TYPE = "application/health+json"
KEY_PATTERN = r"^[a-z_]+:[a-z_]+$"
LONGEST_OUTPUT = 300

Value = StrictBool | StrictInt | StrictFloat | StrictStr | None
Count = Annotated[int, Field(ge=0)]


class Status(StrEnum):
    """What a check or a service says of itself."""

    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"

    @property
    def code(self) -> int:
        """The HTTP status of an answer with this status: a warning still takes work."""
        return 503 if self is Status.FAIL else 200


class Kind(StrEnum):
    """What a check looks at."""

    COMPONENT = "component"
    DATASTORE = "datastore"
    SYSTEM = "system"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, serialize_by_alias=True)

    @model_serializer(mode="wrap")
    def _leave_out_what_is_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        written: dict[str, object] = handler(self)
        return {name: value for name, value in written.items() if value is not None or name == "observedValue"}


class Declared(_Part):
    """A declared expectation that a check meets; it changes verdicts, never a status."""

    reason: str
    expires: date


class ModelInUse(BaseModel):
    """A model that this process serves with."""

    model_config = ConfigDict(frozen=True, strict=True, protected_namespaces=())

    model_id: str
    sha256: str
    feature_hash: str
    alias: str = ""


class Entry(_Part):
    """One result of one check; `duration_ms` is the cost of looking, `observed_value` what was seen."""

    component_id: str | None = Field(default=None, alias="componentId")
    component_type: Kind = Field(alias="componentType")
    observed_value: Value = Field(alias="observedValue")
    observed_unit: str = Field(alias="observedUnit")
    status: Status
    critical: bool
    duration_ms: Annotated[float, Field(ge=0)]
    time: datetime
    output: Annotated[str, Field(max_length=LONGEST_OUTPUT)] | None = None
    affected_endpoints: list[str] | None = Field(default=None, alias="affectedEndpoints")
    links: dict[str, str] | None = None
    expected: Declared | None = None


class HealthBody(_Part):
    """What a service says of itself: who it is, what it checked, and how that adds up."""

    status: Status
    version: Literal["1"]
    release_id: str = Field(alias="releaseId", min_length=1)
    service_id: Literal[
        "prediction-coordinator", "prediction-worker", "mlb-prediction-worker",
        "analytics-processor", "precompute-processor", "admin-dashboard",
    ] = Field(alias="serviceId")  # fmt: skip
    description: str | None = None
    output: Annotated[str, Field(max_length=LONGEST_OUTPUT)] | None = None
    notes: list[str] | None = None
    revision: str
    image_digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64}|none)$")] | None = None
    environment: Literal["local", "staging", "production"]
    config_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    models: list[ModelInUse]
    time: datetime
    cached: bool | None = None
    checks: dict[Annotated[str, Field(pattern=KEY_PATTERN)], Annotated[list[Entry], Field(min_length=1)]]
    skipped: dict[str, Annotated[str, Field(min_length=1)]]
    checks_passed: Count
    checks_warned: Count
    checks_failed: Count
    checks_skipped: Count
    total_duration_ms: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _counters_add_up(self) -> Self:
        entries = [entry.status for found in self.checks.values() for entry in found]
        told = (self.checks_passed, self.checks_warned, self.checks_failed, self.checks_skipped)
        if told != (*count(entries), len(self.skipped)):
            raise ValueError(f"counters (passed, warned, failed, skipped) say {told}, the entries say otherwise")
        return self


def count(statuses: Iterable[Status]) -> tuple[int, int, int]:
    """Return how many passed, warned and failed."""
    seen = list(statuses)
    return seen.count(Status.PASS), seen.count(Status.WARN), seen.count(Status.FAIL)


def schema_text() -> str:
    """Return the JSON schema of the body, as it is published."""
    return resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
