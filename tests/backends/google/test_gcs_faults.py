"""Every request to Cloud Storage failing: what passes is not seen, what stays has a name, and a blob is there once."""

from collections.abc import Callable, Iterator

import pytest

from propcast.backends.google.patience import Patience
from propcast.backends.objects.gcs import BucketObjects, objects_at
from propcast.backends.scratch import scratch_name
from propcast.core.errors import InputError, StoreConflict, StoreRefused, StoreUnavailable
from tests.backends.samples import NOON
from tests.emulators.http_faults import HttpBetween, HttpFault

pytestmark = pytest.mark.gcp

FOR_EVER = 1_000_000
TRANSIENT = (0, 408, 429, 500, 502, 503, 504)
METHODS = ("GET", "POST", "DELETE")
Opened = Callable[..., BucketObjects]


@pytest.fixture
def between() -> HttpBetween:
    return HttpBetween()


@pytest.fixture
def opened(storage_url: str, make_bucket: Callable[[], str], between: HttpBetween) -> Iterator[Opened]:
    name = make_bucket()
    with between.before(storage_url) as url:

        def at(budget_s: float = 60.0, bucket: str = name) -> BucketObjects:
            return objects_at("propcast", bucket, url, Patience(budget_s, 30.0, 0.01, 0.05))

        yield at


def whole(objects: BucketObjects) -> bytes:
    """Use each method: look, list, store, read, remove."""
    key = scratch_name(NOON)
    objects.put(key, b"one")
    read = objects.get(key)
    objects.discard(key)
    assert not objects.exists(key)
    return read


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("status", TRANSIENT)
@pytest.mark.parametrize("method", METHODS)
def test_a_request_that_fails_for_a_while_changes_nothing_of_the_outcome(
    opened: Opened, between: HttpBetween, method: str, status: int, after: bool
) -> None:
    """Also where it had its effect and only the answer was lost: our own blob is no conflict."""
    between.faults[method] = HttpFault(status, 2, after)
    assert whole(opened()) == b"one"
    assert between.faults[method].times == 0


@pytest.mark.parametrize("status", TRANSIENT)
@pytest.mark.parametrize("method", METHODS)
def test_a_request_that_fails_for_ever_is_unavailable_within_the_budget(
    opened: Opened, between: HttpBetween, method: str, status: int
) -> None:
    between.faults[method] = HttpFault(status, FOR_EVER)
    with pytest.raises(StoreUnavailable):
        whole(opened(0.3))
    assert len(between.asked) < 60


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("method", METHODS)
def test_a_request_that_is_refused_is_asked_once(
    opened: Opened, between: HttpBetween, method: str, status: int
) -> None:
    between.faults[method] = HttpFault(status, FOR_EVER)
    with pytest.raises(StoreRefused):
        whole(opened())
    assert between.asked.count(method) == 1 or method == "GET"


def test_a_bucket_that_is_not_there_is_named_and_is_no_missing_blob(opened: Opened) -> None:
    with pytest.raises(StoreRefused):
        opened(bucket="nowhere").put("a", b"one")


def test_other_bytes_are_a_conflict_also_where_the_answer_was_lost(opened: Opened, between: HttpBetween) -> None:
    opened().put("a/b", b"one")
    between.faults["POST"] = HttpFault(503, 1)
    with pytest.raises(StoreConflict, match="something else"):
        opened().put("a/b", b"two")
    assert opened().get("a/b") == b"one"


def test_a_blob_that_another_tool_put_there_is_compared_by_its_bytes(opened: Opened) -> None:
    objects = opened()
    objects._bucket().blob("a").upload_from_string(b"one", retry=None)
    objects.put("a", b"one")
    with pytest.raises(StoreConflict):
        objects.put("a", b"two")


def test_an_absent_blob_is_named_with_its_bucket(opened: Opened) -> None:
    with pytest.raises(InputError, match="no object 'a' in the bucket bucket-"):
        opened().get("a")
