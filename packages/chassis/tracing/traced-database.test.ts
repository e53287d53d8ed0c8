import test from 'ava'
import { summaryOf } from './traced-database.ts'

const cases: [sql: string, summary: string][] = [
  ['SELECT id FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', 'SELECT orders'],
  ['SELECT o.id FROM orders o LEFT JOIN timeline t ON t.order_id = o.id', 'SELECT orders timeline'],
  ['INSERT INTO idempotency_keys (scope, key) VALUES ($1, $2) ON CONFLICT DO NOTHING', 'INSERT idempotency_keys'],
  ['INSERT INTO attempts (payment_id) SELECT * FROM unnest($1::uuid[])', 'INSERT attempts'],
  ['INSERT INTO users (id) VALUES (?) ON DUPLICATE KEY UPDATE id = id', 'INSERT users'],
  ['INSERT INTO items (sku) VALUES ($1) ON CONFLICT (sku) DO UPDATE SET name = excluded.name', 'INSERT items'],
  ['DELETE FROM sessions WHERE expires_at < now()', 'DELETE sessions'],
  ['UPDATE `users` SET role = ? WHERE id = ?', 'UPDATE users'],
  [
    `WITH line AS (SELECT * FROM unnest($1::text[]) AS l (sku)), kept AS (INSERT INTO reservations (sku) SELECT * FROM line)
    UPDATE items SET available = 0 FROM (SELECT sku FROM line GROUP BY sku) AS taken WHERE items.sku = taken.sku`,
    'INSERT reservations UPDATE items',
  ],
  [
    `WITH due AS (SELECT order_id FROM payments WHERE next_attempt_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE payments SET attempts = payments.attempts + 1 FROM due WHERE payments.order_id = due.order_id`,
    'SELECT payments UPDATE payments',
  ],
  [`SELECT coalesce(extract(epoch FROM now() - min(time)), 0) FROM outbox -- not FROM here`, 'SELECT outbox'],
  [`SELECT name FROM items WHERE name = 'DELETE FROM items'`, 'SELECT items'],
  ['SELECT 1', 'SELECT'],
]

for (const [sql, summary] of cases)
  test(`a statement is named by what it does to which tables: ${summary}: ${sql.slice(0, 60)}`, t =>
    t.is(summaryOf(sql), summary))

test('a name never grows with the statement', t => {
  t.true(summaryOf(Array.from({ length: 100 }, (_, n) => `SELECT * FROM table_${n}`).join(' UNION ALL ')).length <= 255)
})
