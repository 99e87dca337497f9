"""The six services as data: names, ports, apps, variables, and the checks that each owes."""

from collections.abc import Mapping
from dataclasses import dataclass

from propcast.core.errors import InputError, did_you_mean
from propcast.service import variables
from propcast.service.checklist import COMMON, of_group
from propcast.service.variables import Findings, Variable, addresses, number, switch, text, url

LOCAL_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Entry:
    """One service.

    Attributes:
        name: its `serviceId`.
        deployed_name: its name on the platform, where that differs.
        port: where it listens on one machine.
        module: its module in `propcast.apps`.
        groups: what its own checks are about, such as `models`.
        required: its variables beyond the common ones; they have no default outside `local`.
        optional: variables that it reads when they are set.
    """

    name: str
    title: str
    port: int
    module: str
    groups: tuple[str, ...]
    required: tuple[Variable, ...]
    optional: tuple[Variable, ...]
    deployed_name: str = ""

    @property
    def app(self) -> str:
        """The import path of its app."""
        return f"propcast.apps.{self.module}:app"

    @property
    def local_url(self) -> str:
        """Its address on one machine; also the audience of its push tokens there."""
        return f"http://{LOCAL_HOST}:{self.port}"

    @property
    def shown_name(self) -> str:
        """The name that people see in a matrix."""
        return self.deployed_name or self.name

    @property
    def checks(self) -> tuple[str, ...]:
        """The keys of all checks that it owes."""
        return (*COMMON, *(key for group in self.groups for key in of_group(group)))

    def examine(self, environ: Mapping[str, str]) -> Findings:
        """Return what is wrong with the environment for this service."""
        known = [*variables.OPTIONAL, *(v for other in SERVICES for v in (*other.required, *other.optional))]
        return variables.examine(self.required, self.optional, known, environ)

    def told(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return this service's variables as they are set, without secrets: what its configuration hash covers."""
        common = [*variables.REQUIRED, *(v for group in variables.REQUIRED_ON.values() for v in group)]
        names = [*common, *variables.OPTIONAL, *self.required, *self.optional]
        return {v.name: environ[v.name] for v in names if v.name in environ and not v.secret}


def _topic(name: str) -> Variable:
    return Variable(f"PROPCAST_TOPIC_{name}")


ADMIN_DASHBOARD = Entry(
    name="admin-dashboard",
    deployed_name="nba-admin-dashboard",
    title="Console and public read API",
    port=8080,
    module="admin_dashboard",
    groups=("audit", "services", "published"),
    required=(Variable("PROPCAST_SESSION_KEY", secret=True), Variable("PROPCAST_SERVICE_URLS", addresses)),
    optional=(
        Variable("PROPCAST_OIDC_ISSUER", url),
        Variable("PROPCAST_OIDC_CLIENT_ID", text),
        Variable("PROPCAST_OIDC_CLIENT_SECRET", secret=True),
        Variable("PROPCAST_PUBLIC_READ", switch),
        Variable("PROPCAST_ADMIN_PASSWORD", secret=True),
    ),
)
PREDICTION_COORDINATOR = Entry(
    name="prediction-coordinator",
    title="Plans batches, collects shards, publishes slates",
    port=8081,
    module="prediction_coordinator",
    groups=("batches", "outbox", "deadletter", "lines"),
    required=(_topic("PREDICTION_REQUEST"), _topic("PREDICTION_READY"), _topic("SLATE_PUBLISHED")),
    optional=(
        _topic("LINES_CHANGED"),
        Variable("PROPCAST_BATCH_DEADLINE_S", number),
        Variable("PROPCAST_SHARD_SIZE", number),
        Variable("PROPCAST_LINE_SLA_MIN", number),
    ),
)
PREDICTION_WORKER = Entry(
    name="prediction-worker",
    title="NBA forecasts for a shard",
    port=8082,
    module="prediction_worker",
    groups=("models", "features", "outbox"),
    required=(Variable("PROPCAST_MODEL_ALIASES"), _topic("PREDICTION_READY")),
    optional=(Variable("PROPCAST_SHADOW_ALIASES"), Variable("PROPCAST_THREADS", number)),
)
MLB_PREDICTION_WORKER = Entry(
    name="mlb-prediction-worker",
    title="MLB forecasts for a shard",
    port=8083,
    module="mlb_prediction_worker",
    groups=PREDICTION_WORKER.groups,
    required=PREDICTION_WORKER.required,
    optional=PREDICTION_WORKER.optional,
)
ANALYTICS_PROCESSOR = Entry(
    name="analytics-processor",
    title="Raw to analytics tables, ingestion and grading",
    port=8084,
    module="analytics_processor",
    groups=("sources", "outbox"),
    required=(_topic("ANALYTICS_READY"),),
    optional=(Variable("PROPCAST_FEEDS"), Variable("PROPCAST_SOURCE_SLA_MIN", number)),
)
PRECOMPUTE_PROCESSOR = Entry(
    name="precompute-processor",
    title="Analytics to features",
    port=8085,
    module="precompute_processor",
    groups=("features", "outbox"),
    required=(_topic("FEATURES_READY"),),
    optional=(Variable("PROPCAST_FEATURE_SLA_MIN", number),),
)

SERVICES: tuple[Entry, ...] = (
    ADMIN_DASHBOARD,
    PREDICTION_COORDINATOR,
    PREDICTION_WORKER,
    MLB_PREDICTION_WORKER,
    ANALYTICS_PROCESSOR,
    PRECOMPUTE_PROCESSOR,
)


def service(name: str) -> Entry:
    """Return the service of that name (or deployed name); an unknown one is an `InputError` with a hint."""
    for entry in SERVICES:
        if name in (entry.name, entry.deployed_name):
            return entry
    raise InputError(f"no service is called {name!r}{did_you_mean(name, [entry.name for entry in SERVICES])}")
