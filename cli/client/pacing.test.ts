import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { askedToWaitMs, pacer } from './pacing.ts'

const answer = (status: number, retryAfter?: string) => ({
  status,
  headers: { ...(retryAfter !== undefined && { 'retry-after': retryAfter }) },
})

/** The clock moves only while somebody waits, so the test takes no time. */
function aService(...answers: ReturnType<typeof answer>[]) {
  let nowMs = 1_000_000
  const sentAt: number[] = []
  const waits: (number | undefined)[] = []
  const wait = async (ms: number) => {
    nowMs += ms
  }
  const paced = pacer(
    new AbortController().signal,
    ms => void waits.push(ms),
    wait,
    () => nowMs,
  )
  const send = () =>
    paced('order', async () => {
      sentAt.push(nowMs - 1_000_000)
      return answers.shift() ?? answer(200)
    })
  return { send, sentAt, waits }
}

test('what a service refuses for now is sent again when it says so', async t => {
  const { send, sentAt, waits } = aService(answer(429, '12'), answer(429, '3'), answer(201))
  t.is((await send()).status, 201)
  t.deepEqual(sentAt, [0, 12_000, 15_000])
  t.deepEqual(waits, [12_000, undefined, 3_000, undefined])
})

test('while one waits nothing else is sent to that service, and others are served', async t => {
  const goOn: (() => void)[] = []
  let [nowMs, sent] = [0, 0]
  const paced = pacer(
    new AbortController().signal,
    () => undefined,
    () => new Promise<void>(resolve => void goOn.push(resolve)),
    () => nowMs,
  )
  const send = (service: string) => paced(service, async () => answer(++sent === 1 ? 429 : 200, '5'))
  const first = send('order')
  await setImmediate()
  const second = send('order')
  await setImmediate()
  t.is(sent, 1)
  t.is((await send('inventory')).status, 200)
  nowMs = 5_000
  for (const go of goOn) go()
  t.deepEqual([(await first).status, (await second).status], [200, 200])
  t.is(sent, 4)
})

test('a refusal without a time, or with one that nobody wants to wait for, is an answer', async t => {
  for (const refusal of [
    answer(429),
    answer(429, 'Fri, 31 Dec 1999 23:59:59 GMT'),
    answer(429, '900'),
    answer(503, '1'),
  ]) {
    const { send, sentAt } = aService(refusal)
    t.is((await send()).status, refusal.status)
    t.is(sentAt.length, 1)
  }
  t.is(askedToWaitMs(answer(429, '0')), 1_000, 'no busy loop')
})
