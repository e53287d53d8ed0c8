"""Log lines as the other services write them: one JSON object a line, on stdout."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone

logger = logging.getLogger('sales-report')

LEVELS = {'trace': 5, 'debug': 10, 'info': 20, 'warn': 30, 'error': 40, 'fatal': 50}
_NAMES = {number: name for name, number in LEVELS.items()}
_PLAIN = set(vars(logging.makeLogRecord({}))) | {'message', 'asctime', 'taskName'}


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            'level': _NAMES.get(record.levelno, record.levelname.lower()),
            'time': datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z'),
            'service': 'sales-report',
            **{name: value for name, value in vars(record).items() if name not in _PLAIN},  # what was given as `extra`
            'message': record.getMessage(),
        }
        if record.exc_info:
            line['err'] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_json(level: str) -> None:
    """Everything that is logged from now on goes to stdout as JSON; libraries only when they warn."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger.setLevel(LEVELS[level])
    # the reader reports an unavailable broker, once; the messages of the Kafka client would repeat it
    logging.getLogger('kafka').setLevel(logging.CRITICAL)
