"""Topics and subscriptions as data: who is pushed what, at which path, and who takes the dead letters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from propcast.backends.bus.port import Filter, Subscription
from propcast.core.sport import Sport
from propcast.pipeline.messages import CANARY, LANE, Topic
from propcast.service.catalogue import (
    ADMIN_DASHBOARD,
    ANALYTICS_PROCESSOR,
    MLB_PREDICTION_WORKER,
    PRECOMPUTE_PROCESSOR,
    PREDICTION_COORDINATOR,
    PREDICTION_WORKER,
    SERVICES,
    Entry,
)

SCRATCH_TOPIC = "scratch"
"""Where services publish to themselves, to see that publishing works."""
DEAD_LETTERS = "/dead-letters"
"""The coordinator's path for the dead letters of every topic."""
SAMPLED = "/predict-sampled"
"""Where a canary is pushed the shards that it computes beside the stable revision."""

_HOLDS_TOPIC = "PROPCAST_TOPIC_"
_FEW = 4


@dataclass(frozen=True)
class Route:
    """One topic pushed to one path of one service.

    Attributes:
        filter: attributes that a message must have, or must not (None).
        lane: empty for what everybody gets, the tag of the revision that alone is pushed this otherwise.
    """

    topic: Topic
    service: Entry
    path: str
    filter: Filter = field(default_factory=dict)
    concurrency: int = _FEW
    lane: str = ""


def _requests(worker: Entry, sport: Sport) -> tuple[Route, Route]:
    """Return the way of the shards of a sport, and beside it that of those which a canary computes too.

    A canary is pushed one at a time: it may have one thread, and a push that it refuses counts against it.
    """
    every = Route(Topic.PREDICTION_REQUEST, worker, "/predict", {"sport": sport.value, LANE: None})
    sampled = {"sport": sport.value, LANE: CANARY}
    return every, Route(Topic.PREDICTION_REQUEST, worker, SAMPLED, sampled, concurrency=1, lane=CANARY)


ROUTES: tuple[Route, ...] = (
    Route(Topic.RAW_READY, ANALYTICS_PROCESSOR, "/process"),
    Route(Topic.ANALYTICS_READY, PRECOMPUTE_PROCESSOR, "/process"),
    Route(Topic.FEATURES_READY, PREDICTION_COORDINATOR, "/start"),
    *_requests(PREDICTION_WORKER, Sport.NBA),
    *_requests(MLB_PREDICTION_WORKER, Sport.MLB),
    Route(Topic.PREDICTION_READY, PREDICTION_COORDINATOR, "/complete", concurrency=8),
    Route(Topic.LINES_CHANGED, PREDICTION_COORDINATOR, "/lines"),
    Route(Topic.SLATE_PUBLISHED, ADMIN_DASHBOARD, "/slate-published"),
)


@dataclass(frozen=True)
class Places:
    """Where things are on this bus.

    Attributes:
        urls: addresses of services by name; one that is absent is at its port on this machine.
        called: what a topic is called on the bus; one that is absent has its own name.
        divisor: every time of a subscription is divided by it.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    divisor: float = 1.0

    def url(self, entry: Entry) -> str:
        """Return the address of a service; it is also the audience of what is pushed there."""
        return self.urls.get(entry.name, entry.local_url)

    def endpoint(self, route: Route) -> str:
        """Return where a route's messages are pushed.

        A lane ends at the address of its tag; on one machine it is the router that knows who has the tag.
        """
        url = self.url(route.service)
        return f"{url.replace('https://', f'https://{route.lane}---') if route.lane else url}{route.path}"

    def name(self, topic: Topic) -> str:
        """Return what a topic is called on the bus."""
        return self.called.get(topic.value, topic.value)

    def dead(self, topic: Topic) -> str:
        """Return what the topic of its dead letters is called."""
        return f"{self.name(topic)}-dead"


def topics(places: Places) -> list[str]:
    """Return every topic of the bus, those of dead letters and the scratch topic among them."""
    return [*map(places.name, Topic), *map(places.dead, Topic), SCRATCH_TOPIC]


def subscriptions(places: Places) -> list[Subscription]:
    """Return all of them, in the order of the topics; with `topics` they are what `bus.ensure` takes."""
    pushed = [_pushed(route, places) for route in ROUTES]
    dead = [_of_the_dead(topic, places) for topic in Topic]
    scratch = [Subscription(scratch_subscription(entry), SCRATCH_TOPIC, "", "") for entry in SERVICES]
    return [each.scaled(places.divisor) for each in (*pushed, *dead, *scratch)]


def subscription_name(topic: str, entry: Entry, lane: str = "") -> str:
    """Return the name of a service's subscription to a topic, given as it is called on the bus."""
    return f"{topic}.{entry.name}.{lane}" if lane else f"{topic}.{entry.name}"


def scratch_subscription(entry: Entry) -> str:
    """Return the subscription that a service drains of its own scratch messages."""
    return subscription_name(SCRATCH_TOPIC, entry)


def taken_by(entry: Entry, places: Places) -> list[str]:
    """Return the subscriptions of a service that are pushed to it."""
    return [each.name for each in subscriptions(places) if each.endpoint and each.audience == places.url(entry)]


def sent_by(entry: Entry, places: Places) -> list[str]:
    """Return the topics that a service sends to, as its variables say."""
    named = [v.name.removeprefix(_HOLDS_TOPIC) for v in (*entry.required, *entry.optional) if _HOLDS_TOPIC in v.name]
    return [places.name(Topic(name.lower().replace("_", "-"))) for name in named]


def variable_of(topic: str) -> str:
    """Return the variable that says what a topic is called on the bus."""
    return f"{_HOLDS_TOPIC}{topic.upper().replace('-', '_')}"


def living_topic(subscription: str, known: Sequence[Subscription]) -> str:
    """Return the topic of a subscription by its name; the name itself where it is unknown."""
    return next((each.topic for each in known if each.name == subscription), subscription)


def _pushed(route: Route, places: Places) -> Subscription:
    topic, url = places.name(route.topic), places.url(route.service)
    return Subscription(
        name=subscription_name(topic, route.service, route.lane),
        topic=topic,
        endpoint=places.endpoint(route),
        audience=url,
        filter=route.filter,
        dead_letter_topic=places.dead(route.topic),
        concurrency=route.concurrency,
    )


def _of_the_dead(topic: Topic, places: Places) -> Subscription:
    dead, url = places.dead(topic), places.url(PREDICTION_COORDINATOR)
    name = subscription_name(dead, PREDICTION_COORDINATOR)
    return Subscription(name, dead, f"{url}{DEAD_LETTERS}", url, concurrency=_FEW)
