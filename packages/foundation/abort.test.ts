import test from 'ava'
import { aborted, pauseOrAbort, pauseUnlessAborted, unlessAborted } from './abort.ts'

const anHourMs = 3_600_000
const over = new Error('it is over')

test('a pause ends with its signal', async t => {
  const ending = new AbortController()
  const paused = pauseUnlessAborted(anHourMs, ending.signal)
  ending.abort(over)
  await t.notThrowsAsync(paused)
  await t.notThrowsAsync(pauseUnlessAborted(anHourMs, ending.signal))
})

test.serial('a pause until a time that has passed is over, and Node has nothing to warn about', async t => {
  const warnings: string[] = []
  const note = ({ name }: Error) => warnings.push(name)
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  await pauseUnlessAborted(-5, new AbortController().signal)
  t.deepEqual(warnings, [])
})

test('a pause that matters rejects with the reason of its signal', async t => {
  const ending = new AbortController()
  await t.notThrowsAsync(pauseOrAbort(1, ending.signal))
  const paused = pauseOrAbort(anHourMs, ending.signal)
  ending.abort(over)
  t.is(await t.throwsAsync(paused), over)
  t.is(await t.throwsAsync(pauseOrAbort(1, ending.signal)), over)
})

test('work has its own result, unless the signal aborts before', async t => {
  const ending = new AbortController()
  t.is(await unlessAborted(Promise.resolve('done'), ending.signal), 'done')
  await t.throwsAsync(unlessAborted(Promise.reject(new Error('broken')), ending.signal), { message: 'broken' })
  const work = unlessAborted(new Promise<never>(() => undefined), ending.signal)
  ending.abort(over)
  t.is(await t.throwsAsync(work), over)
  t.is(await t.throwsAsync(unlessAborted(new Promise<never>(() => undefined), ending.signal)), over)
})

test('who waits for a signal is told, also when it has aborted before', async t => {
  const ending = new AbortController()
  const told = aborted(ending.signal)
  ending.abort()
  await t.notThrowsAsync(told)
  await t.notThrowsAsync(aborted(ending.signal))
})
