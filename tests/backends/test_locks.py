"""The lock between threads and processes."""

import fcntl
from pathlib import Path

import pytest

from propcast.backends.locks import exclusive


def is_free(path: Path) -> bool:
    """Try the lock as another holder would, without waiting."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_nobody_else_gets_the_lock_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with exclusive(path):
        assert not is_free(path)
    assert is_free(path)


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def fail() -> None:
        with exclusive(path):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert is_free(path)
