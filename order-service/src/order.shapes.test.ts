import test from 'ava'
import { ListQuery } from './order.shapes.ts'

test('a list can begin at any time with an offset, which the database gets in UTC', t => {
  const since = (text: string) => ListQuery.parse({ since: text }).since
  t.is(since('2026-03-01T12:00:00+02:00'), '2026-03-01T10:00:00.000Z')
  t.is(
    since('2026-03-01T12:00:00-23:59'),
    '2026-03-02T11:59:00.000Z',
    'PostgreSQL accepts no offset of 16 hours or more',
  )
  t.is(since('0001-01-01T00:00:00Z'), '0001-01-01T00:00:00.000Z')
})

test('a moment that PostgreSQL does not know is not valid', t => {
  for (const text of [
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    'now',
    'infinity',
    '2026-02-29T00:00:00Z',
  ]) {
    t.false(ListQuery.safeParse({ since: text }).success, text)
    t.false(ListQuery.safeParse({ until: text }).success, text)
  }
})
