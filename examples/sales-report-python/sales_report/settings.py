"""What the environment says, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .log import LEVELS

EXIT_WRONG_CONFIGURATION = 78  # EX_CONFIG of sysexits.h, as the other services have it

_REPOSITORY = Path(__file__).resolve().parents[3]
_MECHANISMS = ('plain', 'scram-sha-256', 'scram-sha-512')


class SettingsError(Exception):
    """Everything that is wrong with the environment, a line each."""


@dataclass(frozen=True)
class KafkaSettings:
    """How Kafka is reached."""

    brokers: list[str]
    ssl: bool = False
    ca_file: str | None = None
    mechanism: str | None = None
    username: str = ''
    password: str = field(default='', repr=False)

    def options(self) -> dict[str, object]:
        """The same in the words of kafka-python."""
        options: dict[str, object] = {
            'bootstrap_servers': self.brokers,
            'security_protocol': ('SASL_' if self.mechanism else '') + ('SSL' if self.ssl else 'PLAINTEXT'),
        }
        if self.ca_file:
            options['ssl_cafile'] = self.ca_file
        if self.mechanism:
            options |= {'sasl_mechanism': self.mechanism.upper(), 'sasl_plain_username': self.username, 'sasl_plain_password': self.password}
        return options


@dataclass(frozen=True)
class Settings:
    """What the service is told."""

    port: int
    log_level: str
    kafka: KafkaSettings
    database_file: Path
    events_folder: Path


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Reads the environment. An empty variable counts as not set. Raises one error that says everything that is wrong."""
    given = {name: value for name, value in environment.items() if value != ''}
    problems: list[str] = []

    port = given.get('PORT', '8086')
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        problems.append(f'PORT: {port} is not a port; write a number from 0 to 65535')
    level = given.get('LOG_LEVEL', 'info')
    if level not in LEVELS:
        problems.append(f'LOG_LEVEL: {level} is not one of {", ".join(LEVELS)}')
    brokers = [broker.strip() for broker in given.get('KAFKA_BROKERS', '127.0.0.1:19092').split(',') if broker.strip()]
    if not brokers:
        problems.append('KAFKA_BROKERS: names no broker; write host:port, separated by commas')
    ssl = given.get('KAFKA_SSL', 'false')
    if ssl not in ('true', 'false'):
        problems.append(f'KAFKA_SSL: {ssl} is neither true nor false')
    mechanism = given.get('KAFKA_SASL_MECHANISM')
    if mechanism is not None and mechanism.lower() not in _MECHANISMS:
        problems.append(f'KAFKA_SASL_MECHANISM: {mechanism} is not one of {", ".join(_MECHANISMS)}')
    events = Path(given.get('EVENTS_FOLDER', _REPOSITORY / 'events'))
    if not (events / 'order-events').is_dir():
        problems.append(f'EVENTS_FOLDER: {events} has no order-events; it must be the folder events/ of this repository')
    if problems:
        raise SettingsError('\n'.join(['sales-report cannot start, its environment is wrong:', *(f'  {problem}' for problem in problems)]))

    kafka = KafkaSettings(
        brokers, ssl == 'true', given.get('KAFKA_SSL_CA_FILE'), mechanism, given.get('KAFKA_SASL_USERNAME', ''), given.get('KAFKA_SASL_PASSWORD', ''),
    )
    database = Path(given.get('DATABASE_FILE', _REPOSITORY / '.local' / 'sales-report.sqlite'))
    return Settings(int(port), level, kafka, database, events)
