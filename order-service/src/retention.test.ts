import test from 'ava'
import { nextMark } from './retention.ts'

const mark = { before: '10', kept: ['05'] }
const cases: [what: string, found: Parameters<typeof nextMark>[1], next: ReturnType<typeof nextMark>][] = [
  ['comes as far as was looked', { end: '30', notDue: [], fresh: 7 }, { before: '30', kept: [] }],
  ['keeps what is not due', { end: '30', notDue: ['05', '21'], fresh: 7 }, { before: '30', kept: ['05', '21'] }],
  [
    'stops before one too many',
    { end: '30', notDue: ['05', '21', '22'], fresh: 7 },
    { before: '22', kept: ['05', '21'] },
  ],
  ['stays when nothing is behind it', { end: '30', notDue: ['05'], fresh: 0 }, { before: '10', kept: ['05'] }],
  ['lets go what has become due', { end: '30', notDue: [], fresh: 0 }, { before: '10', kept: [] }],
]

for (const [what, found, next] of cases)
  test(`the mark ${what}`, t => {
    t.deepEqual(nextMark(mark, found, 2), next)
  })
