import tempfile
import threading
import unittest
from pathlib import Path

from sales_report.log import logger
from sales_report.reader import Reader
from sales_report.settings import KafkaSettings
from sales_report.store import Store

from .records import CONTRACT

_NOBODY = KafkaSettings(['127.0.0.1:1'])


class AKafkaThatIsAway(unittest.TestCase):
    def test_it_is_waited_for_and_what_was_tried_leaves_nothing_behind(self) -> None:
        store = self.enterContext(Store(Path(self.enterContext(tempfile.TemporaryDirectory())) / 'report.sqlite'))
        stopping = threading.Event()
        reader = Reader(_NOBODY, CONTRACT, store, patience_ms=50)
        threads = threading.active_count()
        with self.assertLogs(logger, 'WARNING') as logged:
            logger.addFilter(lambda record: stopping.set() or True)  # once is enough
            self.addCleanup(logger.filters.clear)
            reader.run(stopping)
        self.assertIn('waiting for Kafka', logged.output[0])
        self.assertEqual(threading.active_count(), threads)
        self.assertEqual(reader.trouble(), 'stopping')
