import { z } from 'zod'

/**
 * OpenTelemetry's own names. Those that say how to reach the collector (headers, certificates, time limits) are read by
 * its library.
 */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({
      protocol: /^https?$/,
      error: 'must be the address of a collector that accepts OTLP over HTTP, such as http://127.0.0.1:4318',
    })
    .optional(),
  // JSON is sent: a collector that accepts one of the two encodings over HTTP accepts both
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/json', 'http/protobuf'], {
      error: 'must be http/json; gRPC is not spoken here: name the port of the collector for HTTP, mostly 4318',
    })
    .optional(),
  OTEL_SDK_DISABLED: z.stringbool({ error: 'must be true or false' }).default(false),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1), // the share of traces that a ratio sampler keeps
  // traces that begin in a process; recording all of them at saturation costs a quarter of the throughput. 0: no limit
  TRACES_PER_SECOND: z.coerce.number().min(0).max(100_000).default(20),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(1).max(60_000).default(5_000), // ms between two exports
  // queued spans; later ones are dropped
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce.number().int().min(512).max(100_000).default(2_048),
}

export type TracingSettings = z.output<z.ZodObject<typeof tracingSettings>>
