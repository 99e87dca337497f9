"""Spans have ids without a collector, and go to one where an endpoint is set."""

import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from propcast.core.clock import FixedClock
from propcast.service.identity import identify
from propcast.service.telemetry.correlation import origin
from propcast.service.telemetry.traces import Unexported, make_tracing
from tests.service.toys import NOW

IDENTITY = identify("prediction-worker", {}, {})


def test_without_an_endpoint_nothing_is_kept_and_every_span_has_ids() -> None:
    tracing = make_tracing(IDENTITY, FixedClock(NOW), None)
    assert isinstance(tracing, Unexported)
    with tracing.span("a", origin({})) as outer, tracing.span("b", origin({})) as inner:
        assert outer.get_span_context().is_valid
        assert inner.get_span_context().span_id != outer.get_span_context().span_id
    assert tracing.exported_at() is None
    tracing.close()


def test_with_an_endpoint_spans_reach_the_collector_and_the_last_export_is_remembered() -> None:
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tracing = make_tracing(IDENTITY, FixedClock(NOW), f"http://127.0.0.1:{server.server_port}")
    with tracing.span("predict", origin({"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})) as span:
        assert f"{span.get_span_context().trace_id:032x}" == "a" * 32
    tracing.close()
    server.shutdown()
    server.server_close()
    assert [path for path, _ in received] == ["/v1/traces"]
    assert b"prediction-worker" in received[0][1]
    assert tracing.exported_at() == datetime(2026, 11, 30, 14, 5, 10, tzinfo=UTC)
    assert "opentelemetry.sdk.trace" in sys.modules
