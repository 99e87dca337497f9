"""`propcast cloud`: the difference first, then what was asked for, and no data without its name."""

import json

import pytest

from propcast.delivery.cloud import opening
from tests.cli.conftest import propcast
from tests.delivery.cloud.conftest import FILE, World

PRODUCTION = ("--environment", "production", "--file", str(FILE))


@pytest.fixture
def there(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(opening, "opened", lambda _: world.cloud)
    return world


@pytest.mark.parametrize("words", ["cloud plan", "cloud apply", "cloud destroy", "doctor"])
def test_help_has_an_example(words: str) -> None:
    assert f"Example:  propcast {words}" in propcast(*words.split(), "--help").stdout


def test_one_machine_is_no_matter_of_the_cloud() -> None:
    planned = propcast("cloud", "plan", "--environment", "local", "--file", FILE)
    assert planned.exit_code == 2
    assert "on one machine" in planned.stderr


def test_plan_then_apply_then_nothing_to_do(there: World) -> None:
    planned = propcast("cloud", "plan", *PRODUCTION, "--no-color")
    assert planned.exit_code == 1
    assert "+ topic prediction-request" in planned.stdout
    assert "\x1b" not in planned.stdout
    applied = json.loads(propcast("cloud", "apply", *PRODUCTION, "--json").stdout)
    assert applied["changed"] == len(applied["plan"]["differences"]) > 50
    again = propcast("cloud", "plan", *PRODUCTION)
    assert again.exit_code == 0
    assert "production: 0 to do, 0 to look at" in again.stdout


def test_destroy_says_what_it_would_do_and_does_it_when_it_is_confirmed(there: World) -> None:
    propcast("cloud", "apply", *PRODUCTION)
    shown = propcast("cloud", "destroy", *PRODUCTION)
    assert "= bucket propcast-production-objects: it holds every object" in shown.stdout
    assert "nothing was removed" in shown.stdout
    assert there.pubsub.topics
    wrong = propcast("cloud", "destroy", *PRODUCTION, "--confirm", "staging")
    assert wrong.exit_code == 2
    assert there.pubsub.topics
    done = propcast("cloud", "destroy", *PRODUCTION, "--confirm", "production")
    assert done.exit_code == 0
    assert (there.pubsub.topics, bool(there.storage.buckets)) == ({}, True)
