"""The doctor of the stores on Google Cloud: what is missing is said in plain words."""

from pathlib import Path

import pytest

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.core.errors import InputError, StoreRefused
from propcast.pipeline.cloud_doctor import cloud_checks

PLACES = {"project_id": "p", "region": "r", "dataset_prefix": "d_", "bucket": "b"}


def on_cloud(*ports: str, **more: str) -> Settings:
    return Settings(**{f"backend_{port}": "gcp" for port in ports}, **PLACES, **more)  # type: ignore[arg-type]


def broken() -> Backends:
    raise StoreRefused("403 the account lacks a right")


def test_on_one_machine_nothing_of_the_cloud_is_looked_at() -> None:
    assert cloud_checks(broken, Settings(), {}) == {}


def test_places_that_are_not_named_are_told() -> None:
    checks = cloud_checks(broken, Settings(backend="gcp"), {})
    with pytest.raises(InputError, match="PROPCAST_PROJECT_ID, PROPCAST_REGION"):
        checks["google:places"]()


def test_emulators_need_no_credentials_and_are_named() -> None:
    environ = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:2"}
    checks = cloud_checks(broken, on_cloud("state", "objects"), environ)
    assert checks["google:credentials"]()[0] == "pass"
    assert "FIRESTORE_EMULATOR_HOST=127.0.0.1:1" in checks["google:places"]()[1]
    assert "secrets:declared" not in checks


def test_missing_credentials_say_how_to_sign_in_or_which_emulators_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    status, detail = cloud_checks(broken, on_cloud("state"), {})["google:credentials"]()
    assert status == "fail"
    assert "gcloud auth application-default login" in detail
    assert "FIRESTORE_EMULATOR_HOST" in detail


def test_a_store_that_refuses_is_asked_about() -> None:
    checks = cloud_checks(broken, on_cloud("state", "objects"), {})
    status, detail = checks["state:round_trip"]()
    assert status == "fail"
    assert detail.startswith("is there a Firestore database `(default)` in native mode")
    assert detail.endswith("403 the account lacks a right")
    assert "b: is there such a bucket" in checks["objects:round_trip"]()[1]


def test_secrets_that_are_declared_and_not_there_are_told(tmp_path: Path) -> None:
    local = compose(Settings(home=tmp_path), environ={})
    assert cloud_checks(broken, on_cloud("secrets"), {})["secrets:declared"]()[0] == "warn"
    declared = on_cloud("secrets", secret_versions="VENDOR_KEY=vendor-key@1")  # noqa: S106 - a name
    status, detail = cloud_checks(lambda: local, declared, {})["secrets:declared"]()
    assert status == "fail"
    assert "VENDOR_KEY" in detail


def test_what_works_passes(tmp_path: Path) -> None:
    local = compose(Settings(home=tmp_path), environ={})
    checks = cloud_checks(lambda: local, on_cloud("state", "objects"), {})
    assert [checks[name]()[0] for name in ("state:round_trip", "objects:round_trip")] == ["pass", "pass"]
