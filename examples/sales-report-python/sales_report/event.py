"""From a record of Kafka to an event: CloudEvents 1.0 in binary mode, the attributes in headers, the data as the JSON value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from .contract import CONSUMED, Contract


class Record(Protocol):
    """What this service needs of a record; kafka-python's ConsumerRecord has it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Event:
    """A fact about an order."""

    id: str
    type: str
    order_id: str
    at: str
    """When it happened: RFC 3339, in UTC."""
    data: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A record of a consumed type that cannot be used."""

    reason: str
    problem: str


def parse(record: Record, contract: Contract) -> Event | Broken | None:
    """The event in a record, or what is wrong with it. None: a type that is not consumed here, perhaps a new one. Never raises."""
    event_type = header(record, 'ce_type')
    if event_type not in CONSUMED:
        return None
    event_id = header(record, 'ce_id')
    if not event_id:
        return Broken('bad_header', 'header ce_id is missing')
    at = _in_utc(header(record, 'ce_time'))
    if at is None:
        return Broken('bad_header', 'header ce_time is not a time')
    if not record.value:
        return Broken('no_value', 'the record has no value')
    try:
        data = json.loads(record.value)
        problems = contract.problems(event_type, data)
    except (ValueError, RecursionError) as error:  # also what is nested so deeply that Python gives up
        return Broken('not_json', str(error))
    if problems:
        return Broken('breaks_contract', '; '.join(problems[:5]))
    if record.key != data['orderId'].encode():
        return Broken('breaks_contract', 'the key of the record is not the orderId of the data')
    return Event(event_id, event_type, data['orderId'], at, data)


def header(record: Record, name: str) -> str | None:
    """The first header of the name, as text."""
    value = next((value for key, value in record.headers if key == name), None)
    return value.decode('utf-8', 'replace') if value is not None else None


def _in_utc(text: str | None) -> str | None:
    try:
        time = datetime.fromisoformat(text or '')
    except ValueError:
        return None
    if time.tzinfo is None:
        return None
    return time.astimezone(timezone.utc).isoformat(timespec='milliseconds')
