import test from 'ava'
import { withTimeLimit } from './time-limit.ts'

const never = new Promise<never>(() => undefined)
const unexpected = () => new Error('late')

test('work that is in time gives its result, or its own failure', async t => {
  t.is(await withTimeLimit(60_000, Promise.resolve('done'), unexpected), 'done')
  await t.throwsAsync(withTimeLimit(60_000, Promise.reject(new Error('broken')), unexpected), { message: 'broken' })
})

test('work that is late is refused first, and then ended: what its end makes of it does not count', async t => {
  const work = Promise.withResolvers<never>()
  await t.throwsAsync(
    withTimeLimit(
      1,
      work.promise,
      () => new Error('late'),
      () => work.reject(new Error('ended')),
    ),
    { message: 'late' },
  )
})

test('without an end of its own it goes on', async t => {
  await t.throwsAsync(
    withTimeLimit(0, never, () => new Error('late')),
    { message: 'late' },
  )
})
