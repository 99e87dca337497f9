"""A slate was published: its rows are read before anybody asks for them."""

from fastapi import APIRouter

from propcast.apps.console.environment import Console
from propcast.apps.desk import desk
from propcast.pipeline.messages import SlatePublished, Topic
from propcast.service.push import Delivery, Outcome, Pushes, Result

PATH = "/slate-published"


def warm(console: Console, message: SlatePublished, _: Delivery) -> Result:
    """Read the current slate of the day; what is shown follows the pointer, so a late message does no harm."""
    current = console.reads.ledger.current(message.sport, message.day)
    if current is None:
        return Result(Outcome.STALE, "nothing is published")
    console.rows(current)
    return Result(Outcome.DONE)


def router() -> APIRouter:
    """Return the route that the bus pushes to."""
    routes = APIRouter()
    pushes = Pushes(Console, lambda console: desk(console.resources))
    pushes.route(routes, PATH, SlatePublished, warm, topic=Topic.SLATE_PUBLISHED)
    return routes
