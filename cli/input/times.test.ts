import { execFileSync } from 'node:child_process'
import test from 'ava'
import { Failure } from '../failure.ts'
import { parseSpan, parseTime } from './times.ts'

const now = new Date('2026-01-31T12:00:00.000Z')

const utc: [string, string][] = [
  ['5m', '2026-01-31T11:55:00.000Z'],
  ['2026-01-31T10:00:00+01:00', '2026-01-31T09:00:00.000Z'],
  ['2026-01-31T10:00:00.5-0530', '2026-01-31T15:30:00.500Z'],
  ['2026-01-31 10:00z', '2026-01-31T10:00:00.000Z'],
  ['2026-01-31T10:00', '2026-01-31T10:00:00.000Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
]
for (const [text, expected] of utc)
  test(`with --utc, ${text} is ${expected}`, t =>
    t.is(parseTime(text, '--since', { now, utc: true }).toISOString(), expected))

const none = [
  'yesterday',
  '12:00',
  '2026-13-01',
  '2026-02-30',
  '2026-02-29',
  '2026-01-31T24:30',
  '2026-01-31T10:00+25:00',
]
for (const text of [...none, '2026-01-31T10:61', '2026-1-1', '1738300000', ''])
  test(`"${text}" is no time, and the flag is named`, t =>
    void t.throws(() => parseTime(text, '--until', { now }), { instanceOf: Failure, message: /^--until: / }))

/** What a process in that zone makes of a time without one. */
const inZone = (zone: string, text: string) =>
  execFileSync(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(import.meta.resolve('./times.ts'))}).then(({ parseTime }) => parseTime('${text}', '--since').toISOString())
        .catch(error => error.message).then(console.log)`,
    ],
    { encoding: 'utf8', env: { ...process.env, TZ: zone } },
  ).trim()

test('a time without a zone is local; one that was skipped, or was twice, is refused with what to write', t => {
  t.is(inZone('Europe/Berlin', '2026-01-31T10:00'), '2026-01-31T09:00:00.000Z')
  t.is(inZone('Asia/Kolkata', '2026-07-01'), '2026-06-30T18:30:00.000Z')
  t.regex(inZone('Europe/Berlin', '2026-03-29T02:30'), /^--since: .*put forward; write .*00:30:00Z or .*01:30:00Z$/)
  t.regex(
    inZone('Europe/Berlin', '2026-10-25T02:30'),
    /^--since: .*twice.*write 2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z$/,
  )
  t.is(inZone('Europe/Berlin', '2026-10-25T03:00'), '2026-10-25T02:00:00.000Z')
})

test('a time without a zone is refused where TZ is no zone: Node would take it for UTC', t => {
  t.regex(inZone('Europe/Berln', '2026-01-31T10:00'), /^--since: .* TZ names none that is known, Europe\/Berln$/)
  t.is(inZone('Europe/Berln', '2026-01-31T10:00Z'), '2026-01-31T10:00:00.000Z')
  for (const zone of ['', 'UTC', 'Etc/UTC', ':Europe/London'])
    t.is(inZone(zone, '2026-01-31T10:00'), '2026-01-31T10:00:00.000Z', zone)
  t.is(inZone('UTC-2', '2026-01-31T10:00'), '2026-01-31T08:00:00.000Z')
})

test('a span has something in it', t => {
  t.throws(() => parseSpan({ since: '2026-02-01' }, { now, utc: true }), { message: /^--since: .*future/ })
  t.throws(() => parseSpan({ since: '5m', until: '10m' }, { now }), { message: /^--until: .*not after --since/ })
  t.deepEqual(parseSpan({ until: '2026-02-01' }, { now, utc: true }), { until: new Date('2026-02-01T00:00:00.000Z') })
})
