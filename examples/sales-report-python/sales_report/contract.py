"""The contract: a JSON Schema for each event type, read from the files that everybody has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

TOPIC = 'order-events'
CONSUMED = ('order.created', 'order.completed', 'order.cancelled', 'order.rejected')


class Contract:
    """Checks data of the types that this service takes."""

    def __init__(self, events_folder: Path) -> None:
        self._validators = {name: _validator(events_folder / TOPIC / f'{name}.schema.json') for name in CONSUMED}

    def problems(self, event_type: str, data: Any) -> list[str]:
        """What is wrong with the data of an event; empty when all is as the schema says."""
        return [f'{error.json_path}: {error.message}' for error in self._validators[event_type].iter_errors(data)]


def _validator(file: Path) -> Draft202012Validator:
    schema = json.loads(file.read_text(encoding='utf-8'))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
