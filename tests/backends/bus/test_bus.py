"""Runs the conformance suite on every bus adapter of `conftest.py`."""

from tests.backends.bus_conformance.answering import *  # noqa: F403
from tests.backends.bus_conformance.draining import *  # noqa: F403
from tests.backends.bus_conformance.dying import *  # noqa: F403
from tests.backends.bus_conformance.pausing import *  # noqa: F403
from tests.backends.bus_conformance.publishing import *  # noqa: F403
