"""Parts of the OpenAPI document that the framework does not make by itself."""

from typing import Any

from pydantic import BaseModel


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a model with every definition in its place, so that it means the same anywhere.

    A model must not hold itself.
    """
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})
    resolved: dict[str, Any] = _resolved(schema, definitions)
    return resolved


def _resolved(part: Any, definitions: dict[str, Any]) -> Any:
    match part:
        case {"$ref": str(name), **beside}:
            return _resolved({**definitions[name.rpartition("/")[2]], **beside}, definitions)
        case dict():
            return {key: _resolved(value, definitions) for key, value in part.items()}
        case list():
            return [_resolved(each, definitions) for each in part]
    return part
