"""What a service imports must be declared by its own extras, and the message has the line to add."""

from pathlib import Path

import pytest

from propcast.delivery.images.objections import Asked, Violation, likely, objections
from propcast.delivery.images.reach import reach
from propcast.delivery.manifest.requirements import Requirements
from propcast.service import catalogue
from tests.delivery.images.trees import installed, tree

GOOGLE = {
    "google-cloud-pubsub": ["google/cloud/pubsub_v1/__init__.py", "google/pubsub/__init__.py"],
    "google-cloud-storage": ["google/cloud/storage/__init__.py"],
    "lightgbm": ["lightgbm/__init__.py"],
}
EXTRAS = {"": (), "web": ("google-cloud-storage>=3",), "gcp": ("google-cloud-pubsub>=2",), "boosting": ("lightgbm",)}


def found(
    folder: Path, source: str, extras: tuple[str, ...] = ("web",), entry: catalogue.Entry = catalogue.PREDICTION_WORKER
) -> list[Violation]:
    reached = reach(tree(folder / "src", {"app.py": source}), ["propcast.app"])
    requirements = Requirements("propcast", EXTRAS)
    return list(objections(Asked(entry, extras), reached, requirements, installed(folder / "site", GOOGLE)))


@pytest.mark.proves("I1")
def test_a_client_that_no_extra_of_the_service_declares_is_named_with_module_distribution_and_line(
    tmp_path: Path,
) -> None:
    (violation,) = found(tmp_path, "import json\n\nfrom google.cloud import pubsub_v1, storage\n")
    assert (violation.module, violation.distribution) == ("google.cloud.pubsub_v1", "google-cloud-pubsub")
    assert violation.place == "src/propcast/app.py:3"
    for said in ('add "google-cloud-pubsub" to `web`', "prediction-worker", '"gcp", which has it'):
        assert said in violation.told


@pytest.mark.proves("I1")
def test_declaring_it_is_the_remedy(tmp_path: Path) -> None:
    assert found(tmp_path, "from google.cloud import pubsub_v1, storage\n", ("web", "gcp")) == []


@pytest.mark.proves("I3")
def test_an_import_inside_a_function_of_what_nobody_has_is_named_with_its_line(tmp_path: Path) -> None:
    (violation,) = found(tmp_path, "def rarely():\n    import pandas.io\n")
    assert violation.told.startswith("src/propcast/app.py:2 imports pandas.io, which no installed distribution has")


@pytest.mark.proves("I1", "I3")
def test_what_nobody_has_is_named_as_it_is_most_likely_called(tmp_path: Path) -> None:
    (violation,) = found(tmp_path, "from google.cloud import run_v2\n")
    assert 'add "google-cloud-run", or what has it, to `web` of prediction-worker' in violation.told
    names = {"pandas.io": "pandas", "google.cloud": "google", "google.cloud.pubsub_v1.types": "google-cloud-pubsub"}
    assert {module: likely(module) for module in names} == names


@pytest.mark.proves("I2")
def test_a_module_of_ours_that_is_not_there_is_named(tmp_path: Path) -> None:
    (violation,) = found(tmp_path, "import propcast.analytics\n")
    assert violation.told.startswith("src/propcast/app.py:1 imports propcast.analytics, which is not among the sources")


@pytest.mark.proves("I11")
def test_a_model_library_is_refused_where_there_are_no_models(tmp_path: Path) -> None:
    extras, source = ("web", "boosting"), "import lightgbm\n"
    assert found(tmp_path / "worker", source, extras) == []
    (violation,) = found(tmp_path / "console", source, extras, catalogue.ADMIN_DASHBOARD)
    assert "a model library, and admin-dashboard has no models" in violation.told
