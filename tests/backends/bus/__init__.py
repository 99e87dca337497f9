"""Tests of the bus."""

import pytest

pytest.register_assert_rewrite("tests.backends.bus_conformance")
