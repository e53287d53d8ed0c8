"""The report over HTTP, and the endpoints for a supervisor."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from .log import logger
from .store import report, broken_records

Trouble = Callable[[], str | None]
Answer = tuple[int, Any]


@contextmanager
def serve(port: int, database_file: Path, trouble: Trouble) -> Iterator[int]:
    """Answers while the context lasts. Yields the port, which is a free one for port 0."""
    server = _Server(('', port), _handler(database_file, trouble))
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(path: str, database_file: Path, trouble: Trouble) -> Answer:
    """What is answered to a GET."""
    match path.split('?')[0]:
        case '/livez':
            return 200, {'status': 'alive'}
        case '/readyz':
            waits_for = trouble()
            body = {'status': 'not_ready' if waits_for else 'ready', 'service': 'sales-report'}
            return (503, {**body, 'detail': f'waits for {waits_for}'}) if waits_for else (200, body)
        case '/report':
            return 200, report(database_file)
        case '/broken-records':
            return 200, broken_records(database_file)
        case _:
            return _problem(404, 'not_found', 'There is /report, /broken-records, /livez and /readyz.')


def _problem(status: int, code: str, detail: str) -> Answer:
    return status, {'status': status, 'code': code, 'detail': detail}


class _Server(ThreadingHTTPServer):
    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own resolves the name of this machine, which may block


def _handler(database_file: Path, trouble: Trouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds for a request to come in whole

        def do_GET(self) -> None:
            try:
                status, body = answer(self.path, database_file, trouble)
            except sqlite3.Error as error:
                logger.error('the report could not be read', exc_info=error)
                status, body = _problem(503, 'unavailable', 'The database cannot be read.')
            content = json.dumps(body).encode()
            self.send_response(status)
            is_problem = status >= 400 and 'code' in body
            self.send_header('Content-Type', 'application/problem+json' if is_problem else 'application/json')
            self.send_header('Content-Length', str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            logger.debug('answered', extra={'request': format % args})

    return Handler
