"""Records as a broker gives them, for tests. Events are the examples that the schemas have."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sales_report.contract import TOPIC, Contract

EVENTS = Path(__file__).resolve().parents[3] / 'events'
CONTRACT = Contract(EVENTS)


@dataclass(frozen=True)
class ARecord:
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def a_record(event_type: str, offset: int = 0, *, at: str = '2026-01-31T12:00:00.000Z', event_id: str | None = None, **data: Any) -> ARecord:
    """The example of the type, with other data where some is given."""
    schema = json.loads((EVENTS / TOPIC / f'{event_type}.schema.json').read_text(encoding='utf-8'))
    content = {**schema['examples'][0], **data}
    headers = {'ce_specversion': '1.0', 'ce_id': event_id or f'{event_type} {content["orderId"]}', 'ce_type': event_type, 'ce_time': at, 'ce_sequence': '1'}
    encoded: list[tuple[str, bytes | None]] = [(name, value.encode()) for name, value in headers.items()]
    return ARecord(0, offset, content['orderId'].encode(), json.dumps(content).encode(), encoded)


def without(record: ARecord, header: str) -> ARecord:
    return replace(record, headers=[(name, value) for name, value in record.headers if name != header])


def order_id(number: int) -> str:
    return f'01981b2c-7d3e-7a10-8c4f-{number:012x}'
