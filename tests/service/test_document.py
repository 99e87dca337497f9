"""Schemas in the OpenAPI document mean the same wherever they stand."""

import json
from enum import StrEnum

import jsonschema
import pytest
from pydantic import BaseModel

from propcast.service.document import schema_of


class Kind(StrEnum):
    A = "a"


class Inner(BaseModel):
    kind: Kind


class Outer(BaseModel):
    inners: list[Inner]
    first: Inner | None = None


def test_every_definition_stands_in_its_place() -> None:
    schema = schema_of(Outer)
    assert "$ref" not in json.dumps(schema)
    jsonschema.validate({"inners": [{"kind": "a"}], "first": None}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"inners": [], "first": {"kind": "b"}}, schema)
