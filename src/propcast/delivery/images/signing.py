"""Signatures of images: Ed25519 over the digest (RFC 8032), by a key whose public half the manifest names."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from propcast.backends.secrets.local import SIGNING_KEY as SIGNING_KEY  # a word of this module
from propcast.backends.secrets.port import Secret
from propcast.core.errors import Denied, InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_DOMAIN = b"propcast image\0"
"""Stands before every digest that is signed, so that a signature of something else is none of an image."""


@dataclass(frozen=True)
class Signature:
    """Who signed which digest; both in base64."""

    digest: str
    key: str
    value: str


def new_key() -> str:
    """Return a new private key, in base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode("ascii")


def public_of(secret: Secret) -> str:
    """Return the public half of a private key; `InputError` when it is none."""
    return base64.b64encode(_private(secret).public_key().public_bytes_raw()).decode("ascii")


def sign(digest: str, secret: Secret) -> Signature:
    """Sign a digest such as `sha256:…`."""
    value = _private(secret).sign(_DOMAIN + digest.encode("ascii"))
    return Signature(digest, public_of(secret), base64.b64encode(value).decode("ascii"))


def verify(signature: Signature, digest: str, trusted: Sequence[str]) -> None:
    """Return if somebody who is trusted signed this very digest; else raise `Denied`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature.digest != digest:
        raise Denied(f"the signature is of {signature.digest}, not of {digest}")
    if signature.key not in trusted:
        raise Denied(f"{digest} is signed by {signature.key}, whom the manifest does not name in image.signed_by")
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature.key, validate=True))
        public.verify(base64.b64decode(signature.value, validate=True), _DOMAIN + digest.encode("ascii"))
    except (InvalidSignature, ValueError) as error:
        raise Denied(f"the signature of {digest} by {signature.key} is not true; push the image again") from error


def _private(secret: Secret) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.reveal(), validate=True))
    except ValueError as error:
        raise InputError(f"{SIGNING_KEY} is no Ed25519 key; `propcast image key` makes one") from error
