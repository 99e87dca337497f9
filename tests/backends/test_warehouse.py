"""Runs the conformance suite on every warehouse adapter of `conftest.py`."""

from tests.backends.warehouse_conformance.contracts import *  # noqa: F403
from tests.backends.warehouse_conformance.growth import *  # noqa: F403
from tests.backends.warehouse_conformance.models import *  # noqa: F403
from tests.backends.warehouse_conformance.processes import *  # noqa: F403
from tests.backends.warehouse_conformance.reading import *  # noqa: F403
from tests.backends.warehouse_conformance.rules_all import *  # noqa: F403
from tests.backends.warehouse_conformance.rules_log import *  # noqa: F403
from tests.backends.warehouse_conformance.rules_replacing import *  # noqa: F403
from tests.backends.warehouse_conformance.scratch import *  # noqa: F403
from tests.backends.warehouse_conformance.versions import *  # noqa: F403
