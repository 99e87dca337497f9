"""Spans: always with ids, so that log and problem details can name them; exported only where an endpoint is set."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol

from opentelemetry import trace
from opentelemetry.context import Context

from propcast.core.clock import Clock
from propcast.service.identity import Identity
from propcast.service.telemetry.correlation import Origin


class Tracing(Protocol):
    """Opens spans."""

    def span(self, name: str, origin: Origin) -> AbstractContextManager[trace.Span]:
        """Make a span current while the block runs."""
        ...

    def exported_at(self) -> datetime | None:
        """Return when spans were last accepted by the collector; None while none were."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


class Unexported:
    """Gives ids and keeps nothing: the tracing of a process without a collector."""

    @contextmanager
    def span(self, name: str, origin: Origin) -> Iterator[trace.Span]:  # noqa: ARG002
        """Make a span with fresh ids current, inside the trace it was told of."""
        trace_id = origin.parent.trace_id if origin.parent else secrets.randbits(128)
        context = trace.SpanContext(trace_id, secrets.randbits(64) or 1, is_remote=False)
        with trace.use_span(trace.NonRecordingSpan(context), record_exception=False) as span:
            yield span

    def exported_at(self) -> datetime | None:
        """Return None: nothing is exported."""
        return None

    def close(self) -> None:
        """Do nothing."""


def make_tracing(identity: Identity, clock: Clock, endpoint: str | None) -> Tracing:
    """Return tracing to a collector (OTLP over HTTP), or without one; the SDK is only imported when it is used."""
    return Exported(identity, clock, endpoint) if endpoint else Unexported()


class Exported:
    """Sends spans in batches to a collector, apart from all other work."""

    def __init__(self, identity: Identity, clock: Clock, endpoint: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

        accepted = self._accepted = _Latest(clock.now)

        class Watched(OTLPSpanExporter):
            def export(self, spans: "list[ReadableSpan]") -> SpanExportResult:  # type: ignore[override]
                result = super().export(spans)
                if result is SpanExportResult.SUCCESS:
                    accepted.note()
                return result

        told = {"service.name": identity.service, "service.version": identity.release,
                "deployment.environment": identity.environment, "propcast.revision": identity.revision}  # fmt: skip
        self._provider = TracerProvider(resource=Resource.create(told), shutdown_on_exit=False)
        target = f"{endpoint.rstrip('/')}/v1/traces"
        self._provider.add_span_processor(BatchSpanProcessor(Watched(endpoint=target, timeout=5)))
        self._tracer = self._provider.get_tracer("propcast")

    @contextmanager
    def span(self, name: str, origin: Origin) -> Iterator[trace.Span]:
        """Make a recorded span current, inside the trace it was told of."""
        parent = trace.set_span_in_context(trace.NonRecordingSpan(origin.parent)) if origin.parent else Context()
        with self._tracer.start_as_current_span(name, parent, kind=trace.SpanKind.SERVER) as span:
            yield span

    def exported_at(self) -> datetime | None:
        """Return when spans were last accepted."""
        return self._accepted.at

    def close(self) -> None:
        """Send what is left and stop."""
        self._provider.shutdown()


class _Latest:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.at: datetime | None = None

    def note(self) -> None:
        self.at = self._now()
