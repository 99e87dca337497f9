"""Where the router sends what is sampled for a canary: to who has that tag, whatever the shares are; and its log."""

from propcast.delivery.targets.port import Revision
from propcast.service.topics import SAMPLED
from tests.delivery.targets.local.test_faring import fell
from tests.delivery.targets.rig import SERVICE, LocalRig, share, wanted


def staged(local: LocalRig, name: str, tag: str, *, create: bool = False) -> Revision:
    return local.target.stage(wanted(local, name, tag=tag), create=create)


def answered(local: LocalRig, path: str = SAMPLED, times: int = 8) -> set[tuple[int, str]]:
    return {local.get(path) for _ in range(times)}


def test_what_is_sampled_goes_to_the_canary_alone(local: LocalRig) -> None:
    staged(local, "stable", "", create=True)
    staged(local, "other", "baseline")
    share(local, stable=100)
    assert answered(local) == {(200, "stable")}
    staged(local, "fresh", "canary")
    assert answered(local) == {(200, "fresh")}
    assert answered(local, "/predict") == {(200, "stable")}
    assert {each.revision for each in local.logged() if each.route == SAMPLED} == {"stable", "fresh"}


def test_the_tag_takes_the_lane_along(local: LocalRig) -> None:
    staged(local, "one", "canary", create=True)
    staged(local, "two", "canary")
    share(local, one=100)
    assert answered(local) == {(200, "two")}
    staged(local, "one", "canary")
    assert answered(local) == {(200, "one")}


def test_a_canary_that_is_gone_leaves_what_is_sampled_to_those_who_know_that_it_is_not_theirs(local: LocalRig) -> None:
    staged(local, "stable", "", create=True)
    staged(local, "fresh", "canary")
    share(local, stable=100)
    local.target.retire(SERVICE, "fresh")
    assert answered(local) == {(200, "stable")}


def test_nobody_steps_in_for_a_canary_that_does_not_answer(local: LocalRig) -> None:
    staged(local, "stable", "", create=True)
    staged(local, "fresh", "canary")
    share(local, stable=100)
    for _ in range(3):
        fell(local, "fresh")
        assert {name for _, name in answered(local)} <= {"", "fresh"}
