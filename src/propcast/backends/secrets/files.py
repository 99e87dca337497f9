"""Secrets as files that only their owner may read."""

import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from secrets import choice, token_urlsafe

from propcast.backends.new_files import create
from propcast.backends.secrets.port import MissingSecret, Secret
from propcast.core.errors import InputError

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_KEY_BYTES = 48
_PLAIN = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5


class FileSecrets:
    """`port.Secrets` in a folder: one file per secret, named as it, mode 0600.

    Names in `generated` get a value of their maker when they are first asked for and have no file: safe defaults for
    one machine. Everybody who asks gets the same value, however many ask first at once.
    """

    def __init__(self, folder: Path, generated: Mapping[str, Callable[[], str]] | None = None) -> None:
        self._folder = folder
        self._generated = generated or {}

    def get(self, name: str) -> Secret:
        """Return a file's text without space around it.

        `MissingSecret` when there is none or it is empty, `InputError` when others than the owner may open it.
        """
        path = self._path(name)
        if name in self._generated and not path.exists():
            _create(path, self._generated[name]())
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingSecret(f"there is no secret file {path}; write the value there, mode 0600") from error
        with os.fdopen(descriptor, encoding="utf-8") as file:
            _require_private(descriptor, path)
            value = file.read().strip()
        if not value:
            raise MissingSecret(f"the secret file {path} is empty; write the value there")
        return Secret(value)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputError(f"{name!r} is not a secret's name; write capitals, digits and underscores")
        return self._folder / name


def _require_private(descriptor: int, path: Path) -> None:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & 0o077:
        raise InputError(f"the secret file {path} has mode {mode:04o}, others may open it; run `chmod 600 {path}`")


def random_key() -> str:
    """Return a value that signs: for programs, never typed."""
    return token_urlsafe(_KEY_BYTES)


def random_password() -> str:
    """Return a value that a person may have to type: 100 random bits, without letters that look alike."""
    return "-".join("".join(choice(_PLAIN) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _create(path: Path, value: str) -> None:
    """Make the file; where somebody was faster, theirs is the value."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    create(path, value.encode())
