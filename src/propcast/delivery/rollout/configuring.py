"""What a deployment changes of a service's configuration: all of it is replaced, so what is gone must be meant."""

from collections.abc import Iterator, Mapping

from propcast.backends.state.port import Reader
from propcast.delivery.rollout.ledger import Deployment, standing
from propcast.delivery.rollout.plan import Refused
from propcast.delivery.targets.port import Wanted

REMOVED = "− "


def differences(reader: Reader, environment: str, wanted: Wanted | Deployment) -> list[str]:
    """Return what would be another than it is now, one sentence a variable; nothing before the first deployment.

    Secrets are told by the version that is referred to, never by what they are.
    """
    before = standing(reader, environment, wanted.service)
    if before is None or not before.env:
        return []
    pairs = ((before.env, wanted.env), (before.secrets, wanted.secrets))
    return [told for old, new in pairs for told in _compared(old, new)]


def require_confirmed(reader: Reader, environment: str, wanted: Wanted, *, confirmed: bool) -> None:
    """Refuse to take a variable away that what serves now has, unless somebody has said so."""
    gone = [told for told in differences(reader, environment, wanted) if told.startswith(REMOVED)]
    if gone and not confirmed:
        raise Refused(f"{wanted.service} would lose part of its configuration: {'; '.join(gone)}; --confirm says so")


def _compared(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield f"{REMOVED}{name} (was {old[name]})"
        elif name not in old:
            yield f"+ {name} = {new[name]}"
        elif old[name] != new[name]:
            yield f"~ {name} = {new[name]} (was {old[name]})"
