"""What is known of the orders, in SQLite. What a batch of records says and how far it reaches are one transaction."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

from .event import Broken, Event, Record

_TABLES = """
CREATE TABLE IF NOT EXISTS events (
  id       TEXT PRIMARY KEY,      -- ce_id: the insert is the claim, so an event that comes again changes nothing
  order_id TEXT NOT NULL,
  type     TEXT NOT NULL,
  at       TEXT NOT NULL,         -- ce_time, in UTC
  total    INTEGER,               -- of order.created: what the order costs, in minor units of the currency
  currency TEXT,
  UNIQUE (order_id, type)         -- and an order is created once, and ends once
);
CREATE TABLE IF NOT EXISTS refunds (
  id       TEXT PRIMARY KEY,      -- refundId: an order may have lines cancelled, and goods returned, more than once
  order_id TEXT NOT NULL,
  type     TEXT NOT NULL,
  at       TEXT NOT NULL,
  amount   INTEGER NOT NULL       -- what the goods cost, in minor units of the currency
);
CREATE INDEX IF NOT EXISTS refunds_by_order ON refunds (order_id);
CREATE TABLE IF NOT EXISTS positions (
  partition   INTEGER PRIMARY KEY,
  next_offset INTEGER NOT NULL    -- of the first record that is not in this database
);
CREATE TABLE IF NOT EXISTS broken_records (
  partition INTEGER NOT NULL,
  offset    INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  problem   TEXT NOT NULL,
  key       BLOB,
  value     BLOB,
  headers   TEXT NOT NULL,
  PRIMARY KEY (partition, offset)
);
"""

_ORDERS = """
SELECT substr(at, 1, 10) AS day, sum(type = 'order.created') AS placed, sum(type = 'order.completed') AS completed,
  sum(type = 'order.cancelled') AS cancelled, sum(type = 'order.rejected') AS rejected
FROM (SELECT type, at FROM events UNION ALL SELECT type, at FROM refunds) GROUP BY day ORDER BY day
"""

# An order is sold on the day on which it is completed; its price is that of its creation, without the lines that were
# cancelled. What comes back counts on the day on which it does.
_SALES = """
WITH placed AS (SELECT order_id, total, currency FROM events WHERE type = 'order.created'),
changes AS (
  SELECT substr(at, 1, 10) AS day, placed.currency, 1 AS orders, 0 AS returned,
    placed.total - coalesce((SELECT sum(amount) FROM refunds AS cut WHERE cut.order_id = done.order_id AND cut.type = 'order.lines_cancelled'), 0) AS revenue
  FROM events AS done JOIN placed USING (order_id) WHERE done.type = 'order.completed'
  UNION ALL
  SELECT substr(at, 1, 10), placed.currency, 0, amount, 0 FROM refunds JOIN placed USING (order_id) WHERE refunds.type = 'order.lines_returned')
SELECT day, currency, sum(orders) AS orders, sum(revenue) AS revenue, sum(returned) AS returned
FROM changes GROUP BY day, currency ORDER BY day, currency
"""


class Store:
    """The one writer of the database."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None, timeout=30)
        self._db.execute('PRAGMA journal_mode = WAL')  # readers of the report do not wait for the writer
        self._db.execute('PRAGMA synchronous = FULL')  # what was committed is there after a power cut
        self._db.executescript(_TABLES)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def positions(self) -> dict[int, int]:
        """By partition: the offset of the first record that is not in this database."""
        return dict(self._db.execute('SELECT partition, next_offset FROM positions'))

    def save(self, batch: Iterable[tuple[Record, Event | Broken | None]]) -> None:
        """Keeps what the records say, and that they were read: all of it, or nothing. What is known already changes nothing."""
        self._db.execute('BEGIN IMMEDIATE')
        try:
            for record, content in batch:
                if isinstance(content, Event):
                    self._keep(content)
                elif isinstance(content, Broken):
                    self._keep_broken(record, content)
                self._db.execute(
                    'INSERT INTO positions VALUES (?, ?) ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset',
                    (record.partition, record.offset + 1),
                )
            self._db.execute('COMMIT')
        except BaseException:
            self._db.execute('ROLLBACK')
            raise

    def _keep(self, event: Event) -> None:
        refund = event.data.get('refund')
        if refund is not None:
            self._db.execute(
                'INSERT INTO refunds VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
                (refund['refundId'], event.order_id, event.type, event.at, refund['amount']),
            )
            return
        self._db.execute(
            'INSERT INTO events VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            (event.id, event.order_id, event.type, event.at, event.data.get('total'), event.data.get('currency')),
        )

    def _keep_broken(self, record: Record, broken: Broken) -> None:
        headers = [[name, value.decode('utf-8', 'replace') if value is not None else None] for name, value in record.headers]
        self._db.execute(
            'INSERT INTO broken_records VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            (record.partition, record.offset, broken.reason, broken.problem, record.key, record.value, json.dumps(headers)),
        )


def report(file: Path) -> dict[str, Any]:
    """The report: a day each. Money is in minor units of its currency (cents for EUR)."""
    with closing(_reading(file)) as db:
        db.execute('BEGIN')  # all of it as of one moment
        days = {row['day']: {**row, 'sales': []} for row in db.execute(_ORDERS)}
        for sold in db.execute(_SALES):
            days[sold.pop('day')]['sales'].append(sold)
        (counted,) = db.execute('SELECT count(*) AS records FROM broken_records')
    return {'days': list(days.values()), 'brokenRecords': counted['records']}


def broken_records(file: Path) -> list[dict[str, Any]]:
    """The records that could not be used, with the reason of each; keys and values are Base64."""
    with closing(_reading(file)) as db:
        rows = list(db.execute('SELECT * FROM broken_records ORDER BY partition, offset LIMIT 1000'))
    return [{**row, 'key': _text(row['key']), 'value': _text(row['value']), 'headers': json.loads(row['headers'])} for row in rows]


def _text(content: bytes | None) -> str | None:
    return base64.b64encode(content).decode() if content is not None else None


def _reading(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f'{file.absolute().as_uri()}?mode=ro', uri=True, isolation_level=None, timeout=5)
    db.row_factory = lambda cursor, row: dict(zip((column[0] for column in cursor.description), row))
    return db
