import test from 'ava'
import { pino } from 'pino'
import { about, shownError } from './log.ts'

test('the log of an error of a database names the constraint, and not the row', t => {
  const cause = Object.assign(new Error('violates check constraint "payments_amount_check"'), {
    code: '23514',
    detail: 'Failing row contains (tok_1, Ada Moor).',
    where: 'tok_1',
    sql: "INSERT … 'tok_1'",
    constraint: 'payments_amount_check',
  })
  const lines: string[] = []
  const log = pino({ serializers: { err: shownError } }, { write: line => void lines.push(line) })
  log.error({ err: cause }, 'a request failed')
  log.error({ err: new Error('saving payments', { cause }) }, 'a request failed')
  t.false(/tok_1|Ada/.test(lines.join('')), lines.join(''))
  const [first, second] = lines.map(line => (JSON.parse(line) as { err: Record<string, string> }).err)
  t.like(first, { code: '23514', constraint: 'payments_amount_check' })
  t.regex(second?.message ?? '', /saving payments: violates check constraint/)
})

test('the log of a value that a database cannot read tells what it should be, and not the value', t => {
  const cause = Object.assign(new Error('invalid input syntax for type uuid: "tok_1 of "Ada""'), { code: '22P02' })
  for (const error of [cause, new Error('saving orders', { cause })]) {
    const shown = shownError(error)
    t.regex(String(shown.message), /invalid input syntax for type uuid: \(masked\)$/)
    t.notRegex(JSON.stringify(shown), /tok_1|Ada/)
  }
})

test('a key that is no id is in no log', t => {
  t.deepEqual(about('tok_1', 'order.created'), { orderId: '(masked)' })
  const id = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'
  t.deepEqual(about(id, 'user.disabled'), { userId: id })
})
