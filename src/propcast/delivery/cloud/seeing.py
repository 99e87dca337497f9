"""What prerequisites and drift see of an environment on Google Cloud."""

from collections.abc import Callable

from propcast.backends.bus.port import Declared
from propcast.delivery.cloud.opening import Cloud, opened
from propcast.delivery.ground import Allowed, Ground
from propcast.delivery.manifest.reading import Laid

Open = Callable[[Laid], Cloud]


def seen(laid: Laid, url: Callable[[str], str], invokers: Allowed | None, open_: Open = opened) -> Ground:
    """Return the ground of an environment; its clients are opened when something is looked at, and then kept."""
    kept = list[Cloud]()

    def cloud() -> Cloud:
        if not kept:
            kept.append(open_(laid))
        return kept[0]

    def wires() -> Declared:
        return cloud().declared()

    return Ground(
        laid,
        url,
        vault=lambda name, version: cloud().vault().require(name, version),
        wires=wires,
        invokers=invokers,
        publishers=lambda topic: cloud().may_publish(topic),
    )
