"""Bad releases on purpose: copies of a release with a fault in their source, so that a rollout can be seen to catch it.

Nothing here reaches a release that somebody packs: a fault is lines at the end of one module of a copy, and the copy
says in its name which one it has.
"""

from dataclasses import dataclass
from pathlib import Path

from propcast.core.errors import InputError, did_you_mean
from propcast.delivery.targets.local.release import PACKAGE, Release, seal
from propcast.delivery.targets.local.shelf import copy

_RING = """

_sound_app = create_app


def create_app(service, conditions=None):
    app = _sound_app(service, conditions)
    app.user_middleware.insert(1, Middleware(_Ring))
    return app


class _Ring:
    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        import asyncio
        import random
        import time

{body}
"""
_ERRORS = """\
        if scope["type"] == "http" and scope["path"] not in ("/ready", "/health/deep") and random.random() < 0.05:
            raise RuntimeError("planted: one request in twenty")
        await self._app(scope, receive, send)
"""
_SLOWNESS = """\
        began = time.perf_counter()

        async def late(message):
            if message["type"] == "http.response.start":
                await asyncio.sleep(0.5 * (time.perf_counter() - began))
            await send(message)

        await self._app(scope, receive, late)
"""
_CRASHES = """

_sound_startup = Server.startup


async def _startup(self, sockets=None):
    import os

    await _sound_startup(self, sockets)
    asyncio.get_running_loop().call_later(3.0, os._exit, 70)


Server.startup = _startup
"""
_UNREADY = """

def missing_variables(examine):
    return lambda: Observed(1, sentence="planted: a variable that nobody can set")
"""
_BIAS = """

_sound_predictions = slate_predictions


def slate_predictions(said, lines, batch):
    return _sound_predictions(said, lines, batch).with_columns(pl.col("mean") + 0.3)
"""
_SWAP = """

_sound_chances = Chances.of


def _swapped(distributions, rows, lines):
    sound = _sound_chances(distributions, rows, lines)
    return Chances(sound.under, sound.push, sound.over)


Chances.of = staticmethod(_swapped)
"""
_ENTRY = '\n\nif __name__ == "__main__":\n'


@dataclass(frozen=True)
class Fault:
    """What is wrong with a release.

    Attributes:
        told: what somebody would see, in a few words.
        module: where it is, as a path in the package.
    """

    told: str
    module: str
    lines: str


FAULTS = {
    "errors": Fault("5 % of requests answered 500", "service/app.py", _RING.format(body=_ERRORS)),
    "slowness": Fault("every answer takes half as long again", "service/app.py", _RING.format(body=_SLOWNESS)),
    "crashes": Fault("the process ends 3 s after it is up", "service/serving.py", _CRASHES),
    "unready": Fault("/ready fails", "service/health/generic.py", _UNREADY),
    "bias": Fault("every predicted mean is 0.3 too high", "forecast/pricing.py", _BIAS),
    "swap": Fault("chances of over and under are swapped", "forecast/pricing.py", _SWAP),
}


def plant(release: Release, fault: str, out: Path) -> Release:
    """Make a copy of a release with a fault; `InputError` for a fault that nobody knows."""
    if fault not in FAULTS:
        raise InputError(f"no fault is called {fault!r}{did_you_mean(fault, list(FAULTS))}")
    place = out / PACKAGE / FAULTS[fault].module
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; a release is made in a folder of its own")
    copy(release, out)
    body, entry, call = place.read_text(encoding="utf-8").partition(_ENTRY)
    place.write_text(f"{body}{FAULTS[fault].lines}{entry}{call}", encoding="utf-8")
    return seal(out, {**release.build, "release": f"{release.build['release']}-{fault}"})
