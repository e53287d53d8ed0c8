import json
import tempfile
import unittest
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from sales_report.store import Store
from sales_report.web import serve


class TheDoor(unittest.TestCase):
    def setUp(self) -> None:
        self.trouble: str | None = None
        file = Path(self.enterContext(tempfile.TemporaryDirectory())) / 'report.sqlite'
        self.enterContext(Store(file))
        self.port = self.enterContext(serve(0, file, lambda: self.trouble))

    def get(self, path: str) -> tuple[int, object]:
        try:
            with urlopen(f'http://127.0.0.1:{self.port}{path}', timeout=10) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def test_a_report_of_nothing_is_a_report(self) -> None:
        self.assertEqual(self.get('/report'), (200, {'days': [], 'brokenRecords': 0}))
        self.assertEqual(self.get('/broken-records'), (200, []))

    def test_it_is_ready_when_nothing_is_waited_for_and_alive_in_any_case(self) -> None:
        self.assertEqual(self.get('/readyz'), (200, {'status': 'ready', 'service': 'sales-report'}))
        self.trouble = 'topic order-events'
        self.assertEqual(self.get('/readyz'), (503, {'status': 'not_ready', 'service': 'sales-report', 'detail': 'waits for topic order-events'}))
        self.assertEqual(self.get('/livez'), (200, {'status': 'alive'}))

    def test_what_there_is_not_is_said_as_the_other_services_say_it(self) -> None:
        self.assertEqual(self.get('/reports'), (404, {'status': 404, 'code': 'not_found', 'detail': 'There is /report, /broken-records, /livez and /readyz.'}))
