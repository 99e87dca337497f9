"""Puts the stand-ins on a real gRPC server, made from the client's own messages; each call can be made to fail."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud import logging_v2, run_v2
from google.cloud.logging_v2.types import ListLogEntriesRequest, ListLogEntriesResponse, LogEntry
from google.longrunning.operations_pb2 import GetOperationRequest

from tests.delivery.targets.cloudrun.run_api import Refused, RunApi

RUN, LOGGING, OPERATIONS = "google.cloud.run.v2", "google.logging.v2.LoggingServiceV2", "google.longrunning.Operations"
FOR_EVER = 1_000_000
CALLS = (
    "GetService", "ListServices", "CreateService", "UpdateService", "GetRevision", "ListRevisions", "DeleteRevision",
    "GetOperation", "ListLogEntries",
)  # fmt: skip


@dataclass
class Fault:
    """How a call fails: so often with that code, before or after it had its effect."""

    code: grpc.StatusCode
    times: int
    after: bool = False


@dataclass
class Platform:
    """The whole platform in memory: what it knows, what it is asked, and how it fails."""

    run: RunApi = field(default_factory=RunApi)
    log: list[LogEntry] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)

    def entries(self, request: ListLogEntriesRequest) -> ListLogEntriesResponse:
        """Return the entries of the log that the filter names; of everything else in it a test looks itself."""
        self.filters.append(request.filter)
        found = [each for each in self.log if f'logName="{each.log_name}"' in request.filter]
        return ListLogEntriesResponse(entries=found)

    def answer(self, name: str, work: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        """Return a handler that fails as it was told."""

        def handle(request: object, context: grpc.ServicerContext) -> Any:
            self.asked.append(name)
            fault = self.faults.get(name)
            failing = fault is not None and fault.times > 0
            if fault is not None and failing:
                fault.times -= 1
            if fault is not None and failing and not fault.after:
                context.abort(fault.code, "as the test wants it")
            try:
                told = work(request)
            except Refused as error:
                context.abort(error.code, str(error))
            if fault is not None and failing:
                context.abort(fault.code, "as the test wants it, and it was done")
            return told

        return handle


@contextmanager
def serving(platform: Platform) -> Iterator[grpc.Channel]:
    """Serve a platform on a free port and give a channel to it."""
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(tuple(_handlers(platform)))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    server.stop(None).wait()


def _handlers(platform: Platform) -> Iterator[grpc.GenericRpcHandler]:
    run = platform.run
    yield _service(platform, f"{RUN}.Services", {
        "GetService": (run_v2.GetServiceRequest, run.get_service),
        "ListServices": (run_v2.ListServicesRequest, run.list_services),
        "CreateService": (run_v2.CreateServiceRequest, run.create_service),
        "UpdateService": (run_v2.UpdateServiceRequest, run.update_service),
    })  # fmt: skip
    yield _service(platform, f"{RUN}.Revisions", {
        "GetRevision": (run_v2.GetRevisionRequest, run.get_revision),
        "ListRevisions": (run_v2.ListRevisionsRequest, run.list_revisions),
        "DeleteRevision": (run_v2.DeleteRevisionRequest, run.delete_revision),
    })  # fmt: skip
    yield _service(platform, LOGGING, {"ListLogEntries": (logging_v2.types.ListLogEntriesRequest, platform.entries)})
    yield _service(platform, OPERATIONS, {"GetOperation": (GetOperationRequest, run.get_operation)})


def _service(platform: Platform, name: str, calls: dict[str, tuple[Any, Callable[[Any], Any]]]) -> Any:
    handlers = {
        call: grpc.unary_unary_rpc_method_handler(platform.answer(call, work), _reader(kind), _written)
        for call, (kind, work) in calls.items()
    }
    return grpc.method_handlers_generic_handler(name, handlers)


def _reader(kind: Any) -> Callable[[bytes], Any]:
    return kind.deserialize if hasattr(kind, "deserialize") else kind.FromString  # type: ignore[no-any-return]


def _written(message: Any) -> bytes:
    plain = type(message).pb(message) if hasattr(type(message), "pb") else message
    return plain.SerializeToString()  # type: ignore[no-any-return]
