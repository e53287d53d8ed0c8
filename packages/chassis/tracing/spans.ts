import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api'
import type { DocketEvent } from '@docket/contract/event.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { header } from '@docket/kafka/record-codec.ts'
import { shownEvent } from '@docket/kafka/shown-event.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import { asError } from '@docket/foundation/errors.ts'
import type { Tracing } from './instrumentation.ts'
import { apart, contextOf, currentContext, failed, traceparentOf, within, type Tentative } from './context.ts'
import { databaseSpans } from './traced-database.ts'
import type { Delivery, Spans } from './exporter.ts'

// Names and attributes follow OpenTelemetry's semantic conventions (HTTP, databases, messaging with Kafka,
// CloudEvents); what they do not cover begins with docket.

export const spans = (service: string, { tracer, stop }: Delivery): Tracing => ({
  stop,
  database: (db, url) => databaseSpans(tracer, db, url),
  request: requestSpan(tracer),
  handling: handlingSpans(tracer, service),
  sending: sendingSpans(tracer),
  sweeping: sweepSpan(tracer),
  deadLetter: deadLetterSpan(tracer),
  calling: callSpan(tracer),
  fetching: fetchSpan(tracer),
})

const requestSpan =
  (tracer: Spans): Tracing['request'] =>
  ({ method = 'GET', url = '/', headers, httpVersion }, requestId) => {
    const span = tracer.startSpan(
      method,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'url.path': url.split('?', 1)[0] ?? '/',
          'url.scheme': 'http',
          'network.protocol.version': httpVersion,
          'http.response.header.x-request-id': [requestId],
          ...(headers['user-agent'] && { 'user_agent.original': headers['user-agent'].slice(0, 200) }),
        },
      },
      contextOf(one(headers.traceparent), true),
    )
    return {
      traceparent: traceparentOf(span),
      run: work => within(span, work),
      failed: error => span.recordException(asError(error)),
      end(route, status) {
        if (route !== '(none)') span.updateName(`${method} ${route}`).setAttribute('http.route', route)
        if (status === undefined) span.addEvent('the client left')
        else span.setAttribute('http.response.status_code', status)
        if (status !== undefined && status >= 500)
          span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    }
  }

