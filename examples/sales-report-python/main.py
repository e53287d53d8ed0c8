"""Starts the service: python3 examples/sales-report-python/main.py. Everything it is told comes from the environment."""

from __future__ import annotations

import os
import signal
import sys
import threading

from sales_report.contract import Contract
from sales_report.log import log_json, logger
from sales_report.reader import Reader
from sales_report.settings import EXIT_WRONG_CONFIGURATION, SettingsError, read_settings
from sales_report.store import Store
from sales_report.web import serve


def main() -> int:
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_WRONG_CONFIGURATION
    log_json(settings.log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    with Store(settings.database_file) as store:
        reader = Reader(settings.kafka, Contract(settings.events_folder), store)
        with serve(settings.port, settings.database_file, reader.trouble) as port:
            logger.info('listening', extra={'port': port})
            reader.run(stopping)
    logger.info('stopped')
    return 0


if __name__ == '__main__':
    sys.exit(main())
