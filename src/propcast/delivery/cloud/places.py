"""Where data are: the bucket and the datasets; their tables are the warehouse's own matter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.api_core.exceptions import Conflict, NotFound

from propcast.backends.google.patience import Patience
from propcast.delivery.cloud.shelf import CannotChange, Things

DATASETS = ("warehouse", "scratch")
"""What every environment has, after its prefix."""


@dataclass(frozen=True)
class Bucket:
    """The one bucket of an environment, in its region, ruled by bindings alone and closed to the public."""

    client: Any
    calls: Patience
    name: str
    region: str
    kind: str = "bucket"
    holds: str = "every object"

    def wanted(self) -> Things:
        """Return what is declared."""
        return {self.name: {"region": self.region.lower(), "uniform_access": True, "public": "enforced"}}

    def found(self) -> Things:
        """Return the bucket if it is there."""
        bucket = self.calls.again(f"reading bucket {self.name}", self._get)
        if bucket is None:
            return {}
        rules = bucket.iam_configuration
        return {
            self.name: {
                "region": str(bucket.location).lower(),
                "uniform_access": bool(rules.uniform_bucket_level_access_enabled),
                "public": rules.public_access_prevention,
            }
        }

    def make(self, name: str) -> None:
        """Make the bucket."""

        def call(limit_s: float) -> None:
            bucket = self.client.bucket(name)
            _close(bucket)
            try:
                self.client.create_bucket(bucket, location=self.region, timeout=limit_s, retry=None)
            except Conflict:
                self.client.get_bucket(name, timeout=limit_s, retry=None)  # ours since a try whose answer was lost

        self.calls.again(f"making bucket {name}", call)

    def change(self, name: str) -> None:
        """Close the bucket; `CannotChange` where it is in another region."""
        if self.found()[name]["region"] != self.region.lower():
            raise CannotChange(f"bucket {name} is in another region than {self.region}; copy it and declare the copy")

        def call(limit_s: float) -> None:
            bucket = self.client.get_bucket(name, timeout=limit_s, retry=None)
            _close(bucket)
            bucket.patch(timeout=limit_s, retry=None)

        self.calls.again(f"changing bucket {name}", call)

    def remove(self, name: str) -> None:
        """Remove the bucket with all objects; Cloud Storage refuses more than 256 at once."""
        self.calls.again(
            f"removing bucket {name}",
            lambda limit_s: self._get(limit_s).delete(force=True, timeout=limit_s, retry=None),
        )

    def _get(self, limit_s: float) -> Any:
        try:
            return self.client.get_bucket(self.name, timeout=limit_s, retry=None)
        except NotFound:
            return None


@dataclass(frozen=True)
class Datasets:
    """The datasets of an environment; other environments may have theirs in the same project."""

    client: Any
    calls: Patience
    project: str
    prefix: str
    region: str
    labels: Mapping[str, str] = field(default_factory=lambda: {"propcast": "warehouse"})
    kind: str = "dataset"
    holds: str = "every table"

    def wanted(self) -> Things:
        """Return what is declared."""
        return {f"{self.prefix}{name}": {"region": self.region.lower()} for name in DATASETS}

    def found(self) -> Things:
        """Return the datasets that begin with the prefix."""

        def call(limit_s: float) -> dict[str, str]:
            ids = [each.dataset_id for each in self.client.list_datasets(self.project, timeout=limit_s, retry=None)]
            ours = [each for each in ids if each.startswith(self.prefix)]
            return {
                each: self.client.get_dataset(self._path(each), timeout=limit_s, retry=None).location for each in ours
            }

        there = self.calls.again(f"listing datasets of {self.project}", call)
        return {name: {"region": str(location).lower()} for name, location in there.items()}

    def make(self, name: str) -> None:
        """Make a dataset."""
        from google.cloud.bigquery import Dataset

        dataset = Dataset(self._path(name))
        dataset.location, dataset.labels = self.region, dict(self.labels)
        self.calls.again(
            f"making dataset {name}",
            lambda limit_s: self.client.create_dataset(dataset, exists_ok=True, timeout=limit_s, retry=None),
        )

    def change(self, name: str) -> None:
        """Refuse: a dataset never moves."""
        raise CannotChange(f"dataset {name} is in another region than {self.region}; copy it and declare the copy")

    def remove(self, name: str) -> None:
        """Remove a dataset with all tables."""
        self.calls.again(
            f"removing dataset {name}",
            lambda limit_s: self.client.delete_dataset(
                self._path(name), delete_contents=True, not_found_ok=True, timeout=limit_s, retry=None
            ),
        )

    def _path(self, name: str) -> str:
        return f"{self.project}.{name}"


def _close(bucket: Any) -> None:
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.iam_configuration.public_access_prevention = "enforced"
