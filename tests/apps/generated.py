"""Requests that schemathesis makes from the document of an app: sent to it, checked, and its answers counted."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, product
from typing import Any, cast

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from propcast.backends.bus.port import DEAD_REASON, DEAD_SUBSCRIPTION, DEADLINE, ORIGINAL_ID
from propcast.service.paths import ALL
from propcast.service.routes import tabulate
from tests.apps.rig import Running
from tests.counted import Counted

Operation = APIOperation[Any, Any, Any, Any]
Known = Mapping[str, Sequence[Any]]
"""Values that mean something to the app, by the name of their field."""

ASKED, AS_NOBODY = "asked", "as nobody"
TEXT = {"type": "string", "minLength": 1, "maxLength": 100}
ATTRIBUTES = dict.fromkeys((ORIGINAL_ID, DEADLINE, DEAD_SUBSCRIPTION, DEAD_REASON), TEXT)


@dataclass
class Tally:
    """How many requests were made, what they were answered, and how many answers the document does not have."""

    service: str
    cases: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    outside: int = 0

    def count(self, credential: str, code: int) -> None:
        self.cases[credential] += 1
        self.answers[f"{code // 100}xx"] += 1

    @property
    def counted(self) -> Counted:
        """The counts of a table's row."""
        answers = {f"{n}xx": self.answers[f"{n}xx"] for n in range(2, 6)}
        return {"of": self.service, **self.cases, **answers, "outside the document": self.outside}


