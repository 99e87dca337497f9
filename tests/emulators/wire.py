"""Serves stand-ins of Google's services on a real connection, from the clients' own messages; each call can fail."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

FOR_EVER = 1_000_000
Calls = Mapping[str, tuple[Any, Callable[[Any], Any]]]
"""By the name of a call: the kind of its request, and what answers it."""


class Refused(Exception):
    """What the platform answers instead of a result."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Fault:
    """How a call fails: so often with that code, before or after it had its effect."""

    code: grpc.StatusCode
    times: int = FOR_EVER
    after: bool = False


@dataclass
class Wire:
    """What is asked, and how it fails, by the name of the call."""

    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, name: str, work: Callable[[Any], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        """Return a handler that fails as it was told."""

        def handle(request: object, context: grpc.ServicerContext) -> Any:
            self.asked.append(name)
            fault = self.faults.get(name)
            failing = fault is not None and fault.times > 0
            if fault is not None and failing:
                fault.times -= 1
                if not fault.after:
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
def serving(wire: Wire, services: Mapping[str, Calls]) -> Iterator[str]:
    """Serve on a free port and give the address."""
    server = grpc.server(ThreadPoolExecutor(4))
    for service, calls in services.items():
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(wire.answer(name, work), _reader(kind), _written)
            for name, (kind, work) in calls.items()
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
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
