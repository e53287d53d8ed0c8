import { randomBytes } from 'node:crypto'

const { traceId, spanId } = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') }

/** The trace of this run of the command, to which all its requests belong, and whatever services do because of them. */
// W3C Trace Context; 01: sampled, a person wants to know
export const trace = { id: traceId, traceparent: `00-${traceId}-${spanId}-01` }
