"""Reads the manifest, and lays one environment over it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.manifest.model import EnvironmentManifest, Manifest, ServiceManifest
from propcast.service import catalogue
from propcast.service.expectations import FILE
from propcast.service.identity import ENVIRONMENTS
from propcast.service.topics import Places, sent_by, variable_of


class Unreadable(InputError):
    """The manifest is not what it must be; `violations` has every sentence."""

    def __init__(self, file: Path, violations: list[str]) -> None:
        super().__init__(f"{file}: {'; '.join(violations)}")
        self.violations = violations


@dataclass(frozen=True)
class Laid:
    """The manifest as it is in one environment: each service complete, its variables too."""

    name: str
    environment: EnvironmentManifest
    services: Mapping[str, ServiceManifest]
    signed_by: tuple[str, ...] = ()

    def url(self, service: str) -> str:
        """Return the address of a service."""
        if self.environment.backend == "local":
            return catalogue.service(service).local_url
        where = self.environment
        return f"https://{self.services[service].deployed_name}-{where.project_number}.{where.region}.run.app"

    def plain(self) -> dict[str, object]:
        """Return it as JSON values: what `propcast manifest show` prints."""
        services = {
            name: service.model_dump(mode="json") | {"url": self.url(name), "env": self.environ(name)}
            for name, service in self.services.items()
        }
        where = self.environment.model_dump(mode="json", exclude={"services", "env", "secrets", "expect", "examples"})
        return {"environment": self.name, **where, "services": services}

    def environ(self, service: str) -> dict[str, str]:
        """Return every variable of a service but its secrets."""
        return {**_of_environment(self, service), **self.services[service].env}


def read(file: Path = FILE) -> Manifest:
    """Read the manifest; `Unreadable` names everything in it that is not as declared."""
    try:
        return Manifest.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"there is no {file}; run this in a checkout, or name the manifest with --file") from None
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(file, [f"not TOML: {error}"]) from error
    except ValidationError as error:
        raise Unreadable(file, sentences(error)) from error


def lay(manifest: Manifest, environment: str) -> Laid:
    """Return the manifest with one environment laid over it; `Unreadable` where the overlay does not fit."""
    if environment not in ENVIRONMENTS:
        raise InputError(f"no environment is called {environment!r}{did_you_mean(environment, list(ENVIRONMENTS))}")
    over: EnvironmentManifest = getattr(manifest.environments, environment)
    strangers = [name for name in over.services if name not in manifest.services]
    wrong = [f"environments.{environment}.services.{name} is no service" for name in strangers]
    common = {"env": {**manifest.common.env, **over.env}, "secrets": over.secrets}
    laid = dict[str, ServiceManifest]()
    for name, service in manifest.services.items():
        whole = overlaid(overlaid(common, service.model_dump()), over.services.get(name, {}))
        try:
            laid[name] = ServiceManifest.model_validate(whole)
        except ValidationError as error:
            wrong += [f"environments.{environment}.services.{name}: {each}" for each in sentences(error)]
    if wrong:
        raise Unreadable(FILE, wrong)
    return Laid(environment, over, laid, manifest.image.signed_by)


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with another laid over it: tables key by key, anything else whole."""
    both = {**under, **over}
    tables = [key for key in under if isinstance(under[key], Mapping) and isinstance(over.get(key), Mapping)]
    return both | {key: overlaid(under[key], over[key]) for key in tables}


def sentences(error: ValidationError) -> list[str]:
    """Return what is wrong, a sentence for each place."""
    return [
        f"{'.'.join(str(part) for part in each['loc']) or 'the file'}: {each['msg']}"
        for each in error.errors(include_url=False)
    ]


def _of_environment(laid: Laid, service: str) -> dict[str, str]:
    """Return the variables that follow from where things are, so that nobody writes them twice."""
    where, entry = laid.environment, catalogue.service(service)
    told = {"PROPCAST_ENVIRONMENT": laid.name, "PROPCAST_BACKEND": where.backend}
    told |= {variable_of(topic): topic for topic in sent_by(entry, Places())}
    if any(variable.name == "PROPCAST_SERVICE_URLS" for variable in entry.required):
        told["PROPCAST_SERVICE_URLS"] = ",".join(f"{name}={laid.url(name)}" for name in laid.services)
    if where.backend == "local":
        return told
    return told | {
        "PROPCAST_PUSH_AUDIENCE": laid.url(service),
        "PROPCAST_PROJECT_ID": where.project_id,
        "PROPCAST_REGION": where.region,
        "PROPCAST_DATASET_PREFIX": where.dataset_prefix,
        "PROPCAST_BUCKET": where.bucket,
    }
