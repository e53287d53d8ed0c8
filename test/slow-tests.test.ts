import test from 'ava'
import { slowTests } from './slow-tests.ts'

function found(...lines: [atSeconds: number, line: string][]) {
  let now = 0
  const slow = slowTests(() => now)
  for (const [atSeconds, line] of lines) {
    now = atSeconds * 1_000
    slow.read(`${line}\n`)
  }
  return slow.found.map(({ title, seconds }) => [title, seconds])
}

test('a test over five seconds is found, whatever the form of its time', t => {
  t.deepEqual(
    found(
      [1, '  ✔ stock › quick (992ms)'],
      [7, '  ✔ stock › slow (5.9s)'],
      [8, '  ✔ stock › at once'],
      [80, '  ✔ stock › slower (1m 2.5s)'],
    ),
    [
      ['stock › slow', 5.9],
      ['stock › slower', 62.5],
    ],
  )
})

test('a test that says why it takes long is not', t => {
  t.deepEqual(
    found(
      [7, '  ✔ a service is killed (12s)'],
      [7, '    ℹ 12 s: Kafka ends the session of a consumer after 10 s'],
      [20, '  ✔ another (9s)'],
      [20, '    ℹ what it saw'],
    ),
    [['another', 9]],
  )
})

test('of tests that run at the same time each counts with what it adds', t => {
  t.deepEqual(
    found(
      [6, '  ✔ cli › main › one of many (6s)'],
      [6.5, '  ✔ cli › main › another (6.5s)'],
      [7, '  ✔ cli › other › of another file (5.5s)'],
      [15, '  ✔ cli › main › the last (15s)'],
    ),
    [
      ['cli › main › one of many', 6],
      ['cli › other › of another file', 5.5],
      ['cli › main › the last', 8.5],
    ],
  )
})

test('output may come in pieces', t => {
  const slow = slowTests(() => 0)
  for (const piece of ['  ✔ a te', 'st (9s)', '\n  ✔ b\n']) slow.read(piece)
  t.deepEqual(slow.found, [{ title: 'a test', seconds: 9 }])
})
