"""Settles what a deployment will do: from what was asked for, what the manifest declares and what has the traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from propcast.backends.state.port import Reader
from propcast.core.identity import short_hash
from propcast.delivery.judge.evidence import Limits
from propcast.delivery.manifest.reading import Laid
from propcast.delivery.rollout.configuring import require_confirmed
from propcast.delivery.rollout.lane import FORECASTERS
from propcast.delivery.rollout.ledger import Deployment, Kind, Outcome, deployments
from propcast.delivery.rollout.plan import ALL, BASELINE, CANARY, Arms, Plan, Refused, Stable, check
from propcast.delivery.rollout.record import share_of
from propcast.delivery.targets.port import Image, Target, Wanted
from propcast.service import catalogue
from propcast.service.identity import config_hash

DIRTY, UNKNOWN = "-dirty", "unknown"
KNOWN = 500
"""So many rows back a release is found by its name."""


@dataclass(frozen=True)
class Declared:
    """What stands in the checkout that a deployment is made from: the manifest in one environment, and the commit."""

    laid: Laid
    manifest_hash: str
    commit: str


@dataclass(frozen=True)
class Asked:
    """What somebody asks for; None leaves it to the manifest. `confirmed`: variables may be taken away."""

    service: str
    who: str
    reference: str
    stages: tuple[int, ...] | None = None
    monitoring_s: float | None = None
    min_requests: int | None = None
    error_margin: float = 0.02
    max_windows: int = 3
    synthetic_rate: float = 7.0
    forecast_change: bool = False
    confirmed: bool = False


def plan_of(
    target: Target, reader: Reader, asked: Asked, declared: Declared, now: datetime, *, replayed: bool, samples: bool
) -> Plan:
    """Return the plan of a rollout; `Refused` for anything that may not be begun. It changes nothing.

    `replayed`: there are slates that both arms can be asked for again; `samples`: the coordinator can sample shards.
    """
    service, environment = declared.laid.services[asked.service], declared.laid.name
    stages = asked.stages or service.rollout.stages
    check(service.rollout.strategy, stages, asked.synthetic_rate)
    image = target.resolve(asked.reference)
    require_clean(declared)
    require_staged(reader, environment, asked.service, image)
    stable = stable_of(target, asked.service)
    number = numbered(Kind.ROLLOUT, asked.service, image, now)
    wanted = wanted_of(declared, asked.service, number, CANARY, image)
    require_confirmed(reader, environment, wanted, confirmed=asked.confirmed)
    beside = replace(
        wanted,
        name=f"{wanted.name}-b",
        tag=BASELINE,
        image=baseline_image(reader, environment, asked.service, stable, image),
    )
    monitoring_s = asked.monitoring_s or float(service.rollout.monitoring_s)
    return Plan(
        number, environment, asked.service, asked.who, image, stable, Arms(wanted, beside), stages, monitoring_s,
        asked.synthetic_rate, limits_of(asked, service.rollout.min_requests), replayed,
        sampled=samples and stable.is_release and is_sampled(asked.service, service.rollout.strategy),
    )  # fmt: skip


def is_sampled(service: str, strategy: str) -> bool:
    """Whether a service is tried on a share of the shards that it computes."""
    return strategy == "shard-sampled" and service in FORECASTERS


def limits_of(asked: Asked, declared_requests: int) -> Limits:
    """Return what is asked of the canary."""
    return Limits(
        min_requests=asked.min_requests or declared_requests,
        error_margin=asked.error_margin,
        max_windows=asked.max_windows,
        forecast_change=asked.forecast_change,
    )


def stable_of(target: Target, service: str) -> Stable:
    """Return what has all of the traffic; `Refused` where that is not one revision."""
    weights = {name: weight for name, weight in target.read_weights(service).weights.items() if weight}
    whole = [name for name, weight in weights.items() if weight == ALL]
    if not whole:
        raise Refused(f"the traffic of {service} is shared ({share_of(weights)}); `propcast rollback {service}` first")
    digests = {revision.name: revision.digest for revision in target.revisions(service)}
    return Stable(weights, whole[0], digests.get(whole[0], ""))


def baseline_image(reader: Reader, environment: str, service: str, stable: Stable, image: Image) -> Image:
    """Return what the baseline runs: what is stable; the image itself where there is nothing but a placeholder yet."""
    if not stable.is_release:
        return image
    done = deployments(reader, environment=environment, service=service, limit=KNOWN)
    known = [row.reference for row in done if row.digest == stable.digest]
    name = image.reference.partition("@")[0]
    return Image(known[0] if known else f"{name}@{stable.digest}", stable.digest)


def wanted_of(declared: Declared, service: str, number: str, tag: str, image: Image) -> Wanted:
    """Return a revision of a deployment as it shall be; its name has the deployment's number and is used once."""
    entry, laid = catalogue.service(service), declared.laid
    name = f"{entry.shown_name}-{number}"
    return Wanted(service, name, tag, image, laid.environ(service), dict(laid.services[service].secrets))


def row_of(
    plan: Plan,
    wanted: Wanted,
    kind: Kind,
    declared: Declared,
    now: datetime,
    prerequisites: dict[str, object] | None = None,
) -> Deployment:
    """Return the ledger row of a deployment that is about to begin."""
    return Deployment(
        plan.id, kind, plan.environment, plan.service, plan.who, declared.commit, plan.image.reference,
        plan.image.digest, wanted.name, config_hash(told(plan.service, wanted.env)), declared.manifest_hash, now,
        dict(wanted.env), dict(wanted.secrets), prerequisites or {}, plan.stable,
    )  # fmt: skip


def told(service: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a revision's configuration is known by."""
    return catalogue.service(service).told(env)


def numbered(kind: Kind, service: str, image: Image, now: datetime) -> str:
    """Return the number of a deployment: later ones sort after earlier ones."""
    return f"{now:%Y%m%d-%H%M%S}-{short_hash(kind, service, image.digest, now, length=4)}"


def require_clean(declared: Declared) -> None:
    """Refuse to deploy from a checkout whose commit does not say what is in it, but on one machine."""
    if declared.laid.name != "local" and not is_clean(declared.commit):
        raise Refused(f"this checkout is not clean (commit {declared.commit}); commit or put away what was changed")


def is_clean(commit: str) -> bool:
    """Tell whether a commit says all that is in its checkout."""
    return commit != UNKNOWN and not commit.endswith(DIRTY)


def require_staged(reader: Reader, environment: str, service: str, image: Image) -> None:
    """Refuse an image that was not staged with success in the environment, but on one machine."""
    if environment == "local":
        return
    done = deployments(reader, environment=environment, service=service, kind=Kind.STAGE, outcomes=[Outcome.STAGED])
    if image.digest not in [row.digest for row in done]:
        raise Refused(
            f"{image.digest} was not staged in {environment}; `propcast stage {service} --environment {environment} "
            f"--image {image.reference}` first"
        )
