"""What a service loads before its port opens; what only some work needs comes with that work."""

import subprocess
import sys

import pytest

from propcast.service.catalogue import SERVICES, Entry

MODEL_LIBRARIES = {"lightgbm", "scipy", "sklearn", "pandas", "pyarrow", "matplotlib"}
CALLS_AND_EXPORTS = {"httpx", "aiohttp", "opentelemetry.sdk", "opentelemetry.exporter"}


@pytest.mark.parametrize("entry", SERVICES, ids=lambda entry: entry.name)
def test_a_service_starts_without_libraries_of_models_and_of_calls(entry: Entry) -> None:
    program = f"import sys, propcast.apps.{entry.module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    loaded = set(done.stdout.split())
    assert f"propcast.apps.{entry.module}" in loaded
    assert loaded & (MODEL_LIBRARIES | CALLS_AND_EXPORTS) == set()
