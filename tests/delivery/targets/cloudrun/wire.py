"""Puts the stand-ins on a real gRPC server, made from the client's own messages; each call can be made to fail."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
from google.cloud import logging_v2, run_v2
from google.cloud.logging_v2.types import ListLogEntriesRequest, ListLogEntriesResponse, LogEntry
from google.iam.v1.iam_policy_pb2 import GetIamPolicyRequest
from google.longrunning.operations_pb2 import GetOperationRequest

from tests.delivery.targets.cloudrun.run_api import RunApi
from tests.emulators.wire import Faulty
from tests.emulators.wire import serving as served

RUN, LOGGING, OPERATIONS = "google.cloud.run.v2", "google.logging.v2.LoggingServiceV2", "google.longrunning.Operations"


@dataclass
class Platform(Faulty):
    """The whole platform in memory: what it knows, what it is asked, and how it fails."""

    run: RunApi = field(default_factory=RunApi)
    log: list[LogEntry] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)

    def entries(self, request: ListLogEntriesRequest) -> ListLogEntriesResponse:
        """Return the entries of the log, the time and the revision that the filter names."""
        self.filters.append(request.filter)
        return ListLogEntriesResponse(entries=[each for each in self.log if _meets(each, request.filter)])


@contextmanager
def serving(platform: Platform) -> Iterator[grpc.Channel]:
    """Serve a platform on a free port and give a channel to it."""
    with served(_handlers(platform)) as address, grpc.insecure_channel(address) as channel:
        yield channel


def _meets(entry: LogEntry, wanted: str) -> bool:
    names = dict(re.findall(r'(logName|revision_name)="([^"]+)"', wanted))
    times = re.findall(r'timestamp(>=|<)"([^"]+)"', wanted)
    at = {sign: datetime.fromisoformat(text) for sign, text in times}
    revision: str = entry.resource.labels["revision_name"]
    in_time: bool = at[">="] <= entry.timestamp < at.get("<", datetime.max.replace(tzinfo=UTC))
    return in_time and entry.log_name == names["logName"] and names.get("revision_name", revision) == revision


def _handlers(platform: Platform) -> Iterator[grpc.GenericRpcHandler]:
    run = platform.run
    yield platform.service(f"{RUN}.Services", {
        "GetService": (run_v2.GetServiceRequest, run.get_service),
        "ListServices": (run_v2.ListServicesRequest, run.list_services),
        "CreateService": (run_v2.CreateServiceRequest, run.create_service),
        "UpdateService": (run_v2.UpdateServiceRequest, run.update_service),
        "GetIamPolicy": (GetIamPolicyRequest, run.get_iam_policy),
    })  # fmt: skip
    yield platform.service(f"{RUN}.Revisions", {
        "GetRevision": (run_v2.GetRevisionRequest, run.get_revision),
        "ListRevisions": (run_v2.ListRevisionsRequest, run.list_revisions),
        "DeleteRevision": (run_v2.DeleteRevisionRequest, run.delete_revision),
    })  # fmt: skip
    yield platform.service(LOGGING, {"ListLogEntries": (logging_v2.types.ListLogEntriesRequest, platform.entries)})
    yield platform.service(OPERATIONS, {"GetOperation": (GetOperationRequest, run.get_operation)})