/** Events of a batch share its statements, so one span hosts these, and the others are linked to it. */
function handlingSpans(tracer: Spans, service: string): Tracing['handling'] {
  // of events that failed before: a retried batch passes the same objects
  const attempts = new WeakMap<DocketEvent, number>()

  const processSpan = (event: DocketEvent): Span => {
    const before = attempts.get(event) ?? 0
    return tracer.startSpan(
      `process ${topicOf[event.type]}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...messageOf('process', topicOf[event.type], event.id, event.key),
          'cloudevents.event_type': event.type,
          'messaging.consumer.group.name': service,
          ...(before > 0 && { 'docket.attempt': before + 1 }),
        },
      },
      contextOf(event.traceparent, true),
    )
  }

  return async (events, work) => {
    const processSpans = events.map(processSpan)
    // each event has one
    const traces = new Map(events.map((event, at) => [event.key, traceparentOf(processSpans[at] as Span)]))
    const causes = new Set(traces.values())
    const host = processSpans.find(span => span.isRecording() && causes.has(traceparentOf(span)))
    // it holds the statements of the batch
    if (host) for (const span of processSpans) if (span !== host) span.addLink({ context: host.spanContext() })
    try {
      return await (host ? within(host, () => work(traces)) : work(traces))
    } catch (error) {
      processSpans.forEach((span, at) => noteFailure(span, events[at] as DocketEvent, error))
      for (const event of events) attempts.set(event, (attempts.get(event) ?? 0) + 1)
      throw error
    } finally {
      for (const span of processSpans) span.end()
    }
  }
}

const sendingSpans =
  (tracer: Spans): Tracing['sending'] =>
  async (rows, work) => {
    const sendSpans = rows.map(row =>
      tracer.startSpan(
        `send ${row.aggregatetype}-events`,
        {
          kind: SpanKind.PRODUCER,
          attributes: {
            ...messageOf('send', `${row.aggregatetype}-events`, row.eventId, row.aggregateid),
            'cloudevents.event_type': row.type,
          },
        },
        contextOf(row.traceparent, false),
      ),
    )
    let why: unknown = new Error('no acknowledgement came')
    let acknowledged: readonly number[] = []
    try {
      const sent = await work(rows.map((row, at) => ({ ...row, traceparent: traceparentOf(sendSpans[at] as Span) })))
      acknowledged = sent.acknowledged
      why = sent.failure ?? why
      return sent
    } catch (error) {
      why = error
      throw error
    } finally {
      const there = new Set(acknowledged)
      sendSpans.forEach((span, at) => {
        if (!there.has(at)) failed(span, why)
        span.end()
      })
    }
  }

/** Kept only when the sweep did something, because most find nothing to do. */
const sweepSpan =
  (tracer: Spans): Tracing['sweeping'] =>
  async (name, run) => {
    const span = tracer.startSpan(
      `sweep ${name}`,
      { kind: SpanKind.INTERNAL, attributes: { 'docket.sweep.name': name } },
      ROOT_CONTEXT,
    )
    const part: Tentative = { kept: undefined, ends: [] }
    const keep = (isKept: boolean) => {
      part.kept = isKept
      if (!isKept) return
      for (const end of part.ends) end()
      span.end()
    }
    try {
      const done = await within(span, run, part)
      span.setAttribute('docket.sweep.done', done)
      keep(done > 0)
      return done
    } catch (error) {
      failed(span, error)
      keep(true)
      throw error
    }
  }

const deadLetterSpan =
  (tracer: Spans): Tracing['deadLetter'] =>
  ({ record, reason, message }) => {
    const topic = deadLetterTopic(record.topic)
    const { key, type, headers } = shownEvent(record) // anyone may have written it
    const span = tracer.startSpan(
      `send ${topic}`,
      {
        kind: SpanKind.PRODUCER,
        attributes: {
          ...messageOf('send', topic, headers.ce_id ?? '', key ?? ''),
          'cloudevents.event_type': type ?? '',
          'docket.dead_letter.reason': reason,
          'docket.dead_letter.topic': record.topic,
          'docket.dead_letter.partition': record.partition,
          'docket.dead_letter.offset': Number(record.offset),
          'error.type': reason,
        },
      },
      contextOf(header(record, 'traceparent'), true),
    )
    span.setStatus({ code: SpanStatusCode.ERROR, message }).end()
  }

const callSpan =
  (tracer: Spans): Tracing['calling'] =>
  ({ name, attributes, traceparent }, work, troubleIn) => {
    const span = tracer.startSpan(
      name,
      { kind: SpanKind.CLIENT, attributes },
      traceparent === undefined ? currentContext() : contextOf(traceparent, false),
    )
    return apart(span, async () => {
      const result = await work(traceparentOf(span))
      const trouble = troubleIn(result)
      if (trouble !== undefined)
        span.setAttribute('error.type', 'no_answer').setStatus({ code: SpanStatusCode.ERROR, message: trouble })
      return result
    })
  }

const fetchSpan =
  (tracer: Spans): Tracing['fetching'] =>
  (method, url, template, send) => {
    // without the user name and password that the URL may hold
    const { protocol, hostname, port, pathname, origin } = new URL(url)
    const span = tracer.startSpan(
      `${method} ${template}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'url.full': origin + pathname,
          'url.template': template,
          'server.address': hostname,
          'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
        },
      },
      currentContext(),
    )
    return apart(span, async () => {
      const response = await send({ traceparent: traceparentOf(span) })
      span.setAttribute('http.response.status_code', response.status)
      if (response.status >= 400 && response.status !== 404)
        span.setAttribute('error.type', String(response.status)).setStatus({ code: SpanStatusCode.ERROR })
      return response
    })
  }

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? undefined : value)

// The id and the key of a message are the event's id and subject, so the span of an event does not repeat them.
const messageOf = (what: 'send' | 'process', topic: string, id: string, key: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.name': what,
  'messaging.operation.type': what,
  'messaging.destination.name': topic,
  'messaging.message.id': id,
  'messaging.kafka.message.key': key,
})

/** A failure of the batch is recorded at an event as its own failure or as that of another event. */
function noteFailure(span: Span, event: DocketEvent, error: unknown): void {
  if (!(error instanceof PoisonEvents)) return failed(span, error)
  const reason = error.reasons.get(event)
  const [first] = error.reasons.keys()
  if (reason !== undefined) failed(span, new PoisonEvents([[event, reason]]))
  else if (first) span.addEvent('rolled back with another event', { 'messaging.message.id': first.id })
}
