import test from 'ava'
import { pino } from 'pino'
import { shownError } from './log.ts'

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
