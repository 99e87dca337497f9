"""One delivery from its bytes to its result, without HTTP: every error becomes an outcome, none is lost."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from propcast.backends.json import Body
from propcast.core.errors import NotReady, PropCastError
from propcast.service.push.desk import Buried, Desk
from propcast.service.push.envelope import Delivery, M, Poison, open_push
from propcast.service.push.outcome import Outcome, Result, classify
from propcast.service.push.strikes import OUT
from propcast.service.telemetry import correlation, declared
from propcast.service.telemetry.fencing import Fences
from propcast.service.telemetry.logs import Log, fingerprint
from propcast.service.telemetry.metrics import Metrics
from propcast.service.telemetry.traces import Tracing

_CHARGED = "charged"
"""Under this failures of all kinds are counted together."""


@dataclass(frozen=True)
class Handling(Generic[M]):
    """How the pushes of one topic are handled.

    Attributes:
        handle: does the work; returns its result or raises one of our errors.
    """

    topic: str
    model: type[M]
    handle: Callable[[M, Delivery], Result]
    desk: Desk
    log: Log
    metrics: Metrics
    tracing: Tracing
    fences: Fences

    def take(self, raw: bytes) -> Result:
        """Handle one push and return what the bus is to be told."""
        started = time.perf_counter()
        try:
            delivery, message = open_push(raw, self.model)
        except Poison as poison:
            result = self._bury(_poisoned(self.topic, raw, poison))
            self._tell(result, started, attempt=1)
            return result
        origin = correlation.origin(delivery.attributes, correlation.ATTRIBUTE)
        with (
            correlation.about(
                correlation_id=origin.correlation_id, message_id=delivery.message_id, attempt=delivery.attempt
            ),
            self.tracing.span(f"{self.topic} receive", origin),
        ):
            result, error = self._handled(delivery, message)
            self._tell(result, started, attempt=delivery.attempt, error=error)
            return result

    def _handled(self, delivery: Delivery, message: M) -> tuple[Result, BaseException | None]:
        try:
            result = self.handle(message, delivery)
        except Exception as error:  # noqa: BLE001 - the edge of all handlers: whatever it is becomes an outcome
            return self._failed(delivery, error), error
        buries = result.outcome in (Outcome.POISON, Outcome.PERMANENT)
        return self._bury(self._given_up(delivery, result)) if buries else self._charged(delivery, result), None

    def _failed(self, delivery: Delivery, error: Exception) -> Result:
        outcome, reason = classify(error), _reason(error)
        self.fences.see(error)
        if outcome is Outcome.NOT_YET and isinstance(error, NotReady):
            return self._postponed(delivery, error, reason)
        if outcome is Outcome.UNCLASSIFIED and self._strike(delivery, error) >= OUT:
            outcome, reason = Outcome.PERMANENT, f"{OUT} times {reason}"
        result = Result(outcome, reason)
        if outcome is Outcome.PERMANENT:
            return self._bury(self._given_up(delivery, result))
        return self._charged(delivery, result)

    def _charged(self, delivery: Delivery, result: Result) -> Result:
        """Charge a failed delivery to the message where the bus cannot, and give it up when its budget is spent."""
        budget = self.desk.budget
        if budget is None or result.outcome not in (Outcome.TRANSIENT, Outcome.UNCLASSIFIED):
            return result
        if self._count(delivery.message_id, _CHARGED) < budget:  # by its own id: a replay has a whole budget
            return result
        spent = Result(Outcome.PERMANENT, f"{budget} deliveries failed; the last: {result.reason}")
        return self._bury(self._given_up(delivery, spent))

    def _postponed(self, delivery: Delivery, error: NotReady, reason: str) -> Result:
        if self.desk.postpone is None:
            return Result(Outcome.TRANSIENT, reason)
        try:
            self.desk.postpone(self.topic, delivery, error)
        except Exception:  # noqa: BLE001 - not put aside, so the bus must keep it
            return Result(Outcome.TRANSIENT, "not_postponed")
        return Result(Outcome.NOT_YET, reason)

    def _strike(self, delivery: Delivery, error: Exception) -> int:
        return self._count(delivery.key, fingerprint(error))

    def _count(self, key: str, what: str) -> int:
        try:
            return self.desk.strikes.strike(key, what)
        except Exception:  # noqa: BLE001 - an uncounted failure is tried again, within the bus's own budget
            return 0

    def _bury(self, buried: Buried) -> Result:
        """Acknowledge a message that is given up only once it is on record."""
        try:
            self.desk.bury(buried)
        except Exception:  # not on record, so the bus must keep it
            self.log.exception("burial_failed", reason=buried.reason)
            return Result(Outcome.TRANSIENT, "not_recorded")
        return Result(buried.outcome, buried.reason)

    def _given_up(self, delivery: Delivery, result: Result) -> Buried:
        payload: Body = dict(delivery.data)
        return Buried(self.topic, result.outcome, result.reason, payload, delivery.message_id, delivery.attributes)

    def _tell(self, result: Result, started: float, *, attempt: int, error: BaseException | None = None) -> None:
        self.metrics.count(declared.DELIVERIES, topic=self.topic, outcome=result.outcome)
        self.metrics.observe(declared.DELIVERY_ATTEMPTS, attempt, topic=self.topic)
        unwell = result.outcome in (Outcome.POISON, Outcome.PERMANENT, Outcome.UNCLASSIFIED, Outcome.TRANSIENT)
        say = self.log.warning if unwell else self.log.info
        took = round((time.perf_counter() - started) * 1000, 2)
        say("delivery_handled", outcome=result.outcome, reason=result.reason, duration_ms=took, error=error)


def _poisoned(topic: str, raw: bytes, poison: Poison) -> Buried:
    reason, envelope = str(poison), poison.envelope
    if envelope is None:
        return Buried(topic, Outcome.POISON, reason, raw.decode("utf-8", "backslashreplace"))
    message = envelope.message
    return Buried(topic, Outcome.POISON, reason, dict(message.data), message.id, message.attributes)


def _reason(error: Exception) -> str:
    """Return a sentence of ours, or the kind of somebody else's error: theirs may quote values."""
    return str(error) if isinstance(error, PropCastError) else type(error).__name__
