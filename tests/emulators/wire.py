"""Stand-ins on a real gRPC server, made from the clients' own messages; each call can be made to fail."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

FOR_EVER = 1_000_000
Calls = Mapping[str, tuple[Any, Callable[[Any], Any]]]
"""By the name of a call: the kind of its request, and what answers it."""


class Refused(Exception):
    """What a service answers instead of a result."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Fault:
    """How a call fails: so often with that code, before or after it had its effect."""

    code: grpc.StatusCode
    times: int = FOR_EVER
    after: bool = False
    message: str = "as the test wants it"

    def take(self) -> bool:
        """Tell whether it fails this time too."""
        fails = self.times > 0
        self.times -= fails
        return fails


@dataclass
class Faulty:
    """How calls fail, by name, and which were made."""

    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, name: str, work: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        """Return a handler that fails as it was told."""

        def handle(request: object, context: grpc.ServicerContext) -> Any:
            self.asked.append(name)
            fault = self.faults.get(name)
            failing = fault if fault is not None and fault.take() else None
            if failing is not None and not failing.after:
                context.abort(failing.code, failing.message)
            try:
                told = work(request)
            except Refused as error:
                context.abort(error.code, str(error))
            if failing is not None:
                context.abort(failing.code, f"{failing.message}, and it was done")
            return told

        return handle

    def services(self, named: Mapping[str, Calls]) -> list[grpc.GenericRpcHandler]:
        """Return several services by their names."""
        return [self.service(name, calls) for name, calls in named.items()]

    def service(self, name: str, calls: Calls) -> grpc.GenericRpcHandler:
        """Return a service of calls."""
        handlers = {
            call: grpc.unary_unary_rpc_method_handler(self.answer(call, work), _reader(kind), _written)
            for call, (kind, work) in calls.items()
        }
        return grpc.method_handlers_generic_handler(name, handlers)


@contextmanager
def serving(handlers: Iterable[grpc.GenericRpcHandler]) -> Iterator[str]:
    """Serve on a free port, and give the address."""
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers(tuple(handlers))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _reader(kind: Any) -> Callable[[bytes], Any]:
    return kind.deserialize if hasattr(kind, "deserialize") else kind.FromString  # type: ignore[no-any-return]


def _written(message: Any) -> bytes:
    plain = type(message).pb(message) if hasattr(type(message), "pb") else message
    return plain.SerializeToString()  # type: ignore[no-any-return]
