"""Every kind of credential, good and bad: who each is good for, and how it is shown."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from propcast.apps.console.environment import Console
from propcast.service.access import Role
from propcast.service.auth.guard import CSRF_HEADER, SAFE
from propcast.service.auth.sessions import LIFETIME
from tests.apps.rig import Running

Shown = dict[str, tuple[str, dict[str, str]]]
"""By name: who it is good for (`forged`: nobody; `foreign`: somebody, but for no change), and its headers."""

PLATFORMS = {
    "X-Goog-Authenticated-User-Email": "accounts.google.com:admin@propcast.local",
    "X-Goog-IAP-JWT-Assertion": "anything",
    "X-Serverless-Authorization": "Bearer anything",
    "X-CloudScheduler": "true",
    "X-Forwarded-User": "admin",
    "X-Forwarded-For": "127.0.0.1",
    "From": "bus@propcast.local",
}
"""Headers that a platform in front sets; their presence proves nothing."""


def credentials(app: Running) -> Shown:
    """Those that every service knows how to look at."""
    caller, now = app.caller, app.site.clock.now()
    return {
        "none": ("none", {}),
        "the platform's headers": ("none", PLATFORMS),
        "another key's push": ("forged", caller.push(key="f" * 48)),
        "expired push": ("forged", caller.push(at=now - timedelta(minutes=10))),
        "push to another service": ("forged", caller.push(audience="http://127.0.0.1:9")),
        "call of another service": ("forged", caller.service(audience="http://127.0.0.1:9")),
        "bare bearer": ("forged", {"Authorization": "Bearer anything"}),
        "empty bearer": ("forged", {"Authorization": "Bearer "}),
        "basic": ("forged", {"Authorization": "Basic YTpi"}),
        "nobody's key": ("forged", {"X-API-Key": f"pck_{'0' * 16}_{'a' * 43}"}),
        "expired key": ("forged", expired(app)),
        "key of another service": ("forged", caller.key(Role.ADMIN, services=("nobody",))),
        "push": ("bus", caller.push()),
        "service": ("service", caller.service()),
        **{str(role): (str(role), caller.key(role)) for role in Role},
    }


def expired(app: Running) -> dict[str, str]:
    """A key that ended yesterday."""
    clock, now = app.site.clock, app.site.clock.now()
    clock.instant = now - timedelta(days=2)
    headers = app.caller.key(Role.ADMIN, days=1)
    clock.instant = now
    return headers


def sessions(app: Running, console: Console, method: str) -> Shown:
    """Those of a browser, new ones; a change needs the token of its very session, sent by a page of ours."""
    clock, kept, cookie = app.site.clock, console.sessions, console.sessions.cookie.name
    now = clock.now()

    def opened(role: Role) -> str:
        return kept.open(f"a-{role}")

    def headers(session: str, csrf: str = "", **more: str) -> dict[str, str]:
        return {"Cookie": f"{cookie}={session}", **({CSRF_HEADER: csrf} if csrf else {}), **more}

    def whole(session: str, **more: str) -> dict[str, str]:
        return headers(session, kept.csrf_token(session), **more)

    clock.instant = now - LIFETIME
    over = opened(Role.ADMIN)
    clock.instant = now
    ended, admin, other = (opened(Role.ADMIN) for _ in range(3))
    kept.end(ended)
    foreign = "admin" if method in SAFE else "foreign"
    return {
        **{f"session of {role}": (str(role), whole(opened(role))) for role in Role},
        "session without its token": (foreign, headers(admin)),
        "session with another's token": (foreign, headers(admin, kept.csrf_token(other))),
        "session with an ended one's token": (foreign, headers(admin, kept.csrf_token(ended))),
        "session, from another site": (foreign, whole(admin, **{"Sec-Fetch-Site": "cross-site"})),
        "session, from a page of another origin": (foreign, whole(admin, Origin="https://evil.test")),
        "expired session": ("forged", whole(over)),
        "ended session": ("forged", whole(ended)),
        "made-up session": ("forged", headers("anything")),
        "session of a closed account": ("forged", whole(kept.open("closed"))),
    }


def accounts(console: Console) -> None:
    """Give every role an account, and one that is closed."""
    password = "correct-horse-battery"  # noqa: S105 - of a toy
    for role in Role:
        console.sign_in.accounts.save(f"a-{role}", password, role)
    console.sign_in.accounts.save("closed", password, Role.ADMIN)
    console.sign_in.accounts.disable("closed")


def shown(app: Running, method: str, known: Shown) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every credential that may be shown to a route: its name, who it is good for, its headers."""
    environment: Any = app.client.app.state.kit.environment
    browser = sessions(app, environment, method) if isinstance(environment, Console) else {}
    for name, (who, headers) in {**known, **browser}.items():
        yield name, who, headers
