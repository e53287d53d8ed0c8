"""Brings what is in the topic into the database, from where the database ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from .contract import TOPIC, Contract
from .event import Broken, parse
from .log import logger
from .settings import KafkaSettings
from .store import Store

_GROUP = 'sales-report'
_POLL_MS = 500  # how soon it notices that it is to stop
_PROBE_SECONDS = 2.0  # how often the end of the topic is fetched, which shows whether the broker is available
_RETRY_SECONDS = 1.0
_CLOSE_MS = 5_000


class Reader:
    """
    Reads as one process that has the whole topic. Where to go on is in the database, written with what was read: so a process that is killed at
    any moment, or a database from a backup, or none at all, ends with the same report. The offsets in Kafka only show the lag.
    """

    def __init__(self, kafka: KafkaSettings, contract: Contract, store: Store, patience_ms: int = 5_000) -> None:
        self._kafka = kafka
        self._patience_ms = patience_ms
        self._contract = contract
        self._store = store
        self._waits_for: str | None = 'the first connection to Kafka'

    def trouble(self) -> str | None:
        """What it waits for; None when it reads."""
        return self._waits_for

    def run(self, stopping: threading.Event) -> None:
        """Reads until it is to stop. An unavailable broker is waited for; a database that fails ends the process, and its supervisor starts it."""
        while not stopping.is_set():
            try:
                with self._connected() as consumer:
                    self._read(consumer, stopping)
            except KafkaError as error:
                self._waits_for = f'Kafka: {error}'
                logger.warning('waiting for Kafka', extra={'reason': str(error)})
                stopping.wait(_RETRY_SECONDS)
        self._waits_for = 'stopping'

    @contextmanager
    def _connected(self) -> Iterator[KafkaConsumer]:
        consumer = self._connect()
        try:
            yield consumer
        finally:
            consumer.close(timeout_ms=_CLOSE_MS)

    def _connect(self) -> KafkaConsumer:
        clients = []

        def client(**config: Any) -> Any:
            clients.append(KafkaConsumer.DEFAULT_CONFIG['kafka_client'](**config))
            return clients[0]

        try:
            return KafkaConsumer(
                client_id=_GROUP, group_id=_GROUP, enable_auto_commit=False, auto_offset_reset='earliest', isolation_level='read_committed',
                bootstrap_timeout_ms=self._patience_ms, allow_auto_create_topics=False, kafka_client=client, **self._kafka.options(),
            )
        except KafkaError:
            for one in clients:
                one.close()  # kafka-python 3.0.12 leaves its thread and its sockets behind when no broker answers
            raise

    def _read(self, consumer: KafkaConsumer, stopping: threading.Event) -> None:
        probed = 0.0
        while not stopping.is_set():
            self._follow_all_partitions(consumer)
            if time.monotonic() - probed > _PROBE_SECONDS:
                self._probe(consumer)
                probed = time.monotonic()
            records = list(chain.from_iterable(consumer.poll(timeout_ms=_POLL_MS).values()))
            if not records:
                continue
            batch = [(record, parse(record, self._contract)) for record in records]
            self._store.save(batch)
            consumer.commit_async()  # after the work; one that is lost only makes the lag look larger for a moment
            for record, content in batch:
                if isinstance(content, Broken):
                    logger.error('broken record', extra={'partition': record.partition, 'offset': record.offset, 'reason': content.reason, 'detail': content.problem})
            logger.debug('saved records', extra={'records': len(records)})

    def _follow_all_partitions(self, consumer: KafkaConsumer) -> None:
        """A topic may be created later, and may be given more partitions."""
        partitions = {TopicPartition(TOPIC, number) for number in consumer.partitions_for_topic(TOPIC) or ()}
        if not partitions:
            self._waits_for = f'topic {TOPIC}'
        elif partitions != consumer.assignment():
            consumer.assign(partitions)
            known = self._store.positions()
            for partition in partitions:
                consumer.seek(partition, known.get(partition.partition, 0))
            logger.info('reading', extra={'topic': TOPIC, 'partitions': len(partitions)})

    def _probe(self, consumer: KafkaConsumer) -> None:
        if consumer.assignment():
            consumer.end_offsets(consumer.assignment(), timeout_ms=self._patience_ms)
            self._waits_for = None
