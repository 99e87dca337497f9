"""Runs the conformance suite on every target of `conftest.py`."""

from tests.delivery.targets.conformance.revisions import *  # noqa: F403
from tests.delivery.targets.conformance.traffic import *  # noqa: F403
