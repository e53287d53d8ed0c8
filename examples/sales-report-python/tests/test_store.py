import sqlite3
import tempfile
import unittest
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sales_report.event import Broken, Event, Record, parse
from sales_report.store import Store, report, broken_records

from .records import CONTRACT, ARecord, a_record, order_id


class TheReport(unittest.TestCase):
    def setUp(self) -> None:
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / 'report.sqlite'

    def save(self, *records: ARecord) -> None:
        with Store(self.file) as store:
            store.save(parsed(records))

    def days(self) -> list[dict[str, Any]]:
        return report(self.file)['days']

    def test_an_order_counts_where_it_was_placed_and_is_sold_on_the_day_on_which_it_was_completed(self) -> None:
        self.save(
            a_record('order.created', 0, orderId=order_id(1), total=900, at='2026-01-31T23:59:59.999Z'),
            a_record('order.completed', 1, orderId=order_id(1), at='2026-02-01T00:00:00.000Z'),
        )
        self.assertEqual(self.days(), [
            {'day': '2026-01-31', 'placed': 1, 'completed': 0, 'cancelled': 0, 'rejected': 0, 'sales': []},
            {'day': '2026-02-01', 'placed': 0, 'completed': 1, 'cancelled': 0, 'rejected': 0, 'sales': [{'currency': 'EUR', 'orders': 1, 'revenue': 900, 'returned': 0}]},
        ])

    def test_each_currency_is_added_up_by_itself(self) -> None:
        for number, (total, currency) in enumerate([(100, 'EUR'), (250, 'EUR'), (70, 'USD')]):
            self.save(
                a_record('order.created', 2 * number, orderId=order_id(number), total=total, currency=currency),
                a_record('order.completed', 2 * number + 1, orderId=order_id(number)),
            )
        self.assertEqual(self.days()[0]['sales'], [{'currency': 'EUR', 'orders': 2, 'revenue': 350, 'returned': 0}, {'currency': 'USD', 'orders': 1, 'revenue': 70, 'returned': 0}])

    def test_a_cancelled_line_is_not_sold_and_a_return_counts_on_its_own_day_each_once(self) -> None:
        story = [
            a_record('order.created', 0, orderId=order_id(1), total=2100, at='2026-01-31T10:00:00.000Z'),
            a_record('order.lines_cancelled', 1, orderId=order_id(1), refund={'refundId': order_id(7), 'amount': 450}, at='2026-01-31T11:00:00.000Z'),
            a_record('order.completed', 2, orderId=order_id(1), at='2026-01-31T12:00:00.000Z'),
            a_record('order.lines_returned', 3, orderId=order_id(1), refund={'refundId': order_id(8), 'amount': 450}, at='2026-02-03T09:00:00.000Z'),
            a_record('order.lines_returned', 4, orderId=order_id(1), refund={'refundId': order_id(9), 'amount': 1200}, at='2026-02-03T10:00:00.000Z'),
        ]
        self.save(*story, *(replace(record, offset=record.offset + 5) for record in story))
        self.assertEqual([day['sales'] for day in self.days()], [
            [{'currency': 'EUR', 'orders': 1, 'revenue': 1650, 'returned': 0}],
            [{'currency': 'EUR', 'orders': 0, 'revenue': 0, 'returned': 1650}],
        ])

    def test_an_order_that_ends_otherwise_is_counted_and_not_sold(self) -> None:
        self.save(
            a_record('order.created', 0, orderId=order_id(1)), a_record('order.cancelled', 1, orderId=order_id(1)),
            a_record('order.rejected', 2, orderId=order_id(2)),  # an unknown item: it was never created
        )
        self.assertEqual(self.days(), [{'day': '2026-01-31', 'placed': 1, 'completed': 0, 'cancelled': 1, 'rejected': 1, 'sales': []}])

    def test_what_comes_again_changes_nothing(self) -> None:
        story = [a_record('order.created', 0, orderId=order_id(1)), a_record('order.completed', 1, orderId=order_id(1))]
        self.save(*story)
        before = self.days()
        self.save(*story)  # delivered again
        self.save(*(replace(record, offset=record.offset + 2) for record in story))  # sent again
        self.save(*(a_record(name, 9, orderId=order_id(1), event_id='another id') for name in ('order.created', 'order.completed')))
        self.assertEqual(self.days(), before)
        self.assertEqual(before[0]['sales'], [{'currency': 'EUR', 'orders': 1, 'revenue': 2100, 'returned': 0}])

    def test_the_order_of_events_does_not_matter(self) -> None:
        self.save(a_record('order.completed', 0, orderId=order_id(1)), a_record('order.created', 1, orderId=order_id(1)))
        self.assertEqual(self.days()[0]['sales'], [{'currency': 'EUR', 'orders': 1, 'revenue': 2100, 'returned': 0}])

    def test_a_broken_record_is_set_aside_once_and_the_next_is_taken(self) -> None:
        broken = replace(a_record('order.created', 0), value=b'\xffnot json')
        self.save(broken, a_record('order.created', 1))
        self.save(broken)
        (one,) = broken_records(self.file)
        self.assertEqual((one['partition'], one['offset'], one['reason'], one['value']), (0, 0, 'not_json', '/25vdCBqc29u'))
        self.assertIn(['ce_type', 'order.created'], one['headers'])
        self.assertEqual(report(self.file)['brokenRecords'], 1)
        self.assertEqual(self.days()[0]['placed'], 1)

    def test_how_far_was_read_is_kept_by_partition_also_past_what_is_nobodys_business(self) -> None:
        self.save(a_record('order.created', 6), replace(a_record('order.created', 8), headers=[]))
        self.save(replace(a_record('order.completed', 3), partition=4))
        with Store(self.file) as store:
            self.assertEqual(store.positions(), {0: 9, 4: 4})

    def test_a_batch_that_ends_in_the_middle_leaves_nothing_of_itself(self) -> None:
        def ends_early() -> Iterator[tuple[Record, Event | Broken | None]]:
            yield from parsed([a_record('order.created', 0)])
            raise sqlite3.OperationalError('the disk is full')

        with Store(self.file) as store:
            with self.assertRaises(sqlite3.OperationalError):
                store.save(ends_early())
            self.assertEqual(store.positions(), {})
        self.assertEqual(self.days(), [])
        self.save(a_record('order.created', 0))
        self.assertEqual(self.days()[0]['placed'], 1)


def parsed(records: Iterable[ARecord]) -> list[tuple[Record, Event | Broken | None]]:
    return [(record, parse(record, CONTRACT)) for record in records]
