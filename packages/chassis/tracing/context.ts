import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags, type Context, type Span } from '@opentelemetry/api'
import { asError } from '@docket/foundation/errors.ts'

export interface Tentative {
  kept: boolean | undefined
  ends: (() => void)[]
}

interface Here {
  span: Span
  tentative: Tentative | undefined
}

const here = new AsyncLocalStorage<Here>()

export const isRecorded = (): boolean => here.getStore()?.span.isRecording() ?? false

export function currentContext(): Context {
  const span = here.getStore()?.span
  return span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT
}

export function currentTraceparent(): string | undefined {
  const span = here.getStore()?.span
  return span && traceparentOf(span)
}

export const within = <T>(span: Span, work: () => T, tentative?: Tentative): T => here.run({ span, tentative }, work)

export const inPart = <T>(span: Span, work: () => Promise<T>): Promise<T> =>
  inSpan(span, here.getStore()?.tentative, work)

export const apart = <T>(span: Span, work: () => Promise<T>, note = failed): Promise<T> =>
  inSpan(span, undefined, work, note)

export async function inSpan<T>(
  span: Span,
  tentative: Tentative | undefined,
  work: () => Promise<T>,
  note = failed,
): Promise<T> {
  try {
    return await within(span, work, tentative)
  } catch (error) {
    note(span, error)
    throw error
  } finally {
    end(span, tentative)
  }
}

function end(span: Span, tentative: Tentative | undefined): void {
  if (tentative === undefined || tentative.kept === true) return span.end()
  if (tentative.kept === false) return // a span that is never ended is never delivered
  const now = Date.now()
  tentative.ends.push(() => span.end(now))
}

export const partOf = (): Tentative | undefined => here.getStore()?.tentative

const wellFormed = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/ // W3C Trace Context, section 3.2

export function contextOf(traceparent: string | undefined, isRemote: boolean): Context {
  const [, traceId = '', spanId = '', flags = '0'] = wellFormed.exec(traceparent ?? '') ?? []
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote }
  return trace.isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT
}

export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`
}

export function failed(span: Span, error: unknown): void {
  const reason = asError(error)
  span.recordException(reason)
  span.setAttribute('error.type', codeOf(reason) ?? reason.name)
  span.setStatus({ code: SpanStatusCode.ERROR, message: reason.message })
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
