"""Where things of one environment are on Google Cloud, and whether an emulator stands in for a service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from propcast.backends.settings import Settings
from propcast.core.errors import InputError

BIGQUERY = "BIGQUERY_EMULATOR_HOST"
FIRESTORE = "FIRESTORE_EMULATOR_HOST"
PUBSUB = "PUBSUB_EMULATOR_HOST"
STORAGE = "STORAGE_EMULATOR_HOST"
EMULATORS = (BIGQUERY, FIRESTORE, PUBSUB, STORAGE)
"""Google's own names for the addresses of emulators."""
_NEEDED = ("project_id", "region", "dataset_prefix", "bucket")


@dataclass(frozen=True)
class Places:
    """Where one environment keeps its things.

    Attributes:
        project, region: as Google names them.
        dataset_prefix: begins the name of every dataset, such as `staging_`.
        bucket: of all objects.
        emulators: addresses of emulators by variable; a service without one is the real one.
    """

    project: str
    region: str
    dataset_prefix: str
    bucket: str
    emulators: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """Return the places that settings name.

        Raises:
            InputError: a place is not named, or an emulator stands in for a service in staging or production.
        """
        missing = [f"PROPCAST_{name.upper()}" for name in _NEEDED if not getattr(settings, name)]
        if missing:
            raise InputError(f"on Google Cloud these must be set: {', '.join(missing)}")
        emulators = {name: environ[name] for name in EMULATORS if environ.get(name)}
        if emulators and settings.environment != "local":
            raise InputError(
                f"{', '.join(sorted(emulators))} is set in {settings.environment!r}; emulators are for tests"
            )
        return cls(settings.project_id, settings.region, settings.dataset_prefix, settings.bucket, emulators)
