"""Collections, documents and small transactions that the suite shares."""

from datetime import UTC, datetime

from propcast.backends.state.port import Body, Collection, State, Transaction

NOON = datetime(2025, 10, 24, 12, tzinfo=UTC)

THINGS = Collection("things", ("kind", "size"))
PLAIN = Collection("plain")
DIARY = Collection("diary", append_only=True)

NAMES = (
    "plain",
    "with-hyphen",
    "Peña.Jr",
    "Dončić/Šarić",
    "a/b",
    "a%2Fb",
    "..",
    ".",
    "__name__",
    "two words",
    "'quoted\"",
    "🏀⚾",
    "Ā́ combining",
    "percent%",
    "new\nline",
    "x" * 1000,
)
"""Keys that break stores which do not escape them."""


def thing(kind: str | None = "ball", size: float | str | None = 1, **more: object) -> Body:
    """One body of THINGS."""
    return {"kind": kind, "size": size, **more}  # type: ignore[dict-item]


def put(state: State, collection: Collection, /, **bodies: Body) -> None:
    """Write documents in one transaction."""

    def work(tx: Transaction) -> None:
        for key, body in bodies.items():
            tx.put(collection, key, body)

    state.transact(work)


def keys(state: State, collection: Collection) -> list[str]:
    """Return the keys of a collection, in order."""
    return [document.key for document in state.find(collection)]


def increment(tx: Transaction, key: str = "counter") -> int:
    """Read a number and write the next one."""
    body = tx.get(PLAIN, key) or {"n": 0}
    number = int(str(body["n"])) + 1
    tx.put(PLAIN, key, {"n": number})
    return number
