"""The outbox is looked at rarely only where it is empty and a look is paid for; what nobody rang for is found too."""

from dataclasses import replace

import pytest

from propcast.apps.resources import Resources, open_resources, sending
from propcast.backends.settings import Backend
from propcast.backends.state.outbox import OUTBOX, SENT
from propcast.service.app import create_app
from propcast.service.catalogue import PRECOMPUTE_PROCESSOR
from propcast.service.watchers import PAID_LOOK_EVERY_S
from tests.apps.rig import Site, eventually
from tests.backends.outbox_samples import later, owe
from tests.service.client import served
from tests.service.toys import conditions, toy_service


def resources_of(site: Site, state: Backend) -> Resources:
    """The resources of a service whose settings say that its state is kept there."""
    opened = open_resources(PRECOMPUTE_PROCESSOR, site.declare_bus().environ, site.clock)
    settings = opened.backends.settings.model_copy(update={"backend_state": state})
    return replace(opened, backends=replace(opened.backends, settings=settings))


@pytest.mark.parametrize(("state", "empty_s"), [("local", 1.0), ("gcp", PAID_LOOK_EVERY_S)])
def test_only_an_empty_outbox_that_is_paid_for_has_the_long_pause(empty: Site, state: Backend, empty_s: float) -> None:
    resources = resources_of(empty, state)
    task = sending(resources)
    looks = [task.pause_s(task.work())]
    owe(resources.backends.state, "has to wait", not_before=empty.clock.now() + later(60))
    looks.append(task.pause_s(task.work()))
    assert looks == [empty_s, 1.0]


def test_a_message_that_nobody_rang_for_is_found_by_the_long_pause(empty: Site) -> None:
    resources = resources_of(empty, "gcp")
    task, state = replace(sending(resources), every_s=3_600, idle_s=0.05), resources.backends.state
    with served(create_app(replace(toy_service(), background=lambda _: [task]), conditions())):
        for number in range(2):
            owe(state, number)
            eventually(lambda number=number: len(state.find(SENT)) > number)  # type: ignore[misc]
    assert not state.find(OUTBOX)
