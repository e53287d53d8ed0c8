import { execFileSync } from 'node:child_process'
import test from 'ava'
import { clock, moment, shortClock } from './times.ts'

const time = '2026-07-01T23:30:00.123Z'

test('with --utc times are shown in UTC', t => {
  t.is(moment(time, { utc: true }), time)
  t.is(clock(time, { utc: true }), '23:30:00.123Z')
  t.is(shortClock(time, { utc: true }), '23:30:00Z')
})

test('else in local time, with its offset: summer and winter, also of half an hour', t => {
  const inZone = (zone: string, shown: string) =>
    execFileSync(
      process.execPath,
      [
        '-e',
        `import(${JSON.stringify(import.meta.resolve('./times.ts'))}).then(({ moment }) => console.log(moment('${shown}', {})))`,
      ],
      { encoding: 'utf8', env: { ...process.env, TZ: zone } },
    ).trim()
  t.is(inZone('Europe/Berlin', time), '2026-07-02T01:30:00.123+02:00')
  t.is(inZone('Europe/Berlin', '2026-01-31T12:00:00Z'), '2026-01-31T13:00:00.000+01:00')
  t.is(inZone('America/St_Johns', '2026-01-31T12:00:00Z'), '2026-01-31T08:30:00.000-03:30')
  t.is(inZone('UTC', time), time)
})

test('what is no time is shown as it is', t => t.is(moment('soon', { utc: true }), 'soon'))
