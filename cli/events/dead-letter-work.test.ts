import test from 'ava'
import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { exit, Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { workOn } from './dead-letter-work.ts'

const letter = (id: string, topic: string) => ({ id, topic, state: 'waiting' }) as unknown as StoredDeadLetter

for (const [what, failure, truth] of [
  [
    'has no answer',
    new Failure('It cannot be reached', { status: exit.unreachable, code: 'unreachable' }),
    'It cannot be reached. 1 of 2 dead letters were sent; whether others were is not known.',
  ],
  [
    'refuses',
    new Failure('Only operators may do this.', { status: exit.notAllowed, code: 'wrong_role' }),
    'Only operators may do this. 1 of 2 dead letters were sent.',
  ],
] as const)
  test(`what was sent before a service ${what} is told`, async t => {
    const api = {
      send: async (service: string, _method: string, _path: string, { ids }: { ids: string[] }) => {
        if (service === 'payment') throw failure
        return { done: ids, gone: [], skipped: [], left: [] }
      },
    }
    const mgmt = { api, note: () => undefined, tell: () => undefined } as unknown as Mgmt
    const letters = [letter('order-events/1', 'order-events'), letter('payment-events/1', 'payment-events')]
    const error = await t.throwsAsync(workOn(mgmt, 'redrive', letters), { instanceOf: Failure })
    t.is(error?.message, truth)
    t.regex(error?.next ?? '', /safe to repeat the command; see what waits with: mgmt dlq list/)
  })
