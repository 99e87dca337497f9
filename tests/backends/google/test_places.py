"""Places on Google Cloud are complete, and emulators never stand in where it matters."""

import pytest

from propcast.backends.google.places import Places
from propcast.backends.settings import Settings
from propcast.core.errors import InputError

WHOLE = Settings(project_id="p", region="r", dataset_prefix="d_", bucket="b")


def test_every_missing_place_is_named() -> None:
    with pytest.raises(InputError, match="PROPCAST_REGION, PROPCAST_BUCKET"):
        Places.of(Settings(project_id="p", dataset_prefix="d_"), {})


def test_emulators_are_taken_in_local_alone() -> None:
    environ = {"PUBSUB_EMULATOR_HOST": "127.0.0.1:1", "FIRESTORE_EMULATOR_HOST": ""}
    assert Places.of(WHOLE, environ).emulators == {"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}
    with pytest.raises(InputError, match="PUBSUB_EMULATOR_HOST is set in 'production'"):
        Places.of(WHOLE.model_copy(update={"environment": "production"}), environ)
