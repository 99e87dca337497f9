"""The steps of an image before it may be staged, each on record when it has gone well: self-test, then push, signed.

On one machine there is nothing to push: a release is a folder, whose digest is that of its content and whose service it
says itself. There none of this is asked for.
"""

from collections.abc import Sequence

from propcast.backends.state.keys import compound
from propcast.backends.state.port import Body, Collection, Reader, State
from propcast.core.errors import Denied
from propcast.core.instants import text_of
from propcast.delivery.images.signing import Signature, verify
from propcast.delivery.rollout.plan import Refused

STEPS = Collection("image_steps", ("service", "step"))
SELFTEST, PUSH = "selftest", "push"


def tested(state: State, service: str, commit: str) -> None:
    """Put on record that the image of a service has passed its self-test at a commit."""
    _put(state, SELFTEST, service, commit, {"commit": commit})


def pushed(state: State, service: str, commit: str, signature: Signature) -> None:
    """Put on record what was pushed as the image of a service; `Refused` unless that commit has passed its test."""
    require_tested(state, service, commit)
    told: Body = {"digest": signature.digest, "key": signature.key, "signature": signature.value}
    _put(state, PUSH, service, signature.digest, {"commit": commit, **told})


def require_tested(reader: Reader, service: str, commit: str) -> None:
    """Refuse unless the image of a service has passed its self-test at a commit."""
    if reader.get(STEPS, compound(SELFTEST, service, commit)) is None:
        raise Refused(
            f"the image of {service} has passed no self-test at commit {commit[:12]} on record; "
            f"`propcast image selftest {service}` first, in a clean checkout of it"
        )


def require_pushed(reader: Reader, service: str, digest: str, trusted: Sequence[str]) -> None:
    """Refuse a digest that was not pushed as this service's image, from a tested commit, signed by who is trusted."""
    row = reader.get(STEPS, compound(PUSH, service, digest))
    if row is None:
        raise Refused(
            f"{digest} was not pushed as the image of {service}: nothing on record says so; "
            f"`propcast image push {service}` first, and stage the digest that it prints"
        )
    require_tested(reader, service, str(row["commit"]))
    try:
        verify(Signature(str(row["digest"]), str(row["key"]), str(row["signature"])), digest, trusted)
    except Denied as error:
        raise Refused(str(error)) from error


def _put(state: State, step: str, service: str, what: str, told: Body) -> None:
    row: Body = {"step": step, "service": service, **told}
    state.transact(lambda tx: tx.put(STEPS, compound(step, service, what), {**row, "at": text_of(tx.now)}))
