"""The contract: a JSON Schema for each event type, read from the files that everybody has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

TOPIC = 'order-events'
CONSUMED = ('order.created', 'order.completed', 'order.cancelled', 'order.rejected', 'order.lines_cancelled', 'order.lines_returned')


class Contract:
    """Checks data of the types that this service takes."""

    def __init__(self, events_folder: Path) -> None:
        shared = _json(events_folder / 'shared.schema.json')  # what the schemas have in common, by $ref
        registry = Registry().with_resource(shared['$id'], DRAFT202012.create_resource(shared))
        self._validators = {name: _validator(events_folder / TOPIC / f'{name}.schema.json', registry) for name in CONSUMED}

    def problems(self, event_type: str, data: Any) -> list[str]:
        """What is wrong with the data of an event; empty when all is as the schema says."""
        return [f'{error.json_path}: {error.message}' for error in self._validators[event_type].iter_errors(data)]


def _validator(file: Path, registry: Registry) -> Draft202012Validator:
    schema = _json(file)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, registry=registry)


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding='utf-8'))
