"""The five services on one home, and a postman who carries what the bus holds, one push after the other."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlsplit

from propcast.apps import (
    analytics_processor,
    mlb_prediction_worker,
    precompute_processor,
    prediction_coordinator,
    prediction_worker,
)
from propcast.apps.coordination import Coordinator
from propcast.apps.resources import dispatcher
from propcast.backends.bus.desk import Acknowledged, Desk, End, GivenUp, Returned
from propcast.backends.bus.envelope import Envelope, encode
from propcast.backends.bus.instants import instant, micros
from propcast.backends.bus.port import Body, Message, Subscription
from propcast.backends.bus.queue import Claim, Return
from propcast.backends.bus.times import BusTimes
from propcast.service.declaration import Service
from propcast.service.topics import subscriptions
from tests.apps.rig import HERE, Running, Site, running

READY = "prediction-ready."

SERVICES: tuple[Service[Any], ...] = (
    analytics_processor.SERVICE,
    precompute_processor.SERVICE,
    prediction_coordinator.SERVICE,
    prediction_worker.SERVICE,
    mlb_prediction_worker.SERVICE,
)


@dataclass
class Fleet:
    """Five running apps that do nothing by themselves, and the bus between them.

    Attributes:
        pushed: (subscription, answer) of every push so far.
        meddle: what the postman does with the claims that he holds, such as carrying some twice.
    """

    site: Site
    apps: dict[str, Running]
    desk: Desk
    pushed: list[tuple[str, int]] = field(default_factory=list)
    meddle: Callable[[Sequence[Claim]], Sequence[Claim]] = list

    @property
    def coordinator(self) -> Coordinator:
        kit: Any = self.apps["prediction-coordinator"].client.app.state.kit
        return cast("Coordinator", kit.environment)

    def publish(self, topic: str, data: Body, **attributes: str) -> None:
        self.site.backends().bus.publish(topic, [(data, attributes)])

    def settle(self, rounds: int = 40) -> "Fleet":
        """Carry messages, put batches together and send the outbox until nothing moves any more."""
        ends: list[End] = []
        for _ in range(rounds):
            dispatcher(self.coordinator.resources).dispatch()
            handout = self.desk.visit(ends, [], {each.name: 8 for each in subscriptions(HERE)})
            ends = [self._carry(claim) for claim in self.meddle(handout.claims)]
            self.coordinator.consolidate()
            if not handout.claims and not dispatcher(self.coordinator.resources).dispatch():
                return self
        raise AssertionError(f"still moving after {rounds} rounds: {self.pushed[-10:]}")

    def settle_but_for_results(self, about: Body) -> "Fleet":
        """Have a slate forecast and let nobody hear that the workers are done."""
        self.meddle = lambda claims: [each for each in claims if not each.place.subscription.startswith(READY)]
        self.publish("features-ready", {"schema_version": 1, **about})
        return self.settle()

    def answers(self, topic: str) -> list[int]:
        """The answers to the pushes of a topic, in order."""
        return [code for name, code in self.pushed if name.startswith(f"{topic}.")]

    def _carry(self, claim: Claim) -> End:
        subscription = next(each for each in subscriptions(HERE) if each.name == claim.place.subscription)
        code = self._push(claim, subscription)
        self.pushed.append((subscription.name, code))
        if code < 300:
            return Acknowledged(claim)
        now = micros(self.site.clock.now())
        if code == 429:
            return Returned(claim, Return(now, uncharged=True))
        if claim.charged + 1 >= subscription.max_deliveries:
            return GivenUp(claim, f"answer {code}")
        return Returned(claim, Return(now, f"answer {code}", charged=True))

    def _push(self, claim: Claim, subscription: Subscription) -> int:
        running = next(app for app in self.apps.values() if app.entry.local_url == subscription.audience)
        message = Message(
            f"{self.desk.prefix}{claim.place.message}",
            json.loads(claim.data),
            claim.attributes,
            instant(claim.published_at),
        )
        body = encode(Envelope(message, subscription.name, claim.charged + 1))
        path = urlsplit(subscription.endpoint).path
        return running.client.post(path, content=body, headers=running.caller.push()).status_code


@contextmanager
def fleet(site: Site, services: Sequence[Service[Any]] = SERVICES) -> Iterator[Fleet]:
    """Start the services of a site; slate-published goes nowhere, as the console is not among them."""
    with ExitStack() as stack:
        quiet = [replace(service, background=lambda _: ()) for service in services]
        apps = {each.entry.name: stack.enter_context(running(site, each)) for each in quiet}
        site.backends().bus.pause("slate-published.admin-dashboard")
        desk = Desk(site.home / "bus.sqlite", "postman", site.clock, BusTimes())
        stack.callback(desk.close)
        yield Fleet(site, apps, desk)
