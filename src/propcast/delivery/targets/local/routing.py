"""The files that a service's router reads: rendered from the plan, and nothing else decides what is in them.

A request is given one of a hundred numbers at random, and a map says which place that number belongs to: whole percents
are exact on average, all shares change in one commit, and the log knows whom a request was meant for even when that one
did not answer. Weights only say who steps in for whoever refuses a connection.

What is sampled for a canary goes to whoever has that tag, and to nobody in its place; where nobody has the tag, to
everybody, who knows that it is not his.

Connections end with their first answer: what fails over a later request of one, HAProxy neither answers nor logs.
"""

from collections.abc import Mapping

from propcast.delivery.targets.local.plan import PLACEHOLDER, Service, label_of
from propcast.delivery.targets.requesting import SYNTHETIC_AGENT
from propcast.delivery.targets.weights import WHOLE, placeholder_of
from propcast.pipeline.messages import CANARY
from propcast.service.topics import SAMPLED

PUBLIC = "public"
NOBODY = "-"

_LOG = (
    '{"end_us":%[date(0,us)],"took_us":%[date(0,us),sub(txn.began)],"slot":"%[var(txn.slot)]",'
    '"revision":"%[var(txn.revision)]","server":"%s","code":%ST,"cut":"%ts","path":"%[var(txn.path),json(utf8s)]",'
    '"synthetic":%[var(txn.synthetic)]}'
)
_UNPROVEN = '{"type":"about:blank","title":"no release has traffic yet","status":503}'


def files(service: Service) -> dict[str, str]:
    """Return the text of each file by the ending of its name."""
    return {"cfg": configuration(service), "shares": shares_map(service), "names": names_map(service)}


def shares_map(service: Service) -> str:
    """Return which place each of the hundred numbers belongs to."""
    return "".join(f"{number} {label}\n" for number, label in enumerate(numbered(service.shares)))


def names_map(service: Service) -> str:
    """Return which revision is in each place, and which place has each tag."""
    named = {slot.label: slot.name for slot in service.slots} | {PLACEHOLDER: placeholder_of(service.name)}
    tagged = {slot.tag: slot.label for slot in service.present if slot.tag}
    return "".join(f"{label} {name}\n" for label, name in (named | tagged).items())


def numbered(shares: Mapping[str, int]) -> list[str]:
    """Return the label of each number, as many as its percents."""
    return [label for label, share in sorted(shares.items()) for _ in range(share)]


def configuration(service: Service) -> str:
    """Return the router's configuration; its paths are relative to the folder that it runs in."""
    return "\n".join([_common(service), _alive(service), _public(service), *_places(service)]) + "\n"


def _common(service: Service) -> str:
    return f"""\
global
  stats socket unix@{service.name}.sock mode 600 level admin
  log stdout len 8192 format raw local0 info
  nbthread 1
  maxconn 4000
defaults
  mode http
  log global
  log-format '{_LOG}'
  option httpclose
  timeout connect 2s
  timeout client 310s
  timeout server 310s
  timeout http-keep-alive 60s"""


def _alive(service: Service) -> str:
    return f"""\
frontend alive
  bind 127.0.0.1:{service.alive_port}
  {_began()}
  http-request set-var(txn.slot) str({NOBODY})
  http-request return status 200 content-type text/plain string alive"""


def _public(service: Service) -> str:
    return f"""\
frontend everybody
  bind 127.0.0.1:{service.port}
  {_began()}
  http-request set-var(txn.slot) rand({WHOLE}),map({service.name}.shares)
  acl sampled path {SAMPLED}
  acl tried str({CANARY}),map({service.name}.names) -m found
  http-request set-var(txn.slot) str({CANARY}),map({service.name}.names) if sampled tried
  {_named(service)}
  acl unproven var(txn.slot) -m str {PLACEHOLDER}
  http-request return status 503 content-type application/problem+json string '{_UNPROVEN}' if unproven
  use_backend %[var(txn.slot)] if sampled tried
  default_backend {PUBLIC}
backend {PUBLIC}
  balance roundrobin
  retries 2
  option redispatch 1
  use-server %[var(txn.slot)] if TRUE
{_servers(service)}"""


def _places(service: Service) -> list[str]:
    """Return the address of each place: whoever asks there gets that revision, or no answer."""
    return [
        f"""\
listen {label_of(number)}
  bind 127.0.0.1:{port}
  {_began()}
  http-request set-var(txn.slot) str({label_of(number)})
  {_named(service)}
{_server(service, number, 1)}"""
        for number, port in enumerate(service.tag_ports)
    ]


def _began() -> str:
    return (
        "http-request set-var(txn.began) date(0,us)\n"
        "  http-request set-var(txn.path) path\n"
        "  http-request set-var(txn.synthetic) int(0)\n"
        f"  http-request set-var(txn.synthetic) int(1) if {{ req.hdr(user-agent) -m beg {SYNTHETIC_AGENT} }}"
    )


def _named(service: Service) -> str:
    return f"http-request set-var(txn.revision) var(txn.slot),map({service.name}.names)"


def _servers(service: Service) -> str:
    return "\n".join(
        _server(service, number, service.shares.get(label_of(number), 0)) for number in range(len(service.tag_ports))
    )


def _server(service: Service, number: int, weight: int) -> str:
    slot = next((slot for slot in service.slots if slot.number == number), None)
    where = f"127.0.0.1:{slot.port}" if slot else "127.0.0.1:1 disabled"
    return f"  server {label_of(number)} {where} weight {weight}"
