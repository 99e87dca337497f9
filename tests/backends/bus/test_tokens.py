"""Push tokens: accepted for one audience, for their life, from a key that is valid now; nothing else is."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.backends.bus.claims import Refusal, TokenRefused
from propcast.backends.bus.tokens import EMAIL, ISSUER, PushKey, push_keys, sign, verify
from propcast.backends.secrets.port import Secret
from propcast.core.errors import InputError

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
WORKER = "http://127.0.0.1:8082"
OLD, NEW, STRANGER = (push_keys(Secret(letter * 40))[0] for letter in "ons")


def forged(key: PushKey = NEW, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    at = NOON.timestamp()
    claims = {"iss": ISSUER, "aud": WORKER, "email": EMAIL, "email_verified": True, "iat": at, "exp": at + 300}
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.api_jws.encode(
        json.dumps(kept).encode(), key.secret.reveal(), "HS256", headers={"kid": key.kid, **(header or {})}
    )


def refusal(token: str, keys: tuple[PushKey, ...] = (NEW,), audience: str = WORKER, now: datetime = NOON) -> Refusal:
    with pytest.raises(TokenRefused) as caught:
        verify(token, keys, audience, now)
    return caught.value.refusal


def test_a_signed_token_is_accepted_for_its_life_and_the_clocks_difference() -> None:
    token = sign(NEW, WORKER, NOON)
    for seconds in (-10, 0, 299, 309):
        claims = verify(token, (NEW,), WORKER, NOON + timedelta(seconds=seconds))
        assert (claims.audience, claims.email) == (WORKER, EMAIL)
    assert refusal(token, now=NOON + timedelta(seconds=310)) == "expired"
    assert refusal(token, now=NOON - timedelta(seconds=11)) == "not_yet_valid"


def test_rotation_keeps_every_token_valid_at_every_step() -> None:
    new, old = NEW.secret.reveal(), OLD.secret.reveal()
    steps = [old, f"{old},{new}", f"{new}\n{old}", new]
    for before, after in pairwise(steps):
        signer, verifier = push_keys(Secret(before)), push_keys(Secret(after))
        assert verify(sign(verifier[0], WORKER, NOON), signer, WORKER, NOON)
        assert verify(sign(signer[0], WORKER, NOON), verifier, WORKER, NOON)
    assert refusal(sign(OLD, WORKER, NOON), push_keys(Secret(new))) == "unknown_key"


@pytest.mark.proves("S1")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "http://127.0.0.1:8083"}, "wrong_audience"),
        ({"aud": [WORKER]}, "wrong_audience"),
        ({"aud": None}, "wrong_audience"),
        ({"iss": "https://accounts.google.com"}, "wrong_issuer"),
        ({"email": "someone@propcast.local"}, "wrong_email"),
        ({"email_verified": "true"}, "wrong_email"),
        ({"exp": NOON.timestamp() - 11}, "expired"),
        ({"exp": None}, "malformed"),
        ({"exp": "never"}, "malformed"),
        ({"exp": float("nan")}, "malformed"),
        ({"exp": 1e300}, "malformed"),
        ({"iat": None}, "malformed"),
        ({"iat": NOON.timestamp() + 11}, "not_yet_valid"),
    ],
)
def test_a_wrong_claim_is_refused_by_its_name(changes: dict[str, Any], reason: str) -> None:
    assert verify(forged(), (NEW,), WORKER, NOON)
    assert refusal(forged(**changes)) == reason


@pytest.mark.proves("S1", "S3")
@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer", "é.é.é", "null", sign(NEW, WORKER, NOON)[:-20]])
def test_what_is_no_signed_token_is_refused(token: str) -> None:
    assert refusal(token) in {"malformed", "forged"}


@pytest.mark.proves("S1")
def test_another_key_under_our_key_id_is_forged() -> None:
    assert refusal(forged(PushKey(NEW.kid, STRANGER.secret))) == "forged"
    assert refusal(forged(STRANGER)) == "unknown_key"


@pytest.mark.proves("S1")
@pytest.mark.parametrize("algorithm", ["none", "None", "HS512", "RS256"])
def test_the_token_does_not_choose_its_algorithm(algorithm: str) -> None:
    header = {"alg": algorithm, "typ": "JWT", "kid": NEW.kid}
    _, claims, signature = forged().split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert refusal(f"{head}.{claims}.{signature}") in {"forged", "malformed"}
    assert refusal(f"{head}.{claims}.") in {"forged", "malformed"}


@given(st.integers(0, 400), st.sampled_from("ABCxyz019-_."))
def test_one_changed_character_is_refused(place: int, letter: str) -> None:
    token = sign(NEW, WORKER, NOON)
    place %= len(token) - 1  # the last character carries unused bits
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        assert refusal(changed)


@pytest.mark.parametrize("text", ["", "short", "x" * 31, f"{'x' * 40},short", " ".join(["y" * 40] * 3)])
def test_weak_missing_or_too_many_keys_are_refused_without_showing_them(text: str) -> None:
    with pytest.raises(InputError) as caught:
        push_keys(Secret(text))
    assert "xxx" not in str(caught.value)
