"""The highest fencing token that has moved a service's traffic, in the state store of the home."""

from propcast.backends.state.port import Collection, State, Transaction
from propcast.delivery.targets.weights import require_newest

TRAFFIC = Collection("local_traffic")


def pass_fence(state: State, service: str, token: int) -> None:
    """Take note of a token; `TrafficMoved` when a higher one was seen."""

    def work(tx: Transaction) -> None:
        body = tx.get(TRAFFIC, service)
        require_newest(service, token, 0 if body is None else int(str(body["token"])))
        tx.put(TRAFFIC, service, {"token": token})

    state.transact(work)


def forget_fence(state: State, service: str) -> None:
    """Forget the tokens of a service that is gone."""
    state.transact(lambda tx: tx.delete(TRAFFIC, service))
