"""What every object store must do."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from propcast.backends.objects.files import FileObjects
from propcast.backends.objects.port import Objects
from propcast.backends.scratch import scratch_name
from propcast.core.errors import InputError, StoreConflict
from tests.backends.samples import NOON


def test_a_blob_comes_back_with_the_hash_of_its_bytes(objects: Objects) -> None:
    assert objects.put("models/nba/points.txt", b"tree") == hashlib.sha256(b"tree").hexdigest()
    assert objects.get("models/nba/points.txt") == b"tree"
    assert objects.exists("models/nba/points.txt")


def test_the_same_bytes_again_are_a_no_op(objects: Objects) -> None:
    assert objects.put("a/b", b"") == objects.put("a/b", b"")


def test_other_bytes_under_a_key_are_a_conflict(objects: Objects) -> None:
    objects.put("a/b", b"one")
    with pytest.raises(StoreConflict, match="'a/b'"):
        objects.put("a/b", b"two")
    assert objects.get("a/b") == b"one"


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a"), ("a", "a/b/c")])
def test_a_key_cannot_be_part_of_another_key(objects: Objects, first: str, second: str) -> None:
    objects.put(first, b"one")
    with pytest.raises(StoreConflict):
        objects.put(second, b"one")
    assert not objects.exists(second)


def test_an_absent_blob_is_named(objects: Objects) -> None:
    assert not objects.exists("a/b")
    with pytest.raises(InputError, match="no object 'a/b'"):
        objects.get("a/b")


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", ".new-x", "a\\..\\b", "a\0"]
)
def test_a_key_never_leaves_the_store(objects: Objects, key: str) -> None:
    for act in (lambda: objects.put(key, b""), lambda: objects.get(key), lambda: objects.exists(key)):
        with pytest.raises(InputError, match="is not an object key"):
            act()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "out").symlink_to(tmp_path)
    with pytest.raises(InputError, match="through a link"):
        FileObjects(tmp_path / "objects").put("out/x", b"")


def test_of_writers_at_once_exactly_one_wins(objects: Objects) -> None:
    def attempt(number: int) -> bool:
        try:
            objects.put("race", str(number).encode() * 10_000)
        except StoreConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert sum(won) == 1
    assert objects.get("race") == str(won.index(True)).encode() * 10_000


def test_no_unfinished_files_remain(tmp_path: Path) -> None:
    objects = FileObjects(tmp_path)
    objects.put("a/b", b"one")
    objects.put("a/b", b"one")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["b"]


def test_a_scratch_blob_can_be_discarded_and_its_key_is_free_again(objects: Objects) -> None:
    key = scratch_name(NOON)
    objects.put(key, b"one")
    objects.discard(key)
    objects.discard(key)
    assert not objects.exists(key)
    objects.put(key, b"two")
    assert objects.get(key) == b"two"


def test_blobs_that_are_no_scratch_cannot_be_discarded(objects: Objects) -> None:
    objects.put("models/a", b"tree")
    for key in ("models/a", "_scratch", "_scratch/../models/a"):
        with pytest.raises(InputError):
            objects.discard(key)
    assert objects.exists("models/a")


def test_a_sweep_removes_old_scratch_blobs_and_nothing_else(objects: Objects) -> None:
    assert objects.sweep(NOON) == 0
    old, new = scratch_name(NOON), scratch_name(NOON + timedelta(hours=2))
    for key in (old, new, "models/a"):
        objects.put(key, b"one")
    assert objects.sweep(NOON + timedelta(hours=1)) == 1
    assert [objects.exists(key) for key in (old, new, "models/a")] == [False, True, True]
