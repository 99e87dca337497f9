"""The client's address, taken from forwarding headers only as far as known proxies wrote them."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Proxies:
    """The proxies whose word is taken."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def named(cls, networks: Sequence[str]) -> "Proxies":
        """Return proxies from networks such as `10.0.0.0/8`."""
        return cls(tuple(ip_network(network) for network in networks))

    def client(self, peer: str, headers: Headers) -> str:
        """Return the nearest address that no known proxy vouches for any further.

        The list in `X-Forwarded-For` is read from its end, where the nearest proxy wrote; what stands before the first
        address that is not a known proxy was written by the client and means nothing.
        """
        here = _parsed(peer)
        if here is None or not self._known(here):
            return peer or UNKNOWN
        for told in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
            address = _parsed(told.strip())
            if address is None:
                break
            here = address
            if not self._known(here):
                break
        return str(here)

    def _known(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def _parsed(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
