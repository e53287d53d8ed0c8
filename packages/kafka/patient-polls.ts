import type { EachBatchPayload } from 'kafkajs'
import { isEventType } from '@docket/contract/validate.ts'
import { asError } from '@docket/foundation/errors.ts'
import { nameOf } from './broker-reader.ts'
import type { DeadLetter } from './classify.ts'
import type { EventType } from '@docket/contract/event.ts'
import { header, type IncomingRecord } from './record-codec.ts'

/**
 * Polls that wait to be handled with the next records of any partition; at most one of each partition. The next poll of
 * the partition takes it over, since its offset covers that of both.
 */
export function patientPolls(onCrash: (error: Error) => void, ending: AbortSignal) {
  const polls = new Map<string, Promise<DeadLetter[]>>()
  return {
    /** Does not call `conclude` when the poll was taken over, or when the partition may have changed hands. */
    async add({ batch }: EachBatchPayload, handled: Promise<DeadLetter[]>, conclude: (waiting: DeadLetter[]) => void) {
      const partition = nameOf(batch)
      polls.set(partition, handled)
      try {
        const waiting = await handled
        if (polls.get(partition) !== handled) return
        polls.delete(partition)
        conclude(waiting)
      } catch (error) {
        if (!ending.aborted) onCrash(asError(error))
      }
    },
    takeOver({ batch }: EachBatchPayload): Promise<DeadLetter[]> | undefined {
      const handled = polls.get(nameOf(batch))
      polls.delete(nameOf(batch))
      return handled
    },
    has: (partition: Parameters<typeof nameOf>[0]) => polls.has(nameOf(partition)),
    forget: () => polls.clear(),
  }
}

/** Records of types that are not consumed need nothing either. A type that is not known may be a broken record. */
export function canAllWait(
  records: readonly IncomingRecord[],
  { consumes, canWait = [] }: { consumes: readonly EventType[]; canWait?: readonly EventType[] },
): boolean {
  const needs = (record: IncomingRecord) => {
    const type = header(record, 'ce_type') ?? ''
    if (!isEventType(type)) return 'now'
    return canWait.includes(type) ? 'later' : consumes.includes(type) ? 'now' : 'nothing'
  }
  return canWait.length > 0 && !records.some(one => needs(one) === 'now') && records.some(one => needs(one) === 'later')
}
