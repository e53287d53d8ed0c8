import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CollectedSpan {
  service: string
  traceId: string
  spanId: string
  parentSpanId: string
  name: string
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  attributes: Record<string, unknown>
  events: { name: string; attributes: Record<string, unknown> }[]
  links: string[]
  isError: boolean
  message: string | undefined
}

/** A collector of OpenTelemetry traces: accepts OTLP over HTTP as JSON, and keeps what it gets. */
export interface Collector {
  endpoint: string
  spans: readonly CollectedSpan[]
  deliveries: readonly IncomingMessage['headers'][]
  hang(): void
  refuse(status: number): void
  close(): Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const deliveries: IncomingMessage['headers'][] = []
  let isHanging = false
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      deliveries.push(request.headers)
      if (isHanging) return
      if (request.url !== '/v1/traces') return void response.writeHead(404).end()
      if (status === 200) spans.push(...spansIn(JSON.parse(Buffer.concat(chunks).toString()) as Delivery))
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    // an address and a port, as it listens on no pipe
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    deliveries,
    hang() {
      isHanging = true
    },
    refuse(answer) {
      status = answer
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

// OTLP as JSON: opentelemetry-proto, trace/v1 and common/v1
interface Delivery {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[]
}

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes?: Attribute[]
  events?: { name: string; attributes?: Attribute[] }[]
  links?: { spanId: string }[]
  status?: { code?: number; message?: string }
}

interface Attribute {
  key: string
  value: Value
}

interface Value {
  stringValue?: string
  boolValue?: boolean
  intValue?: number | string
  doubleValue?: number
  arrayValue?: { values?: Value[] }
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const // 0 is unspecified
const errorCode = 2

function spansIn({ resourceSpans }: Delivery): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(scope =>
      scope.spans.map(span => ({
        service: String(plain(resource.attributes)['service.name']),
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: kinds[span.kind] ?? 'internal',
        attributes: plain(span.attributes),
        links: (span.links ?? []).map(link => link.spanId),
        events: (span.events ?? []).map(event => ({ name: event.name, attributes: plain(event.attributes) })),
        isError: span.status?.code === errorCode,
        message: span.status?.message,
      })),
    ),
  )
}

const plain = (attributes: Attribute[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue }: Value): unknown {
  if (arrayValue) return (arrayValue.values ?? []).map(valueOf)
  return stringValue ?? boolValue ?? (intValue === undefined ? doubleValue : Number(intValue))
}
