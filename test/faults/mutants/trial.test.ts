import test from 'ava'
import { isBroken, read } from './trial.ts'

test('titles are read from the output of one file and of several, without what ava adds', t => {
  const output = `
  ✔ kafka › batch › a broken record becomes a dead letter: not_json (6)
  ✔ one that takes its time (1m 2.5s)
  ✔ another (992ms)
  ✘ [fail]: chassis › auth › a forged token is refused: no expiry
  ◌ chassis › relay › one that hangs
  ✔ an order whose reason is (2) (3s)
`
  t.deepEqual(read(output), {
    passed: [
      'a broken record becomes a dead letter: not_json (6)',
      'one that takes its time',
      'another',
      'an order whose reason is (2)',
    ],
    failed: ['a forged token is refused: no expiry'],
    hung: ['one that hangs'],
    crashed: false,
  })
})

test('a process that ends is told from tests that fail', t => {
  t.true(read('  ✘ Uncaught exception in packages/chassis/database/database.db.test.ts\n').crashed)
  t.true(read('  Unhandled rejection in packages/kafka/consumer.db.test.ts\n').crashed)
  t.false(read('  ✘ [fail]: no Uncaught exception in here\n').crashed)
})

test('a bug that is no program, or whose test cannot be loaded, counts as not noticed', t => {
  const outputs = [
    'SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: x',
    `code: 'ERR_MODULE_NOT_FOUND'`,
    'error: syntax error at or near "some"',
  ]
  for (const output of outputs) t.true(isBroken(output), output)
  t.false(isBroken('  ✘ [fail]: stock leaves with its parcel, once'))
})
