"""Images and revisions: what comes up, what is refused, what goes."""

from datetime import timedelta

import pytest

from propcast.delivery.targets.port import Target, TargetRefused
from tests.delivery.targets.rig import SERVICE, Rig, share, two, wanted


def test_it_is_a_target(rig: Rig) -> None:
    assert isinstance(rig.target, Target)


def test_a_reference_has_one_digest(rig: Rig) -> None:
    image = rig.target.resolve(rig.good)
    assert image.digest.startswith("sha256:")
    assert rig.target.resolve(f"{rig.good}@{image.digest}").digest == image.digest
    assert rig.target.resolve(rig.other).digest != image.digest


def test_what_is_not_there_and_what_is_not_what_it_should_be_are_refused(rig: Rig) -> None:
    with pytest.raises(TargetRefused):
        rig.target.resolve(f"{rig.good}-that-is-not-there")
    with pytest.raises(TargetRefused, match="digest"):
        rig.target.resolve(f"{rig.good}@sha256:{'f' * 64}")


def test_a_service_that_is_not_there_is_made_only_when_asked_for(rig: Rig) -> None:
    with pytest.raises(TargetRefused, match="create"):
        rig.target.stage(wanted(rig, "one"))
    assert list(rig.target.revisions(SERVICE)) == []


def test_a_new_service_sends_no_request_to_unproven_code(rig: Rig) -> None:
    rig.target.stage(wanted(rig, "one"), create=True)
    weights = rig.target.read_weights(SERVICE).weights
    assert "one" not in weights
    assert sum(weights.values()) == 100


def test_a_revision_is_what_was_asked_for(rig: Rig) -> None:
    image = rig.target.resolve(rig.good)
    made = rig.target.stage(wanted(rig, "one", tag="canary"), create=True)
    assert (made.service, made.name, made.tag, made.digest) == (SERVICE, "one", "canary", image.digest)
    assert made.url
    assert made.config_hash
    assert made.created_at <= rig.now() + timedelta(seconds=1)


def test_the_configuration_hash_follows_the_variables(rig: Rig) -> None:
    plain = rig.target.stage(wanted(rig, "one"), create=True)
    again = rig.target.stage(wanted(rig, "two"))
    loud = rig.target.stage(wanted(rig, "three", PROPCAST_LOG_LEVEL="ERROR"))
    assert plain.config_hash == again.config_hash != loud.config_hash


def test_asking_twice_makes_one_revision(rig: Rig) -> None:
    first = rig.target.stage(wanted(rig, "one"), create=True)
    assert rig.target.stage(wanted(rig, "one"), create=True) == first
    assert [each.name for each in rig.target.revisions(SERVICE) if each.tag] == ["one"]


def test_a_name_means_one_content_for_ever(rig: Rig) -> None:
    rig.target.stage(wanted(rig, "one"), create=True)
    for other in (wanted(rig, "one", rig.other), wanted(rig, "one", PROPCAST_LOG_LEVEL="ERROR")):
        with pytest.raises(TargetRefused, match="other content"):
            rig.target.stage(other)
    assert [each.digest for each in rig.target.revisions(SERVICE) if each.tag] == [rig.target.resolve(rig.good).digest]


def test_an_image_of_another_service_is_refused(rig: Rig) -> None:
    with pytest.raises(TargetRefused):
        rig.target.stage(wanted(rig, "one", rig.foreign), create=True)
    assert "one" not in [each.name for each in rig.target.revisions(SERVICE)]


def test_revisions_come_oldest_first(rig: Rig) -> None:
    two(rig)
    rig.target.stage(wanted(rig, "a-third"))
    assert [each.name for each in rig.target.revisions(SERVICE) if each.tag] == ["one", "two", "a-third"]
    assert list(rig.target.revisions("admin-dashboard")) == []


def test_a_tag_goes_to_who_asked_last(rig: Rig) -> None:
    rig.target.stage(wanted(rig, "one", tag="canary"), create=True)
    rig.target.stage(wanted(rig, "two", tag="canary"))
    assert {each.name: each.tag for each in rig.target.revisions(SERVICE)}.items() >= {
        "one": "",
        "two": "canary",
    }.items()


def test_a_revision_without_traffic_can_be_retired_twice(rig: Rig) -> None:
    two(rig)
    for _ in range(2):
        rig.target.retire(SERVICE, "two")
        assert "two" not in [each.name for each in rig.target.revisions(SERVICE)]
    rig.target.retire("admin-dashboard", "two")


def test_a_revision_with_traffic_is_not_retired(rig: Rig) -> None:
    two(rig)
    share(rig, one=99, two=1)
    with pytest.raises(TargetRefused, match="traffic"):
        rig.target.retire(SERVICE, "two")
    assert rig.target.read_weights(SERVICE).weights == {"one": 99, "two": 1}


def test_what_has_made_room_for_a_release_can_go(rig: Rig) -> None:
    two(rig)
    placeholder = next(iter(rig.target.read_weights(SERVICE).weights))
    share(rig, one=100)
    rig.target.retire(SERVICE, placeholder)
    assert [each.name for each in rig.target.revisions(SERVICE)] == ["one", "two"]


def test_a_running_revision_fares_well(rig: Rig) -> None:
    began = rig.now()  # the journal of a target keeps what other revisions of this name went through
    two(rig)
    seen = rig.target.condition(SERVICE, "one", began)
    assert seen is not None
    assert (seen.instances, seen.restarts, seen.out_of_memory) == (1, 0, 0)


def test_nothing_is_known_of_a_revision_that_is_not_there(rig: Rig) -> None:
    two(rig)
    assert rig.target.condition(SERVICE, "seven", rig.now()) is None
    assert rig.target.condition("admin-dashboard", "one", rig.now()) is None
