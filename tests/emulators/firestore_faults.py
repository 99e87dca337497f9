"""Stands between Firestore's client and the emulator, passes everything on, and fails as it is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from tests.emulators.wire import Faulty, Refused, serving

SERVICE = "google.firestore.v1.Firestore"
PLAIN = ("BeginTransaction", "Commit", "Rollback")
STREAMS = ("BatchGetDocuments", "RunQuery")
LIMIT_S = 60
_UNBOUNDED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


class Between(Faulty):
    """Messages pass as the bytes they are; `meanwhile` is what happens, once, after a call had its effect."""

    meanwhile: Callable[[], None] | None = None

    @contextmanager
    def before(self, emulator: str) -> Iterator[str]:
        """Stand before the emulator, and give the address to go to."""
        with (
            grpc.insecure_channel(emulator, options=_UNBOUNDED) as channel,
            serving([self._service(channel)]) as address,
        ):
            yield address

    def _service(self, channel: grpc.Channel) -> grpc.GenericRpcHandler:
        handlers = {call: grpc.unary_unary_rpc_method_handler(self._plain(channel, call)) for call in PLAIN}
        streams = {call: grpc.unary_stream_rpc_method_handler(self._stream(channel, call)) for call in STREAMS}
        return grpc.method_handlers_generic_handler(SERVICE, {**handlers, **streams})

    def _plain(self, channel: grpc.Channel, call: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        passed = channel.unary_unary(f"/{SERVICE}/{call}")

        def work(request: bytes) -> bytes:
            answer: bytes = _passed_on(lambda: passed(request, timeout=LIMIT_S))
            self._then(call)
            return answer

        return self.answer(call, work)

    def _stream(self, channel: grpc.Channel, call: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        passed = channel.unary_stream(f"/{SERVICE}/{call}")
        # Read to its end first: an error then comes before the first answer.
        return self.answer(call, lambda request: iter(_passed_on(lambda: list(passed(request, timeout=LIMIT_S)))))

    def _then(self, call: str) -> None:
        fault = self.faults.get(call)
        if self.meanwhile is not None and fault is not None and fault.after:
            happens, self.meanwhile = self.meanwhile, None
            happens()


def _passed_on(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except grpc.RpcError as error:
        raise Refused(error.code(), error.details() or "") from error
