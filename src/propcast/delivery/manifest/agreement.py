"""Whether the manifest says what the code says: every disagreement in one report."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.manifest import pushing
from propcast.delivery.manifest.filling import unfilled
from propcast.delivery.manifest.model import Manifest, ServiceManifest
from propcast.delivery.manifest.reading import Laid, Unreadable, lay
from propcast.delivery.manifest.requirements import requirements_of
from propcast.service import catalogue, expectations
from propcast.service.catalogue import Entry
from propcast.service.checklist import CHECKLIST, of_group
from propcast.service.identity import ENVIRONMENTS
from propcast.service.topics import Places, sent_by
from propcast.service.wiring import secret_names

OUTSIDE = ("bus", "deployer", "scheduler")
"""Who may be an invoker without being a service."""


def violations(manifest: Manifest, environment: str, today: date, file: Path) -> list[str]:
    """Return everything in which the manifest, as it is in an environment, differs from the code or from itself."""
    found = [*_of_names(manifest), *_of_order(manifest), *_of_isolation(manifest), *_of_expectations(file, today)]
    try:
        laid = lay(manifest, environment)
    except Unreadable as error:
        return found + error.violations
    found += unfilled(manifest, laid)
    known = [name for name in laid.services if name in _names()]
    return found + [f"services.{name}: {told}" for name in known for told in _of_service(laid, name, file)]


def _names() -> list[str]:
    return [entry.name for entry in catalogue.SERVICES]


def _of_names(manifest: Manifest) -> Iterator[str]:
    for name in manifest.services:
        if name not in _names():
            yield f"services.{name} is no service{did_you_mean(name, _names())}"
    for name in _names():
        if name not in manifest.services:
            yield f"services.{name} is missing"


def _of_order(manifest: Manifest) -> Iterator[str]:
    if sorted(manifest.order) != sorted(manifest.services):
        yield f"order {list(manifest.order)} must name every service once"
        return
    for name, service in manifest.services.items():
        for needed in service.needs:
            if needed not in manifest.order[: manifest.order.index(name)]:
                yield f"order: {name} needs {needed}, which must come before it"
    accounts = [service.service_account for service in manifest.services.values()]
    for account in sorted({each for each in accounts if accounts.count(each) > 1}):
        yield f"service_account {account} belongs to more than one service; each has its own"


def _of_isolation(manifest: Manifest) -> Iterator[str]:
    staging, production = manifest.environments.staging, manifest.environments.production
    for what in ("project_id", "project_number", "dataset_prefix", "bucket"):
        if getattr(staging, what) == getattr(production, what):
            yield f"environments: staging and production share {what} {getattr(staging, what)!r}; each has its own"
    for name in ENVIRONMENTS:
        told = getattr(manifest.environments, name)
        others = [other for other in ENVIRONMENTS if other != name]
        foreign = [getattr(manifest.environments, other) for other in others]
        places = {place for other in foreign for place in (other.project_id, other.bucket) if place}
        values = {**told.env, **{k: str(v) for over in told.services.values() for k, v in over.get("env", {}).items()}}
        for variable, value in values.items():
            if hit := [place for place in sorted(places) if place in value]:
                yield f"environments.{name}: {variable} names {hit[0]}, which belongs to another environment"


def _of_expectations(file: Path, today: date) -> Iterator[str]:
    for name in ENVIRONMENTS:
        try:
            expectations.load(name, today, file)
        except InputError as error:
            yield str(error)


def _of_service(laid: Laid, name: str, file: Path) -> Iterator[str]:
    service, entry = laid.services[name], catalogue.service(name)
    for judge in _JUDGES:
        yield from judge(service, entry)
    yield from _of_variables(laid, name)
    yield from _of_files(service, file.resolve().parents[1])


def _of_identity(service: ServiceManifest, entry: Entry) -> Iterator[str]:
    command = ("python", "-m", "propcast.service.serving", entry.name)
    for what, told, code in (
        ("deployed_name", service.deployed_name, entry.shown_name),
        ("app", service.app, entry.app),
        ("command", service.command[: len(command)], command),
        ("publishes", sorted(service.publishes), sorted(sent_by(entry, Places()))),
    ):
        if told != code:
            yield f"{what} is {told!r}, the code says {code!r}"


def _of_invokers(service: ServiceManifest, _: Entry) -> Iterator[str]:
    known = [*_names(), *OUTSIDE]
    for invoker in service.invokers:
        if invoker not in known:
            yield f"invokers: nobody is called {invoker!r}{did_you_mean(invoker, known)}"
    if service.subscriptions and "bus" not in service.invokers:
        yield "invokers: it is pushed messages, so `bus` must be one"
    if "deployer" not in service.invokers:
        yield "invokers: `deployer` must be one, to ask a new revision how it is"


def _of_checks(service: ServiceManifest, entry: Entry) -> Iterator[str]:
    told = {**dict.fromkeys(service.checks.critical, True), **dict.fromkeys(service.checks.optional, False)}
    for key, critical in told.items():
        if key not in entry.checks:
            yield f"checks: it does not owe {key!r}{did_you_mean(key, list(entry.checks))}"
        elif CHECKLIST[key].critical is not critical:
            yield f"checks: {key} is {'critical' if CHECKLIST[key].critical else 'optional'} in the code"
    for key in (key for group in entry.groups for key in of_group(group)):
        if key not in told:
            yield f"checks: {key} of its own is missing"


def _of_variables(laid: Laid, name: str) -> Iterator[str]:
    entry, environ, secrets = catalogue.service(name), laid.environ(name), laid.services[name].secrets
    yield from entry.examine(environ).sentences
    if laid.environment.backend == "gcp":
        for secret in secret_names(entry, environ):
            if secret not in secrets:
                yield f"secrets: {secret} is missing"
    read = {variable.name for variable in (*entry.required, *entry.optional) if variable.secret}
    for secret in secrets:
        if secret in environ:
            yield f"{secret} is a variable and a secret; only a secret may hold it"
        elif secret not in read | set(secret_names(entry, environ)) and not secret.startswith("PROPCAST_KEY_"):
            yield f"secrets: nothing reads {secret}"


def _of_files(service: ServiceManifest, checkout: Path) -> Iterator[str]:
    if not (checkout / service.runbook).is_file():
        yield f"runbook {service.runbook} is not there"
    known = requirements_of(checkout).extras
    for extra in service.extras:
        if extra not in known:
            yield f"extras: pyproject.toml has no {extra!r}{did_you_mean(extra, known)}"


_JUDGES: tuple[Callable[[ServiceManifest, Entry], Iterator[str]], ...] = (
    _of_identity, _of_invokers, _of_checks, pushing.disagreements,
)  # fmt: skip
