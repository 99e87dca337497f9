"""The kit is light: what only some processes need is imported where it is used."""

import subprocess
import sys

HEAVY = ("polars", "deltalake", "scipy", "lightgbm", "numpy", "httpx", "matplotlib", "opentelemetry.sdk",
         "opentelemetry.exporter", "argon2", "sqlite3", "uvicorn", "schemathesis", "jwt", "cryptography",
         "pydantic.v1.main")  # fmt: skip


def test_a_service_without_models_imports_none_of_the_heavy_libraries() -> None:
    code = "import sys, propcast.service.app, propcast.service.push; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    loaded = set(ran.stdout.split())
    assert "propcast.service.app" in loaded
    assert [name for name in HEAVY if name in loaded] == []
