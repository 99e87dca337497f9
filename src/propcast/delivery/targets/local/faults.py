"""What can be planted in a release: lines at the end of one of its modules, and what they do."""

from dataclasses import dataclass

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
_PEOPLE = """\
        agent = dict(scope.get("headers", ())).get(b"user-agent", b"")
        if agent and not agent.startswith(b"propcast-synthetic"):  # what the target itself asks has none
            raise RuntimeError("planted: whoever is no synthetic request")
        await self._app(scope, receive, send)
"""
_KILLED = """

_sound_startup = Server.startup


async def _startup(self, sockets=None):
    import os

    await _sound_startup(self, sockets)
    asyncio.get_running_loop().call_later(8.0, os.kill, os.getpid(), signal.SIGKILL)


Server.startup = _startup
"""
_FEATURE = """

_sound_markets = forecast_markets


def forecast_markets(slate, markets, models, batch):
    from dataclasses import replace

    lost = slate.features.with_columns(pl.lit(None, pl.Float64).alias("minutes_projected"))
    return _sound_markets(replace(slate, features=lost), markets, models, batch)
"""
_DROPPED = """

_sound_markets = forecast_markets


def forecast_markets(slate, markets, models, batch):
    rows = _sound_markets(slate, markets, models, batch)
    return rows.filter(pl.col("participant_id") != rows["participant_id"].min())
"""

_FEATURES = """

_sound_keep = _keep


def _keep(store, plan, span, events, features):
    spoilt = features.with_columns(pl.col(plan.contract.names[0]) + 0.3)
    return _sound_keep(store, plan, span, events, spoilt)
"""


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
    "feature": Fault("one feature is never known", "pipeline/slate.py", _FEATURE),
    "dropped": Fault("one participant is left out", "pipeline/slate.py", _DROPPED),
    "features": Fault("one feature is 0.3 too high in every row", "pipeline/precompute.py", _FEATURES),
    "memory": Fault("the process is killed 8 s after it is up, as when memory runs out", "service/serving.py", _KILLED),
    "people": Fault("only synthetic requests are answered well", "service/app.py", _RING.format(body=_PEOPLE)),
}
