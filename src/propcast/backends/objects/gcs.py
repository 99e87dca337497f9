"""Objects in a bucket of Cloud Storage."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from propcast.backends.google.patience import Patience
from propcast.backends.google.places import STORAGE, Places
from propcast.backends.ground import Ground
from propcast.backends.objects.keys import parents_of, parts_of
from propcast.backends.scratch import PREFIX, is_left_over, require_scratch
from propcast.core.errors import InputError, PropCastError, StoreConflict, StoreUnavailable

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Bucket

T = TypeVar("T")

_SHA256 = "sha256"


class BucketObjects:
    """`port.Objects` in a bucket: a blob is only ever created, on the condition that there is none.

    Its SHA-256 is in its metadata, so that the same bytes again cost no download; every transfer carries a CRC32C.
    """

    def __init__(self, connect: "Callable[[], Bucket]", patience: Patience | None = None) -> None:
        self._connect = connect
        self._patience = patience or Patience(call_s=60.0, budget_s=120.0)
        self._made: Bucket | None = None

    def put(self, key: str, body: bytes) -> str:
        """Store a blob and return its SHA-256; the same bytes again are a no-op, other bytes a `StoreConflict`."""
        digest = hashlib.sha256(body).hexdigest()
        self._require_free(key)
        try:
            self._ask(f"storing {key!r}", lambda: self._create(key, body, digest))
        except StoreConflict as error:
            # There is one, perhaps from a try of ours whose answer was lost.
            if self._digest(key) != digest:
                raise StoreConflict(
                    f"{key!r} already holds something else; blobs are immutable, choose another key"
                ) from error
        return digest

    def get(self, key: str) -> bytes:
        """Return a blob; `InputError` when there is none."""
        parts_of(key)
        return self._found(key, lambda: self._ask(f"reading {key!r}", lambda: self._download(key)))

    def exists(self, key: str) -> bool:
        """Tell whether the key holds a blob."""
        parts_of(key)
        return self._ask(f"looking for {key!r}", lambda: bool(self._blob(key).exists(**self._once)))

    def discard(self, key: str) -> None:
        """Remove a blob under `_scratch/`, absent or not; `InputError` for any other key."""
        require_scratch(key)
        parts_of(key)
        self._ask(f"removing {key!r}", lambda: self._delete(key))

    def sweep(self, before: datetime) -> int:
        """Remove blobs under `_scratch/` whose names were given out before; return how many."""
        old = [name for name in self._names(PREFIX) if is_left_over(name, before)]
        for name in old:
            self.discard(name)
        return len(old)

    def _require_free(self, key: str) -> None:
        """A bucket has no folders; what could not be kept in them is refused, so that all stores hold the same."""
        if any(self.exists(parent) for parent in parents_of(key)) or self._names(f"{key}/", limit=1):
            raise StoreConflict(f"{key!r} cannot be stored: a part of it is a blob's own key; choose another")

    def _create(self, key: str, body: bytes, digest: str) -> None:
        blob = self._blob(key)
        blob.metadata = {_SHA256: digest}
        blob.upload_from_string(
            body, "application/octet-stream", if_generation_match=0, checksum="crc32c", **self._once
        )

    def _digest(self, key: str) -> str:
        blob = self._ask(f"looking at {key!r}", lambda: self._bucket().get_blob(key, **self._once))
        known = (blob.metadata or {}).get(_SHA256) if blob is not None else None
        # Somebody else's tool may have put it there.
        return known or hashlib.sha256(self.get(key)).hexdigest()

    def _download(self, key: str) -> bytes:
        from google.cloud.storage.exceptions import DataCorruption

        try:
            return bytes(self._blob(key).download_as_bytes(checksum="crc32c", **self._once))
        except DataCorruption as error:
            raise StoreUnavailable(f"{key!r} arrived changed; try again") from error

    def _delete(self, key: str) -> None:
        from google.api_core.exceptions import NotFound

        try:
            self._blob(key).delete(**self._once)
        except NotFound:
            return

    def _names(self, prefix: str, limit: int | None = None) -> list[str]:
        def read() -> list[str]:
            found = self._bucket().list_blobs(
                prefix=prefix, max_results=limit, fields="items(name),nextPageToken", **self._once
            )
            return [blob.name for blob in found]

        return self._ask(f"listing {prefix!r}", read)

    def _found(self, key: str, read: Callable[[], T]) -> T:
        from google.api_core.exceptions import NotFound

        try:
            return read()
        except PropCastError as error:
            if not isinstance(error.__cause__, NotFound) or "bucket does not exist" in str(error):
                raise
            raise InputError(f"no object {key!r} in the bucket {self._bucket().name}") from error

    def _ask(self, doing: str, call: Callable[[], T]) -> T:
        return self._patience.again(doing, lambda _: call())

    @property
    def _once(self) -> dict[str, object]:
        """Each call is asked once with a time limit; `_ask` alone asks again."""
        return {"timeout": self._patience.call_s, "retry": None}

    def _blob(self, key: str) -> "Blob":
        return self._bucket().blob(key)

    def _bucket(self) -> "Bucket":
        if self._made is None:
            self._made = self._connect()
        return self._made


def opened(ground: Ground) -> BucketObjects:
    """Return the objects of an environment; nothing is asked yet."""
    places = Places.of(ground.settings, ground.environ)
    return objects_at(places.project, places.bucket, places.emulators.get(STORAGE, ""))


def objects_at(project: str, bucket: str, emulator: str = "", patience: Patience | None = None) -> BucketObjects:
    """Return the objects in a bucket, which is there; an emulator is named by its URL."""

    def connect() -> "Bucket":
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.storage import Client

        if not emulator:
            return Client(project).bucket(bucket)
        options = {"api_endpoint": emulator if "://" in emulator else f"http://{emulator}"}
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        return Client(project, credentials=nobody, client_options=options).bucket(bucket)

    return BucketObjects(connect, patience)
