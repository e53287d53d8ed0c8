import test from 'ava'
import { readMigrateArgs } from './migrate-command.ts'

for (const [args, expected] of [
  [[], undefined],
  [['down', '--to', '8'], { to: 8, isConfirmed: false }],
  [['down', '--to=0', '--yes'], { to: 0, isConfirmed: true }],
  [['--yes', '--to', '12', 'down'], { to: 12, isConfirmed: true }],
] as const)
  test(`migrate ${args.join(' ')} is understood`, t => {
    t.deepEqual(readMigrateArgs([...args]), expected)
  })

for (const args of [
  ['dwon', '--to', '8'],
  ['down'],
  ['down', '--to'],
  ['down', '--to', '-1'],
  ['down', '--to', '8.5'],
  ['down', '--to', '0.1.0'],
  ['down', '8', '--to', '8'],
  ['down', '--to', '8', '--force'],
  ['up'],
  ['--to', '8'],
  ['--yes'],
])
  test(`migrate ${args.join(' ')} is refused: the way up is never meant by mistake`, t => {
    t.throws(() => readMigrateArgs(args), { message: /^usage: main\.ts migrate / })
  })
