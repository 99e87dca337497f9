"""The `PROPCAST_*` variables that services read: what each must look like, and what is wrong with an environment."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from propcast.backends.settings import Port
from propcast.core.errors import did_you_mean
from propcast.service.identity import ENVIRONMENTS, environment_of

PREFIX = "PROPCAST_"
Form = Callable[[str], bool]


def text(value: str) -> bool:
    """Any text that is not blank."""
    return bool(value.strip())


def number(value: str) -> bool:
    """A positive whole number."""
    return value.isascii() and value.isdigit() and int(value) > 0


def divisor(value: str) -> bool:
    """A number from 1 to 1000."""
    return bool(re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", value)) and 1 <= float(value) <= 1000


def offset(value: str) -> bool:
    """Seconds from -60 to 60."""
    return bool(re.fullmatch(r"-?[0-9]{1,2}(\.[0-9]{1,6})?", value)) and abs(float(value)) <= 60


def switch(value: str) -> bool:
    """A word for on or off."""
    return value.lower() in ("true", "false", "1", "0")


def url(value: str) -> bool:
    """An address with scheme and host, and without a credential in it."""
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def addresses(value: str) -> bool:
    """`name=address` pairs with commas between."""
    return all(url(service_url) for service_url in service_urls(value).values()) and "=" in value


def one_of(*words: str) -> Form:
    """One of the words."""
    return lambda value: value in words


@dataclass(frozen=True)
class Variable:
    """One variable; a secret one comes from the secrets port, which has a check of its own."""

    name: str
    form: Form = text
    secret: bool = False


@dataclass(frozen=True)
class Findings:
    """What is wrong with an environment, a sentence for each variable; `unset` and `malformed` keep a service shut."""

    unset: tuple[str, ...] = ()
    malformed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.unset, *self.malformed, *self.unknown)


BACKEND = Variable("PROPCAST_BACKEND", one_of("local", "gcp"))
REQUIRED: tuple[Variable, ...] = (Variable("PROPCAST_ENVIRONMENT", one_of(*ENVIRONMENTS)), BACKEND)
REQUIRED_ON: Mapping[str, tuple[Variable, ...]] = {
    "local": (Variable("PROPCAST_PUSH_KEY", secret=True), Variable("PROPCAST_HOME")),
    "gcp": (
        Variable("PROPCAST_PUSH_AUDIENCE", url),
        Variable("PROPCAST_PROJECT_ID"),
        Variable("PROPCAST_REGION"),
        Variable("PROPCAST_DATASET_PREFIX"),
        Variable("PROPCAST_BUCKET"),
    ),
}
OPTIONAL: tuple[Variable, ...] = (
    *(Variable(f"PROPCAST_BACKEND_{port.upper()}", one_of("local", "gcp")) for port in get_args(Port)),
    Variable("PROPCAST_SECRET_VERSIONS"),
    Variable("PROPCAST_LOG_LEVEL", one_of("DEBUG", "INFO", "WARNING", "ERROR")),
    Variable("PROPCAST_OTLP_ENDPOINT", url),
    Variable("PROPCAST_HISTORY"),
    Variable("PROPCAST_TIME_DIVISOR", divisor),
    Variable("PROPCAST_CLOCK_OFFSET_S", offset),
)
FAMILIES: tuple[Variable, ...] = (Variable("PROPCAST_KEY_", secret=True),)
"""Variables whose name ends in the name of a vendor."""

PROJECT, PROJECT_ALIAS = "PROPCAST_PROJECT_ID", "GCP_PROJECT_ID"


def examine(
    required: Sequence[Variable], optional: Sequence[Variable], known: Sequence[Variable], environ: Mapping[str, str]
) -> Findings:
    """Return what is wrong: required and not set, set and malformed, or a `PROPCAST_*` name that nothing reads.

    On one machine every required variable has a safe default; elsewhere none has.
    """
    told = _with_alias(environ)
    needed = [*REQUIRED, *REQUIRED_ON.get(told.get(BACKEND.name, "local"), ()), *required]
    checked = {variable.name: variable for variable in (*needed, *OPTIONAL, *optional)}
    names = {*checked, *(v.name for v in known), *(v.name for wanted in REQUIRED_ON.values() for v in wanted)}
    local = environment_of(environ) == "local"
    return Findings(
        tuple(f"{v.name} is not set" for v in needed if not (local or v.secret or told.get(v.name))),
        tuple(_malformed(checked, told)),
        tuple(_unknown(names, told)),
    )


def service_urls(value: str) -> dict[str, str]:
    """Return the addresses in `name=address,name=address`."""
    pairs = (pair.partition("=") for pair in value.split(",") if pair.strip())
    return {name.strip(): address.strip().rstrip("/") for name, _, address in pairs}


def _with_alias(environ: Mapping[str, str]) -> dict[str, str]:
    told = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    if alias := environ.get(PROJECT_ALIAS):
        told.setdefault(PROJECT, alias)
    return told | ({PROJECT_ALIAS: alias} if alias else {})


def _malformed(checked: Mapping[str, Variable], told: Mapping[str, str]) -> list[str]:
    forms = {**{v.name: v for v in _of_families(told)}, **checked}
    wrong = [name for name, value in told.items() if name in forms and value and not forms[name].form(value)]
    said = [f"{name} is malformed: {forms[name].form.__doc__ or 'another word is needed'}" for name in sorted(wrong)]
    if told.get(PROJECT_ALIAS, told.get(PROJECT)) != told.get(PROJECT):
        said.append(f"{PROJECT} and {PROJECT_ALIAS} have different values")
    return said


def _unknown(names: set[str], told: Mapping[str, str]) -> list[str]:
    family = {variable.name for variable in _of_families(told)}
    strangers = sorted(name for name in told if name.startswith(PREFIX) and name not in names and name not in family)
    return [f"{name} is not a variable of PropCast{did_you_mean(name, sorted(names))}" for name in strangers]


def _of_families(told: Mapping[str, str]) -> list[Variable]:
    return [Variable(name, f.form, f.secret) for name in told for f in FAMILIES if name.startswith(f.name)]
