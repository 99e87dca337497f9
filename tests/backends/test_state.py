"""Runs the conformance suite on every state adapter of `conftest.py`."""

from tests.backends.state_conformance.documents import *  # noqa: F403
from tests.backends.state_conformance.finding import *  # noqa: F403
from tests.backends.state_conformance.processes import *  # noqa: F403
from tests.backends.state_conformance.transactions import *  # noqa: F403
