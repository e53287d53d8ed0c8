import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider, type Sampler, type SpanExporter,
} from '@opentelemetry/sdk-trace'
import type { Logger } from './log.ts'
import type { TracingSettings } from './tracing-settings.ts'

export interface Delivery {
  tracer: Tracer
  stop(): Promise<void>
}

const flushMs = 2_000 // of the 20 s in which a process ends
const spansAtOnce = 512
const deliveryMs = 15_000 // longer than the exporter's own limit, which is 10 s unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise
const longestValue = 4_096 // characters of an attribute: a stack trace, not a body

/**
 * The way of spans to the collector: in batches, beside the work, one delivery at a time. While the collector is away or slow so many
 * wait as the queue holds; what comes then is dropped. No work waits for it.
 */
export function delivery(service: string, version: string, settings: TracingSettings, log: Logger): Delivery {
  const provider = new TracerProvider({
    // OTEL_RESOURCE_ATTRIBUTES goes first: a name that holds for a whole cluster must not make five services one
    resource: detectResources({ detectors: [resourceAttributesEnvDetector] }).merge(resourceFromAttributes({
      'service.name': service, 'service.namespace': 'docket', 'service.version': version, 'service.instance.id': randomUUID(),
    })),
    sampler: samplerOf(settings),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [new BatchSpanProcessor({
      exporter: telling(new OTLPTraceExporter(), log), maxQueueSize: settings.OTEL_BSP_MAX_QUEUE_SIZE, maxExportBatchSize: spansAtOnce,
      scheduledDelayMillis: settings.OTEL_BSP_SCHEDULE_DELAY, exportTimeoutMillis: deliveryMs,
    })],
  })
  return {
    tracer: provider.getTracer('docket', version),
    async stop() {
      const flushed = provider.shutdown().then(() => true, () => false) // why not, the log has from the exporter
      if (!await Promise.race([flushed, pause(flushMs, false, { ref: false })])) log.warn('the last spans were not delivered')
    },
  }
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: TracingSettings): Sampler {
  const root = name.endsWith('always_on') ? new AlwaysOnSampler() : name.endsWith('always_off') ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio)
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

/** Says once that the collector is away, and once that it is back. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let lost = 0
  return {
    export: (spans, done) => exporter.export(spans, result => {
      if (result.code !== 0) {
        if (lost === 0) log.warn({ err: result.error }, 'the collector did not take spans; they are lost until it does')
        lost += spans.length
      } else if (lost > 0) {
        log.info({ lost }, 'the collector takes spans again')
        lost = 0
      }
      done(result)
    }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
