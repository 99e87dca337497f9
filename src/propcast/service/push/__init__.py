"""Pushes of the bus: envelope in, typed message to a handler, outcome to the status code that the bus understands."""

from propcast.service.push.desk import Buried, Desk
from propcast.service.push.envelope import Delivery
from propcast.service.push.outcome import Outcome, Result
from propcast.service.push.route import Pushes
from propcast.service.push.strikes import Strikes

__all__ = ["Buried", "Delivery", "Desk", "Outcome", "Pushes", "Result", "Strikes"]
