"""A stand-in for the Run Admin API: services, revisions and operations, with the platform's own rules."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import grpc
from google.cloud.run_v2.types import (
    Condition,
    CreateServiceRequest,
    DeleteRevisionRequest,
    GetRevisionRequest,
    GetServiceRequest,
    ListRevisionsRequest,
    ListRevisionsResponse,
    ListServicesRequest,
    ListServicesResponse,
    Revision,
    RevisionTemplate,
    Service,
    TrafficTarget,
    TrafficTargetAllocationType,
    TrafficTargetStatus,
    UpdateServiceRequest,
)
from google.iam.v1.iam_policy_pb2 import GetIamPolicyRequest
from google.iam.v1.policy_pb2 import Policy
from google.longrunning.operations_pb2 import GetOperationRequest, Operation

from tests.emulators.wire import Refused

T = TypeVar("T")
Code = grpc.StatusCode
LATEST = TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
START = datetime(2026, 11, 30, tzinfo=UTC)
DEFAULT = TrafficTarget(type_=LATEST, percent=100)
CANNOT_SERVE = "Revision '{}' is not ready and cannot serve traffic. The container failed its startup probe checks."


@dataclass
class RunApi:
    """Everything that the platform knows.

    `broken` are revisions that do not start; `slow` is how often a change is still going on when looked at.
    """

    broken: set[str] = field(default_factory=set)
    slow: int = 1
    services: dict[str, Service] = field(default_factory=dict)
    revisions: dict[str, Revision] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    changed: Callable[[], None] = lambda: None
    """Called before a change is looked at: somebody else is faster."""
    started: Callable[[str], None] = lambda _: None
    """Called with the name of every revision that comes up."""
    _looks: Counter[str] = field(default_factory=Counter)
    _numbers: int = 0

    def get_service(self, request: GetServiceRequest) -> Service:
        found = self._known(self.services, request.name)
        self._looks[request.name] -= 1
        if found.reconciling and self._looks[request.name] <= 0:
            found.reconciling = False
            found.etag = self._next("etag")  # a change of state is a change
        return found

    def list_services(self, request: ListServicesRequest) -> ListServicesResponse:
        found = [each for path, each in self.services.items() if path.startswith(f"{request.parent}/services/")]
        return ListServicesResponse(services=found)

    def create_service(self, request: CreateServiceRequest) -> Operation:
        path = f"{request.parent}/services/{request.service_id}"
        if path in self.services:
            raise Refused(Code.ALREADY_EXISTS, f"Resource '{request.service_id}' already exists.")
        traffic = request.service.traffic or [DEFAULT]
        if any(each.revision for each in traffic) or sum(each.percent for each in traffic) != 100:
            raise Refused(Code.INVALID_ARGUMENT, "The first revision of a service gets all of its traffic.")
        service = Service(request.service)
        service.name, service.traffic = path, traffic
        self.services[path] = service
        self._deploy(service)
        return self._settle(service)

    def update_service(self, request: UpdateServiceRequest) -> Operation:
        self.changed()
        found = self._known(self.services, request.service.name)
        if request.service.etag and request.service.etag != found.etag:
            raise Refused(
                Code.ABORTED, f"Conflict for resource: version {request.service.etag} is not the current one."
            )
        changed = Service(found)
        for name in request.update_mask.paths:
            setattr(changed, name, getattr(request.service, name))
        self._require_traffic(changed)
        self._deploy(changed)
        self.services[found.name] = changed
        return self._settle(changed)

    def get_iam_policy(self, request: GetIamPolicyRequest) -> Policy:
        self._known(self.services, request.resource)
        return self.policies.get(request.resource, Policy())

    def get_revision(self, request: GetRevisionRequest) -> Revision:
        return self._known(self.revisions, request.name)

    def list_revisions(self, request: ListRevisionsRequest) -> ListRevisionsResponse:
        self._known(self.services, request.parent)
        found = [each for path, each in self.revisions.items() if path.startswith(f"{request.parent}/revisions/")]
        return ListRevisionsResponse(revisions=found[::-1])  # newest first

    def delete_revision(self, request: DeleteRevisionRequest) -> Operation:
        found = self._known(self.revisions, request.name)
        service = self.services[request.name.rpartition("/revisions/")[0]]
        named = {each.revision for each in service.traffic} | {each.revision for each in service.traffic_statuses}
        if short(found.name) in named or found.name == service.latest_created_revision:
            raise Refused(Code.FAILED_PRECONDITION, "It may receive traffic, or is the latest revision of the service.")
        del self.revisions[found.name]
        return self._operation()

    def get_operation(self, request: GetOperationRequest) -> Operation:
        found = self._known(self.operations, request.name)
        found.done = True
        return found

    def by_hand(self, path: str, *targets: TrafficTarget) -> None:
        """Somebody changes the traffic in the console."""
        service = self.services[path]
        service.traffic = list(targets)
        service.traffic_statuses = list(self._statuses(service))
        service.etag = self._next("etag")

    def _deploy(self, service: Service) -> None:
        template = service.template
        name = f"{service.name}/revisions/{template.revision}"
        if (there := self.revisions.get(name)) is not None:
            if there.containers != template.containers or there.annotations != template.annotations:
                told = f"Revision named '{template.revision}' with different configuration already exists."
                raise Refused(Code.ALREADY_EXISTS, told)
            return
        made = self._revision(name, template)
        self.revisions[name] = made
        service.latest_created_revision = name
        if well(made):
            service.latest_ready_revision = name
            self.started(short(name))

    def _revision(self, name: str, template: RevisionTemplate) -> Revision:
        starts = template.revision not in self.broken
        state = Condition.State.CONDITION_SUCCEEDED if starts else Condition.State.CONDITION_FAILED
        message = "" if starts else CANNOT_SERVE.format(template.revision)
        self._numbers += 1
        return Revision(
            name=name,
            containers=template.containers,
            annotations=template.annotations,
            create_time=START + timedelta(minutes=self._numbers),
            conditions=[Condition(type_="Ready", state=state, message=message)],
        )

    def _require_traffic(self, service: Service) -> None:
        if sum(each.percent for each in service.traffic) != 100:
            raise Refused(Code.INVALID_ARGUMENT, "Traffic must add up to 100 percent.")
        tags = [each.tag for each in service.traffic if each.tag]
        if len(set(tags)) < len(tags):
            raise Refused(Code.INVALID_ARGUMENT, "A tag names one revision.")
        for each in service.traffic:
            path = f"{service.name}/revisions/{each.revision}"
            if each.revision and each.revision != service.template.revision and path not in self.revisions:
                raise Refused(Code.FAILED_PRECONDITION, f"Revision '{each.revision}' is not found.")

    def _settle(self, service: Service) -> Operation:
        """The traffic moves only once everything that it names can serve; the newest revision must come up, too."""
        named = [f"{service.name}/revisions/{each.revision}" for each in service.traffic if each.revision]
        lame = [name for name in (*named, service.latest_created_revision) if not well(self.revisions[name])]
        follows = any(each.type_ == LATEST for each in service.traffic) and not service.latest_ready_revision
        if not follows and not [name for name in lame if name in named]:
            service.traffic_statuses = list(self._statuses(service))
        service.reconciling, self._looks[service.name] = True, self.slow
        service.etag = self._next("etag")
        return self._operation(9, CANNOT_SERVE.format(short(lame[0]))) if lame else self._operation()

    def _statuses(self, service: Service) -> Iterator[TrafficTargetStatus]:
        for each in service.traffic:
            name = each.revision or short(service.latest_ready_revision)
            uri = f"https://{each.tag}---{short(service.name)}.a.run.app" if each.tag else ""
            yield TrafficTargetStatus(type_=each.type_, revision=name, percent=each.percent, tag=each.tag, uri=uri)

    def _operation(self, code: int = 0, message: str = "") -> Operation:
        made = Operation(name=self._next("projects/p/locations/l/operations/o"))
        if code:
            made.error.code, made.error.message = code, message
        self.operations[made.name] = made
        return made

    def _next(self, what: str) -> str:
        self._numbers += 1
        return f"{what}{self._numbers}"

    @staticmethod
    def _known(where: dict[str, T], name: str) -> T:
        if name not in where:
            raise Refused(Code.NOT_FOUND, f"Resource '{name}' was not found.")
        return where[name]


def well(revision: Revision) -> bool:
    """Tell whether a revision came up."""
    return revision.conditions[0].state == Condition.State.CONDITION_SUCCEEDED


def short(path: str) -> str:
    """Return the last part of a resource name."""
    return path.rpartition("/")[2]
