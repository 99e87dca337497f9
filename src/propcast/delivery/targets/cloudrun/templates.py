"""A revision as the platform writes it, from what is wanted and what the manifest declares; and read back from it."""

import hashlib
from collections.abc import Mapping

from google.cloud.run_v2.types import (
    Container,
    ContainerPort,
    EnvVar,
    EnvVarSource,
    HTTPGetAction,
    Probe,
    ResourceRequirements,
    Revision,
    RevisionScaling,
    RevisionTemplate,
    SecretKeySelector,
)
from google.protobuf.duration_pb2 import Duration

from propcast.delivery.manifest.model import Probes, Resources
from propcast.delivery.targets import port
from propcast.delivery.targets.cloudrun.places import Place, short
from propcast.service import catalogue
from propcast.service.identity import config_hash

CONTENT = "propcast/content"
"""The annotation with the hash of everything that a revision is made of."""
PORT = 8080
_LIVENESS = {"period_seconds": 10, "timeout_seconds": 3, "failure_threshold": 3}


def template(place: Place, wanted: port.Wanted) -> RevisionTemplate:
    """Return the template of a revision: the image by its digest, every variable, and what the manifest declares."""
    given = place.declared.resources
    container = Container(
        image=pinned(wanted.image),
        command=list(place.declared.command),
        env=[*_variables(wanted.env), *_secrets(wanted.secrets)],
        ports=[ContainerPort(container_port=PORT)],
        resources=_resources(given),
        startup_probe=_startup(place.declared.probes),
        liveness_probe=Probe(http_get=HTTPGetAction(path=place.declared.probes.liveness), **_LIVENESS),
    )
    return _sealed(
        RevisionTemplate(
            revision=wanted.name,
            service_account=place.account,
            timeout=Duration(seconds=given.timeout_s),
            max_instance_request_concurrency=given.concurrency,
            scaling=RevisionScaling(min_instance_count=given.min_instances, max_instance_count=given.max_instances),
            containers=[container],
        )
    )


def placeholder(place: Place, image: port.Image) -> RevisionTemplate:
    """Return the template of the first revision of a new service: our image, alive, and nothing else."""
    container = Container(
        image=pinned(image),
        command=["python", "-m", "propcast.service.placeholder", "--port", str(PORT)],
        ports=[ContainerPort(container_port=PORT)],
        startup_probe=_startup(place.declared.probes),
    )
    return _sealed(
        RevisionTemplate(
            revision=placeholder_name(place),
            service_account=place.account,
            scaling=RevisionScaling(min_instance_count=0, max_instance_count=1),
            containers=[container],
        )
    )


def placeholder_name(place: Place) -> str:
    """Return what the first revision of a new service is called."""
    return f"{place.deployed}-placeholder"


def pinned(image: port.Image) -> str:
    """Return the reference by digest alone."""
    name = image.reference.partition("@")[0]
    head, _, last = name.rpartition("/")
    return f"{head}/{last.partition(':')[0]}@{image.digest}".removeprefix("/")


def read_back(place: Place, found: Revision, tags: Mapping[str, str], addresses: Mapping[str, str]) -> port.Revision:
    """Return a revision of the platform; `tags` and `addresses` are by tag, the first by name is told."""
    name = short(found.name)
    tag = next((tag for tag in sorted(tags) if tags[tag] == name), "")
    return port.Revision(
        service=place.service,
        name=name,
        tag=tag,
        url=addresses.get(tag, ""),
        digest=_image_of(found).partition("@")[2] or "none",
        config_hash=config_hash(catalogue.service(place.service).told(environment(found))),
        created_at=found.create_time,
    )


def require_same(found: Revision, wanted: RevisionTemplate) -> None:
    """Refuse a revision that has a name already taken by other content."""
    if found.annotations.get(CONTENT) != wanted.annotations[CONTENT]:
        raise port.TargetRefused(f"there is a revision {short(found.name)} with other content; choose another name")


def environment(found: Revision) -> dict[str, str]:
    """Return every variable of a revision but its secrets."""
    return {each.name: each.value for one in found.containers for each in one.env if not each.value_source}


def secrets(found: Revision) -> dict[str, str]:
    """Return the secrets of a revision by variable, as `name@version`."""
    told = [each for one in found.containers for each in one.env if each.value_source]
    keys = {each.name: each.value_source.secret_key_ref for each in told}
    return {name: f"{short(key.secret)}@{key.version}" for name, key in keys.items()}


def _image_of(found: Revision) -> str:
    return found.containers[0].image if found.containers else ""


def _variables(env: Mapping[str, str]) -> list[EnvVar]:
    return [EnvVar(name=name, value=env[name]) for name in sorted(env)]


def _secrets(wanted: Mapping[str, str]) -> list[EnvVar]:
    return [EnvVar(name=name, value_source=_source(wanted[name])) for name in sorted(wanted)]


def _source(secret: str) -> EnvVarSource:
    name, _, version = secret.partition("@")
    if not version.isdigit():
        raise port.TargetRefused(f"secret {secret!r} has no version; write it as NAME@NUMBER")
    return EnvVarSource(secret_key_ref=SecretKeySelector(secret=name, version=version))


def _resources(given: Resources) -> ResourceRequirements:
    limits = {"cpu": str(given.cpu), "memory": f"{given.memory_mib}Mi"}
    return ResourceRequirements(limits=limits, cpu_idle=True, startup_cpu_boost=True)


def _startup(probes: Probes) -> Probe:
    asked = HTTPGetAction(path=probes.startup)
    return Probe(http_get=asked, period_seconds=1, timeout_seconds=1, failure_threshold=probes.startup_limit_s)


def _sealed(made: RevisionTemplate) -> RevisionTemplate:
    content = RevisionTemplate.pb(made).SerializeToString(deterministic=True)
    made.annotations[CONTENT] = hashlib.sha256(content).hexdigest()
    return made
