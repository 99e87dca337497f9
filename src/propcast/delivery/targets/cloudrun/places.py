"""What the services of an environment are called on the platform."""

from dataclasses import dataclass

from propcast.core.errors import did_you_mean
from propcast.delivery.manifest.model import ServiceManifest
from propcast.delivery.manifest.reading import Laid
from propcast.delivery.targets.port import TargetRefused

LONGEST = 63


@dataclass(frozen=True)
class Place:
    """One declared service and its address on the platform."""

    service: str
    declared: ServiceManifest
    project: str
    region: str

    @property
    def deployed(self) -> str:
        """The service's name there."""
        return self.declared.deployed_name

    @property
    def parent(self) -> str:
        """Where it stands."""
        return f"projects/{self.project}/locations/{self.region}"

    @property
    def path(self) -> str:
        """Its resource name."""
        return f"{self.parent}/services/{self.deployed}"

    def revision(self, name: str) -> str:
        """Return the resource name of one of its revisions."""
        return f"{self.path}/revisions/{name}"

    @property
    def account(self) -> str:
        """The e-mail of the service account that it runs as."""
        return f"{self.declared.service_account}@{self.project}.iam.gserviceaccount.com"

    def require_name(self, name: str) -> None:
        """Refuse a revision name that the platform would not take."""
        if not name.startswith(f"{self.deployed}-") or len(name) > LONGEST:
            raise TargetRefused(
                f"{name!r} cannot be a revision of {self.deployed}: its name begins with {self.deployed + '-'!r} "
                f"and has at most {LONGEST} characters"
            )


def place_of(laid: Laid, service: str) -> Place:
    """Return where a service of the manifest is; `TargetRefused` for one that it does not name."""
    where = laid.environment
    if where.backend != "gcp":
        raise TargetRefused(f"{laid.name} is not on Google Cloud; use its own target")
    if service not in laid.services:
        hint = did_you_mean(service, list(laid.services))
        raise TargetRefused(f"the manifest names no service {service!r}{hint}")
    return Place(service, laid.services[service], where.project_id, where.region)


def short(path: str) -> str:
    """Return the last part of a resource name."""
    return path.rpartition("/")[2]
