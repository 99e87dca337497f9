"""Leases: who may work on a resource now, by the store's time, with a token that fences off everybody before.

A token only grows, also after release and expiry. Whatever a holder writes, it writes in a transaction that first
calls `require`, so that a holder that was frozen past its time can no longer change anything.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from propcast.backends.state.port import Body, Collection, Reader, State, Transaction, Where
from propcast.core.errors import InputError, StoreConflict
from propcast.core.instants import instant_of, text_of

LEASES = Collection("leases", ("expires_at",))
RELEASED = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a lease that was given up before its time."""


class Fenced(StoreConflict):
    """The lease is not held any more: expired, released or taken over; stop before the next effect."""


class LeaseLost(Fenced):
    """The lease could not be renewed while somebody worked under it; the work stopped before its next write."""


@dataclass(frozen=True)
class Lease:
    """The right of one holder to work on a resource, until it expires or somebody holds a higher token."""

    resource: str
    holder: str
    token: int
    expires_at: datetime


@dataclass(frozen=True)
class Held:
    """A lease that `require` found held; within that transaction it is, and only writes are left to do."""

    tx: Transaction
    lease: Lease

    def renew(self, ttl: timedelta) -> Lease:
        """Let the lease end `ttl` from now and return it so."""
        return _put(self.tx, replace(self.lease, expires_at=_end(self.tx, ttl)))

    def release(self) -> None:
        """Let the lease end now, also for a clock that is set back later."""
        _put(self.tx, replace(self.lease, expires_at=RELEASED))


def acquire(state: State, resource: str, holder: str, ttl: timedelta) -> Lease | None:
    """Take the lease if nobody holds it, under a token never given before; None while it is held, also by `holder`."""
    if _is_held(newest_lease(state, resource), state.now()):
        return None  # without a transaction: whoever only looks must not be in the way of the holder
    return state.transact(lambda tx: take(tx, resource, holder, ttl))


def renew(state: State, lease: Lease, ttl: timedelta) -> Lease:
    """Return the same lease with `ttl` from now; `Fenced` once it is not held any more."""
    return state.transact(lambda tx: require(tx, lease).renew(ttl))


def release(state: State, lease: Lease) -> bool:
    """Give the lease up; False, and nothing changes, when it is not held any more."""
    try:
        state.transact(lambda tx: require(tx, lease).release())
    except Fenced:
        return False
    return True


def release_all(state: State, holder: str) -> int:
    """Give up everything that a holder holds, because it ends; return how many leases."""

    def work(tx: Transaction) -> int:
        live = tx.find(LEASES, [Where("expires_at", ">", text_of(tx.now))])
        mine = [lease for lease in (_lease_of(found.key, found.body) for found in live) if lease.holder == holder]
        for lease in mine:
            _put(tx, replace(lease, expires_at=tx.now))
        return len(mine)

    return state.transact(work)


def take(tx: Transaction, resource: str, holder: str, ttl: timedelta) -> Lease | None:
    """`acquire` as a part of a transaction: it reads, then writes."""
    newest = newest_lease(tx, resource)
    if _is_held(newest, tx.now):
        return None
    token = 1 if newest is None else newest.token + 1
    return _put(tx, Lease(resource, holder, token, _end(tx, ttl)))


def require(tx: Transaction, lease: Lease) -> Held:
    """Go on only while the lease is held: `Fenced` unless its token is the newest and unexpired by `tx.now`."""
    reason = _lost(tx, lease)
    if reason:
        raise Fenced(f"{lease.holder!r} lost {lease.resource!r} (token {lease.token}): {reason}; nothing was written")
    return Held(tx, lease)


def newest_lease(reader: Reader, resource: str) -> Lease | None:
    """Return the lease with the highest token ever given, held or not; None when there never was one."""
    body = reader.get(LEASES, resource)
    return None if body is None else _lease_of(resource, body)


def _is_held(lease: Lease | None, at: datetime) -> bool:
    return lease is not None and lease.expires_at > at


def _lost(tx: Transaction, lease: Lease) -> str:
    newest = newest_lease(tx, lease.resource)
    if newest is None:
        return "the store does not know it"
    if (newest.token, newest.holder) != (lease.token, lease.holder):
        return f"{newest.holder!r} holds token {newest.token}"
    if newest.expires_at == RELEASED:
        return "it was released"
    return f"it ended at {newest.expires_at}" if newest.expires_at <= tx.now else ""


def _end(tx: Transaction, ttl: timedelta) -> datetime:
    if ttl <= timedelta(0):
        raise InputError(f"a lease of {ttl} would never be held; give it a time to live")
    return tx.now + ttl


def _put(tx: Transaction, lease: Lease) -> Lease:
    body: Body = {"holder": lease.holder, "token": lease.token, "expires_at": text_of(lease.expires_at)}
    tx.put(LEASES, lease.resource, body)
    return lease


def _lease_of(resource: str, body: Body) -> Lease:
    row: dict[str, Any] = body
    return Lease(resource, row["holder"], row["token"], instant_of(row["expires_at"]))
