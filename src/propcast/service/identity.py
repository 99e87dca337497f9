"""Who this process is: baked into the image and given by the platform, never by variables that a deploy can set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from propcast.core.errors import InputError
from propcast.core.identity import short_hash

Environment = Literal["local", "staging", "production"]
ENVIRONMENTS: tuple[Environment, ...] = ("local", "staging", "production")
BAKED = Path("/etc/propcast/build.json")
"""Written by the image build: `release`, `commit`, `service`, and `image_digest` where it is known."""
PACKED = Path(__file__).parents[1] / BAKED.name
"""The same, inside the package itself where that is a release of its own."""
BUILD = PACKED if PACKED.exists() else BAKED
REVISION_HEADER = "x-propcast-revision"
"""Every answer says in this header which revision it comes from."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Identity:
    """What every answer, log event and metric says about its origin."""

    service: str
    release: str
    commit: str
    revision: str
    environment: Environment
    config_hash: str
    image_digest: str = "none"


def identify(service: str, variables: Mapping[str, str], environ: Mapping[str, str], baked: Path = BUILD) -> Identity:
    """Return who this process is.

    `variables` are the service's own settings without secrets (their hash is `config_hash`); the revision comes from
    the platform (`K_REVISION`). An image that was baked for another service is an `InputError`.
    """
    build = _build(baked)
    if build.get("service", service) != service:
        raise InputError(f"this image was built for {build['service']!r}, not for {service!r}; deploy the other image")
    return Identity(
        service=service,
        release=build.get("release") or metadata.version("propcast"),
        commit=build.get("commit", UNKNOWN),
        revision=environ.get("K_REVISION", "local"),
        environment=environment_of(environ),
        config_hash=config_hash(variables),
        image_digest=build.get("image_digest", "none"),
    )


def config_hash(variables: Mapping[str, str]) -> str:
    """Return the hash by which a configuration without its secrets is told from another."""
    return short_hash(*(f"{name}={variables[name]}" for name in sorted(variables)), length=12)


def baked_service(baked: Path = BUILD) -> str | None:
    """Return the service that this image was built for; None outside of an image."""
    return _build(baked).get("service")


def environment_of(environ: Mapping[str, str]) -> Environment:
    """Return where this process runs; a word that is none of them, or none on a platform, counts as production.

    Nothing that is allowed on one machine only can so be switched on by leaving a variable out or spelling it wrongly;
    `config:missing_variables` names the variable.
    """
    told = environ.get("PROPCAST_ENVIRONMENT") or ("production" if "K_SERVICE" in environ else "local")
    return told if told in ENVIRONMENTS else "production"


def _build(baked: Path) -> dict[str, str]:
    try:
        text = baked.read_text(encoding="utf-8")
    except FileNotFoundError:  # not an image: a checkout
        return {}
    return {str(name): str(value) for name, value in json.loads(text).items()}
