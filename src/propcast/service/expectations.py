"""Declared failures: written down, dated and owned; they change a verdict, never a status."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from propcast.core.errors import InputError, did_you_mean
from propcast.service import catalogue
from propcast.service.checklist import CHECKLIST
from propcast.service.health.body import Declared, Status
from propcast.service.identity import ENVIRONMENTS

FILE = Path("deploy/propcast.toml")
LONGEST = timedelta(days=30)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str
    check: str
    status: Status
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: date


@dataclass(frozen=True)
class Expectation:
    """One declared failure: exactly one check of one service, with an end and an owner."""

    service: str
    check: str
    status: Status
    reason: str
    owner: str
    expires: date

    def holds(self, today: date) -> bool:
        """Return whether it still counts; its last day does."""
        return today <= self.expires


@dataclass(frozen=True)
class Expectations:
    """The declarations of one environment."""

    environment: str
    today: date
    declared: tuple[Expectation, ...] = ()

    def of(self, service: str) -> tuple[Expectation, ...]:
        """Return the declarations for one service that still count."""
        return tuple(e for e in self.declared if e.service == service and e.holds(self.today))

    def meets(self, service: str, check: str, status: Status) -> Expectation | None:
        """Return the declaration that says exactly this."""
        found = (e for e in self.of(service) if (e.check, e.status) == (check, status))
        return next(found, None)

    def annotate(self, service: str, check: str, status: Status) -> Declared | None:
        """Return what a body says of a declared failure."""
        met = self.meets(service, check, status)
        return Declared(reason=met.reason, expires=met.expires) if met else None


def load(environment: str, today: date, file: Path = FILE) -> Expectations:
    """Read the declarations of an environment; no file means none.

    `InputError` for one that is too broad, lasts too long, stands for a critical check in production, or names a
    service or check that does not exist.
    """
    if environment not in ENVIRONMENTS:
        raise InputError(f"no environment is called {environment!r}{did_you_mean(environment, list(ENVIRONMENTS))}")
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Expectations(environment, today)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is not TOML: {error}") from error
    section = told.get("environments", {}).get(environment, {})
    rows = section.get("expect", [])
    return Expectations(environment, today, tuple(_expectation(environment, today, file, row) for row in rows))


def _expectation(environment: str, today: date, file: Path, row: object) -> Expectation:
    try:
        told = _Row.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{file}: an expectation of {environment} is wrong at {where}: {first['msg']}") from error
    expectation = Expectation(**told.model_dump())
    if wrong := _objection(environment, today, expectation):
        raise InputError(f"{file}: the expectation {told.service} {told.check} of {environment} {wrong}")
    return expectation


def _objection(environment: str, today: date, told: Expectation) -> str:
    services: Sequence[str] = [entry.name for entry in catalogue.SERVICES]
    if told.service not in services:
        return f"names no service{did_you_mean(told.service, list(services))}"
    if told.check not in catalogue.service(told.service).checks:
        owed = list(catalogue.service(told.service).checks)
        return f"names no check of it: exactly one, no pattern{did_you_mean(told.check, owed)}"
    if told.status is Status.PASS:
        return "declares `pass`; only `warn` or `fail` can be expected"
    if told.expires > today + LONGEST:
        return f"expires {told.expires}, more than {LONGEST.days} days ahead; choose a nearer day"
    if environment == "production" and CHECKLIST[told.check].critical:
        return "excuses a critical check; in production only optional ones can be expected to fail"
    return ""
