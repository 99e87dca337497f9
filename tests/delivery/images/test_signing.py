"""A signature is of one digest, by one key, and no other."""

from dataclasses import replace

import pytest

from propcast.backends.secrets.port import Secret
from propcast.core.errors import Denied, InputError
from propcast.delivery.images.signing import new_key, public_of, sign, verify

DIGEST, OTHER = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"


def test_what_is_signed_by_a_trusted_key_is_verified_and_nothing_else() -> None:
    ours, theirs = Secret(new_key()), Secret(new_key())
    trusted = [public_of(ours)]
    verify(sign(DIGEST, ours), DIGEST, trusted)
    forged = [
        sign(DIGEST, theirs), replace(sign(DIGEST, theirs), key=public_of(ours)), sign(OTHER, ours),
        replace(sign(OTHER, ours), digest=DIGEST), replace(sign(DIGEST, ours), value="AAAA"),
        replace(sign(DIGEST, ours), value="no base64!"),
    ]  # fmt: skip
    for signature in forged:
        with pytest.raises(Denied):
            verify(signature, DIGEST, trusted)
    with pytest.raises(Denied):
        verify(sign(DIGEST, ours), DIGEST, [])


@pytest.mark.parametrize("value", ["", "AAAA", "not base64"])
def test_a_key_that_is_none_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(InputError) as refused:
        sign(DIGEST, Secret(value))
    assert not value or value not in str(refused.value)
