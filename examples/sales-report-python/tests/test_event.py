import unittest
from dataclasses import replace

from sales_report.contract import CONSUMED
from sales_report.event import Broken, Event, parse

from .records import CONTRACT, ARecord, a_record, without

COMPLETED = a_record('order.completed')


class ARecordBecomesAnEvent(unittest.TestCase):
    def test_each_type_that_is_taken_is_an_event_with_what_its_headers_say(self) -> None:
        for event_type in CONSUMED:
            with self.subTest(event_type):
                record = a_record(event_type, event_id='the id', at='2026-01-31T23:59:59.123456Z')
                event = parse(record, CONTRACT)
                assert isinstance(event, Event)
                self.assertEqual((event.id, event.type, event.at), ('the id', event_type, '2026-01-31T23:59:59.123+00:00'))
                self.assertEqual(event.order_id.encode(), record.key)

    def test_a_type_that_nobody_here_knows_is_no_business_of_ours(self) -> None:
        for event_type in ('order.accepted', 'order.exploded'):
            record = replace(COMPLETED, headers=[('ce_type', event_type.encode())], value=b'not json')
            self.assertIsNone(parse(record, CONTRACT))
        self.assertIsNone(parse(without(COMPLETED, 'ce_type'), CONTRACT))

    def test_a_field_that_is_new_changes_nothing(self) -> None:
        self.assertIsInstance(parse(a_record('order.completed', new='field'), CONTRACT), Event)

    def test_a_time_elsewhere_is_the_same_moment_in_utc(self) -> None:
        event = parse(a_record('order.completed', at='2026-02-01T00:30:00.000+01:00'), CONTRACT)
        assert isinstance(event, Event)
        self.assertEqual(event.at[:10], '2026-01-31')

    def test_a_broken_record_says_what_is_wrong_with_it(self) -> None:
        deep = b'[' * 100_000 + b']' * 100_000
        broken: list[tuple[str, ARecord]] = [
            ('bad_header', without(COMPLETED, 'ce_id')),
            ('bad_header', without(COMPLETED, 'ce_time')),
            ('bad_header', a_record('order.completed', at='yesterday')),
            ('bad_header', a_record('order.completed', at='2026-01-31T12:00:00')),
            ('no_value', replace(COMPLETED, value=None)),
            ('not_json', replace(COMPLETED, value=b'{"orderId":')),
            ('not_json', replace(COMPLETED, value=b'\xff\xfe\xfd')),
            ('not_json', replace(COMPLETED, value=deep)),
            ('breaks_contract', replace(COMPLETED, value=b'[]')),
            ('breaks_contract', replace(COMPLETED, value=b'{"orderId":"\\ud800"}')),
            ('breaks_contract', replace(COMPLETED, key=b'another order')),
            ('breaks_contract', replace(COMPLETED, key=None)),
            ('breaks_contract', a_record('order.created', total=-1)),
            ('breaks_contract', a_record('order.created', total=12.5)),
        ]
        for reason, record in broken:
            with self.subTest(reason, value=(record.value or b'')[:40]):
                content = parse(record, CONTRACT)
                assert isinstance(content, Broken)
                self.assertEqual(content.reason, reason)

    def test_what_breaks_the_contract_names_the_field(self) -> None:
        content = parse(a_record('order.created', total=-1), CONTRACT)
        assert isinstance(content, Broken)
        self.assertRegex(content.problem, r'^\$\.total: -1 is less than the minimum of 0')