@dataclass(frozen=True)
class Generator:
    """Makes requests for one app.

    Attributes:
        known: values that are put in place of generated ones now and then.
        own: whether a valid request may be refused for this field, as a schema cannot say all about it.
    """

    app: Running
    headers: Mapping[str, Mapping[str, str]]
    known: Known
    beyond: frozenset[str]
    tally: Tally

    def run(self, cases: int) -> None:
        """Make at least so many requests with a credential, and a fifth of them without any, spread evenly."""
        document = self.app.client.app.openapi()
        plain, inner = operations(document), operations(inside(document))
        cells = [*product(plain, GenerationMode, [False]), *product(inner, GenerationMode, [True])]
        cells = [cell for cell in cells if cell[1] is GenerationMode.POSITIVE or takes_anything(cell[0])]
        for operation, mode, wraps in cycle(cells):
            if self.tally.cases[ASKED] >= cases:
                break
            self.ask(operation, mode, -(-cases // len(cells)), wraps=wraps)
        for operation in plain:
            self.ask_as_nobody(operation, -(-cases // (5 * len(plain))))

    def ask(self, operation: Operation, mode: GenerationMode, cases: int, *, wraps: bool) -> None:
        """Ask one operation; whatever is sent, the answer must be one of the document's."""
        takes_push = wraps or "x-message" in operation.definition.raw
        headers = self.headers["push" if takes_push else "key"]
        # A push that is malformed is acknowledged, and recorded as poison: the bus must not send it again.
        excluded: list[Any] = [positive_data_acceptance, *([negative_data_rejection] if takes_push else [])]

        def check(data: st.DataObject) -> None:
            case = data.draw(operation.as_strategy(generation_mode=mode))
            if mode is GenerationMode.POSITIVE:
                self._make_known(data, case)
            accept = data.draw(st.sampled_from(["*/*", "application/json", "text/html"]))
            answer = self._send(case, {**headers, "Accept": accept}, wraps=wraps)
            self.tally.count(ASKED, answer.status_code)
            self._require_documented(case, answer, excluded)
            if mode is GenerationMode.POSITIVE:
                assert self.is_fair(answer), f"{operation.label} refused {case!r}: {answer.text}"

        run(check, cases)

    def ask_as_nobody(self, operation: Operation, cases: int) -> None:
        """Ask one operation without a credential; nothing but what is open may answer."""
        table = tabulate(self.app.client.app.routes, ALL, "local")

        def check(data: st.DataObject) -> None:
            case = data.draw(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
            answer = self._send(case, {})
            self.tally.count(AS_NOBODY, answer.status_code)
            self._require_documented(case, answer, [positive_data_acceptance])
            is_open = table.find(case.method, answer.request.url.path).rule.open
            assert is_open or answer.status_code == 401, f"{operation.label} answers {answer.status_code} to nobody"

        run(check, cases)

    def is_fair(self, answer: httpx.Response) -> bool:
        """Tell whether a request that fits the document was refused only for what a schema cannot say."""
        if answer.status_code != 422 or "json" not in answer.headers["content-type"]:
            return True
        named = {str(error["where"]).rpartition(".")[2] for error in answer.json().get("errors", [])}
        return not named or bool(named & self.beyond)  # what is no shape of the request is told as a sentence

    def _require_documented(self, case: Any, answer: httpx.Response, excluded: list[Any]) -> None:
        self.tally.outside += 1
        case.validate_response(answer, excluded_checks=excluded)
        self.tally.outside -= 1

    def _make_known(self, data: st.DataObject, case: Any) -> None:
        def known(value: object) -> Any:
            if isinstance(value, list):
                return [known(each) for each in value]
            if not isinstance(value, dict):
                return value
            return {name: one_of(name) if is_taken(name) else known(each) for name, each in value.items()}

        def is_taken(name: str) -> bool:
            return name in self.known and data.draw(st.booleans())

        def one_of(name: str) -> object:
            return data.draw(st.sampled_from(self.known[name]))

        case.path_parameters, case.query, case.body = (
            known(part) for part in (case.path_parameters, case.query, case.body)
        )

    def _send(self, case: Any, headers: Mapping[str, str], *, wraps: bool = False) -> httpx.Response:
        told = requests.Request(**case.as_transport_kwargs("https://toy.test", dict(headers))).prepare()
        body = enveloped(case.body) if wraps else told.body
        sent = {name: value for name, value in told.headers.items() if name.lower() != "content-length"}
        return self.app.client.request(str(told.method), str(told.url), headers=sent, content=body)


def run(check: Callable[[st.DataObject], None], cases: int) -> None:
    """Generate cases and check each."""
    once = settings(max_examples=cases, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
    once(given(st.data())(check))()


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """The operations of a document; one that cannot be read is an error of the document."""
    schema = schemathesis.openapi.from_dict(cast("dict[str, Any]", document))
    found = list(schema.get_all_operations())
    assert all(isinstance(each, Ok) for each in found), found
    return [each.ok() for each in found if isinstance(each, Ok)]


def takes_anything(operation: Operation) -> bool:
    """Tell whether a request can be wrong."""
    return bool(list(operation.body)) or any(True for _ in operation.iter_parameters())


def inside(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same document with only its pushes, each described down to its message."""
    paths = {}
    for path, methods in document["paths"].items():
        told = methods.get("post", {})
        message = {**told, **told.get("x-push", {})}.get("x-message")
        if message is not None:
            content = {"application/json": {"schema": envelope_of(message)}}
            answers = {**told["responses"], "204": {"description": "Handled"}}
            body = {"required": True, "content": content}
            paths[path] = {"post": {"responses": answers, "requestBody": body}}
    return {**document, "paths": paths}


def envelope_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an envelope around a message; what the bus encodes is still plain."""
    attributes = {"type": "object", "properties": ATTRIBUTES, "additionalProperties": TEXT, "maxProperties": 5}
    published = {"type": "string", "format": "date-time"}
    inner = {"data": message, "messageId": TEXT, "attributes": attributes, "publishTime": published}
    outer = {"message": closed(inner), "subscription": TEXT, "deliveryAttempt": {"type": "integer"}}
    return closed(outer)


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "additionalProperties": False, "properties": properties}


def enveloped(body: Any) -> bytes:
    """The body of a push; where there is an envelope, what is in it is encoded as the bus does."""
    if isinstance(body, dict) and isinstance(body.get("message"), dict) and "data" in body["message"]:
        data = base64.b64encode(json.dumps(body["message"]["data"], default=str).encode()).decode()
        body = {**body, "message": {**body["message"], "data": data}}
    return json.dumps(body, default=str).encode()
