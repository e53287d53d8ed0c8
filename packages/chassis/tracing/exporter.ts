import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ROOT_CONTEXT, trace, TraceFlags, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import type { Logger } from '../log.ts'
import type { TracingSettings } from './settings.ts'

export type Spans = Pick<Tracer, 'startSpan'>

export interface Delivery {
  tracer: Spans
  stop(): Promise<void>
}

const flushMs = 2_000 // of the 20 s in which a process ends
const spansAtOnce = 512
// longer than the exporter's own limit, which is 10 s unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise
const deliveryMs = 15_000
const longestValue = 4_096 // characters of an attribute: a stack trace, not a body

/**
 * Exports spans to the collector: in batches, beside the work, one export at a time. While the collector is unavailable
 * or slow, spans wait in a bounded queue; when it is full, new ones are dropped. No work waits for it.
 */
export function delivery(service: string, version: string, settings: TracingSettings, log: Logger): Delivery {
  const provider = new TracerProvider({
    // OTEL_RESOURCE_ATTRIBUTES goes first: a name that holds for a whole cluster must not make five services one
    resource: detectResources({ detectors: [resourceAttributesEnvDetector] }).merge(
      resourceFromAttributes({
        'service.name': service,
        'service.namespace': 'docket',
        'service.version': version,
        'service.instance.id': randomUUID(),
      }),
    ),
    sampler: samplerOf(settings),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(new OTLPTraceExporter(), log),
        maxQueueSize: settings.OTEL_BSP_MAX_QUEUE_SIZE,
        maxExportBatchSize: spansAtOnce,
        scheduledDelayMillis: settings.OTEL_BSP_SCHEDULE_DELAY,
        exportTimeoutMillis: deliveryMs,
      }),
    ],
  })
  const tracer = provider.getTracer('docket', version)
  return {
    tracer: followsParents(settings) ? passingOver(tracer) : tracer,
    async stop() {
      const flushed = provider.shutdown().then(
        () => true,
        () => false,
      ) // why not, the log has from the exporter
      if (!(await Promise.race([flushed, pause(flushMs, false, { ref: false })])))
        log.warn('the last spans were not delivered')
    },
  }
}

/**
 * A child of an unrecorded span is not recorded either, and reuses its parent's object: the library's way to do that
 * costs half as much as a span.
 */
function passingOver(tracer: Spans): Spans {
  return {
    startSpan(name, options, context = ROOT_CONTEXT) {
      const parent = trace.getSpanContext(context)
      const isPassedOver =
        parent !== undefined && trace.isSpanContextValid(parent) && (parent.traceFlags & TraceFlags.SAMPLED) === 0
      return isPassedOver ? trace.wrapSpanContext(parent) : tracer.startSpan(name, options, context)
    },
  }
}

const followsParents = ({ OTEL_TRACES_SAMPLER: name }: TracingSettings) => name.startsWith('parentbased_')

function samplerOf(settings: TracingSettings): Sampler {
  const { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio, TRACES_PER_SECOND: perSecond } = settings
  const root = name.endsWith('always_on')
    ? new AlwaysOnSampler()
    : name.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(ratio)
  const limited = perSecond === 0 ? root : atMost(perSecond, root)
  return followsParents(settings) ? new ParentBasedSampler({ root: limited }) : limited
}

/**
 * Limits how many of the traces that `inner` would record are recorded per second: a flood of requests does not become
 * a flood of spans.
 */
export function atMost(perSecond: number, inner: Sampler, now: () => number = () => performance.now()): Sampler {
  const most = Math.max(1, perSecond) // at a time
  let left = most
  let sinceMs = now()
  return {
    shouldSample(...sampled) {
      const result = inner.shouldSample(...sampled)
      if (result.decision !== SamplingDecision.RECORD_AND_SAMPLED) return result
      const nowMs = now()
      left = Math.min(most, left + ((nowMs - sinceMs) / 1_000) * perSecond)
      sinceMs = nowMs
      if (left < 1) return { decision: SamplingDecision.NOT_RECORD }
      left--
      return result
    },
    toString: () => `AtMost{${perSecond} a second, ${inner.toString()}}`,
  }
}

function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let lost = 0
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        if (result.code !== 0) {
          if (lost === 0)
            log.warn({ err: result.error }, 'the collector does not accept spans; they are lost until it does')
          lost += spans.length
        } else if (lost > 0) {
          log.info({ lost }, 'the collector accepts spans again')
          lost = 0
        }
        done(result)
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
