import type { Mutant } from './mutant.ts'

const relay = 'packages/chassis/messaging/relay.ts'
const relayTest = 'packages/chassis/database/database.db.test.ts'
const outboxTest = 'packages/chassis/messaging/outbox.db.test.ts'
const connectionsTest = 'packages/chassis/database/connections.db.test.ts'
const postgres = 'packages/chassis/database/postgres.ts'
const consumer = 'packages/kafka/consumer.ts'
const consumerTest = 'packages/kafka/consumer.db.test.ts'
const producer = 'packages/kafka/producer.ts'
const producerTest = 'packages/kafka/producer.test.ts'
const settle = 'packages/kafka/process-with-retry.ts'
const settleTest = 'packages/kafka/process-with-retry.test.ts'
const batch = 'packages/kafka/classify.ts'
const batchTest = 'packages/kafka/classify.test.ts'
const stockStore = 'inventory-service/src/stock.store.ts'
const stockHandlers = 'inventory-service/src/stock.handlers.ts'
const stockTest = 'inventory-service/src/stock.handlers.db.test.ts'
const paymentStore = 'payment-service/src/payment.store.ts'
const paymentSweeps = 'payment-service/src/payment.sweeps.ts'
const paymentTest = 'payment-service/src/payment.handlers.db.test.ts'
const orderStore = 'order-service/src/order.store.ts'
const orderRoutes = 'order-service/src/order.routes.ts'
const orderTest = 'order-service/src/order.handlers.db.test.ts'
const orderRoutesTest = 'order-service/src/order.routes.db.test.ts'
const auth = 'packages/chassis/http/auth.ts'
const authTest = 'packages/chassis/http/auth.test.ts'

/** The planted bugs, in the order of an event's way: out of the outbox, through Kafka, into a service; then the doors. */
export const catalogue: readonly Mutant[] = [
  {
    name: 'relay-by-cursor', breaks: 'I5', why: 'a row whose transaction commits after younger rows were sent is never sent',
    file: 'packages/chassis/messaging/postgres-outbox.ts', find: 'return rows.map(row => ({ ...row, id: String(row.id)',
    replace: `const place = client as pg.Client & { last?: number }
      const fresh = rows.filter(row => Number(row.id) > (place.last ?? 0))
      place.last = Number(rows.at(-1)?.id ?? place.last ?? 0)
      return fresh.map(row => ({ ...row, id: String(row.id)`,
    test: outboxTest, match: 'PostgreSQL: a row whose transaction commits after younger rows were sent is sent too',
  },
  {
    name: 'relay-without-lock', breaks: 'I6', why: 'two relays send the same rows, and the events of one order overtake each other',
    file: 'packages/chassis/messaging/postgres-outbox.ts', find: 'SELECT pg_try_advisory_lock($1) AS leads', replace: 'SELECT $1::int > 0 AS leads',
    test: outboxTest, match: 'PostgreSQL: as long as one leads nobody else does',
  },
  {
    name: 'relay-without-lock-mysql', breaks: 'I6', why: 'the same in MySQL: a lock that is held by another counts as ours',
    file: 'packages/chassis/messaging/mysql-outbox.ts', find: 'if (rows[0]?.leads === 1)', replace: 'if (rows[0]?.leads !== null)',
    test: outboxTest, match: 'MySQL: as long as one leads nobody else does',
  },
  {
    name: 'relay-deaf-to-lost-lock', breaks: 'I6', why: 'a relay whose connection was cut ends the process, or goes on beside its successor',
    file: 'packages/chassis/messaging/postgres-outbox.ts', find: `client.on('error', error => lost.abort(error))`, replace: '',
    test: connectionsTest, match: 'the relay learns that its lock may be lost: the connection was cut',
  },
  {
    name: 'relay-removes-first', breaks: 'I5', why: 'a row is gone when Kafka does not take it, or when the process ends in between',
    file: relay, find: 'const { acknowledged, failure } = await',
    replace: 'await lead.remove(rows.map(row => row.id))\n      const { acknowledged, failure } = await',
    test: relayTest, match: 'PostgreSQL: what a broker did not take stays, and is sent again',
  },
  {
    name: 'relay-removes-all', breaks: 'I5', why: 'one acknowledgement is taken for that of the whole batch',
    file: relay, find: 'lead.remove(sent.map(row => row.id))', replace: 'lead.remove(rows.map(row => row.id))',
    test: relayTest, match: 'MySQL: what a broker did not take stays, and is sent again',
  },
  {
    name: 'outbox-unchecked', breaks: 'I8', why: 'an event that breaks the contract is sent, and every reader sets it aside',
    file: 'packages/chassis/messaging/outbox.ts', find: 'if (problems.length > 0) throw', replace: 'if (problems.length > 1_000) throw',
    test: relayTest, match: 'PostgreSQL: an event that breaks the contract is not sent, and its transaction fails',
  },
  {
    name: 'event-outside-transaction', breaks: 'I7', why: 'the event is out although its state change was undone',
    file: postgres, find: 'append(tx, rows)',
    replace: `for (const sql of ['ROLLBACK', 'BEGIN READ WRITE']) tx.change(sql)
          append(tx, rows)
          for (const sql of ['COMMIT', 'BEGIN READ WRITE']) tx.change(sql)`,
    test: relayTest, match: 'PostgreSQL: what fails leaves nothing behind, neither state nor event',
  },
  {
    name: 'claim-outside-transaction', breaks: 'I1', why: 'what failed stays claimed: when it comes again it is taken for a duplicate',
    file: postgres, find: 'const answer = run<Row>(client, sql, values)',
    replace: `const answer = run<Row>(client, sql, values)
    if (/INSERT INTO (claims|payments|shipments)/.test(sql)) for (const extra of ['COMMIT', 'BEGIN READ WRITE']) void run(client, extra)`,
    test: stockTest, match: 'a batch that failed as a whole is as good as new when it comes again',
  },
  {
    name: 'transaction-per-type', breaks: 'I7', why: 'half of a batch is committed when the other half fails',
    file: 'packages/chassis/messaging/handlers.ts', find: 'await handlerOf(handlers, type)(tx, some)',
    replace: 'await db.transaction(own => handlerOf(handlers, type)(own, some)).then(() => tx)',
    test: stockTest, match: 'a parcel of an order that never came is poison, by name',
  },
  {
    name: 'mysql-goes-on-after-failure', breaks: 'I7', why: 'after a deadlock the rest of a transaction is committed without its beginning',
    file: 'packages/chassis/database/mysql.ts', find: 'if (failed) throw failed.reason', replace: '',
    test: 'packages/chassis/database/mysql.db.test.ts', match: 'after a statement that failed nothing is committed, also when the work goes on',
  },
  {
    name: 'pool-without-error-listener', breaks: 'I12', why: 'a backend that is terminated while idle ends the process (node-postgres #2762)',
    file: postgres, find: `pool.on('error', lost)`, replace: '',
    test: connectionsTest, match: 'connections that are cut while nobody uses them are replaced, and the process lives',
  },
  {
    name: 'client-without-error-listener', breaks: 'I12', why: 'a backend that is terminated in the middle of work ends the process',
    file: postgres, find: `pool.on('connect', client => client.on('error', lost))`, replace: '',
    test: relayTest, match: 'PostgreSQL: a connection that is cut in the middle of work is a failure that goes away, and the process lives',
  },
  {
    name: 'migration-without-error-listener', breaks: 'I12', why: 'a backend that is terminated while a service starts ends the process; chaos found it',
    file: postgres, find: `client.on('error', error => log.debug({ err: error }, 'the connection that migrates was lost'))`, replace: '',
    test: connectionsTest, match: 'a connection that is cut while it migrates is a failure that goes away, and the process lives',
  },
  {
    name: 'no-query-timeout', breaks: 'I1', why: 'a statement on a half-open connection is waited for until TCP gives up: a quarter of an hour',
    file: 'packages/chassis/database/postgres-connection.ts', find: 'query_timeout: ', replace: 'query_timeout: 0 * ',
    test: connectionsTest,
    match: 'nothing waits for ever: neither for a connection, a lock or a statement, nor for a server that says nothing any more',
  },

  {
    name: 'one-partition-keeps-the-others', breaks: 'I10', why: 'while one partition has no leader, nothing is acknowledged, and all is sent again and again',
    file: producer, find: 'together = failure === undefined', replace: 'together = true',
    test: producerTest, match: 'after a failure each partition has a request of its own, until all goes well again',
  },
  {
    name: 'one-replica-is-enough', breaks: 'I5', why: 'a record is lost with the broker that alone had it',
    file: producer, find: 'acks: -1', replace: 'acks: 1', test: producerTest, match: 'all replicas that are in sync must have a record',
  },
  {
    name: 'no-acknowledgement-needed', breaks: 'I5', why: 'kafkajs says that all is sent when a leader has moved, and some was not (kafkajs #1303)',
    file: producer, find: 'groups.filter(isThere)', replace: 'groups',
    test: producerTest, match: 'what nobody acknowledged is not said to be there',
  },
  {
    name: 'partition-without-key', breaks: 'I6', why: 'the events of one order lie in several partitions, and overtake each other',
    file: producer, find: 'message: { key: record.key, value: null }', replace: 'message: { key: null, value: null }',
    test: producerTest, match: 'the records of one key go to one partition, in their order, and the partition is the one that Java\'s clients choose',
  },
  {
    name: 'offsets-before-work', breaks: 'I5', why: 'what was under way when a consumer stopped is never handled',
    file: consumer, find: 'await handOver(records)', replace: 'offsets.handled(topic, partition, last.offset)\n      await handOver(records)',
    test: consumerTest, match: 'what a consumer had in its hands when it stopped comes to the next one',
  },
  {
    name: 'failed-batch-skipped', breaks: 'I5', why: 'a batch that fails once is dropped',
    file: settle, find: 'how.onRetry(error, attempt, open.length)',
    replace: 'how.onRetry(error, attempt, open.length)\n      if (attempt > 0) return dead',
    test: settleTest, match: 'a failure that goes away is waited out, and nothing is set aside',
  },
  {
    name: 'outage-taken-for-poison', breaks: 'I8', why: 'good events become dead letters because the database was away',
    file: settle, find: 'if (!how.isTransient(error) && ++failures', replace: 'if (++failures',
    test: settleTest, match: 'a failure that goes away is waited out, and nothing is set aside',
  },
  {
    name: 'poison-takes-neighbours', breaks: 'I8', why: 'the event beside a poisonous one is handled by nobody',
    file: settle, find: 'deliveries.slice(middle), how', replace: 'deliveries.slice(middle + 1), how',
    test: settleTest, match: 'whichever events are poisonous, exactly these are set aside, and all others are handled once and in order',
  },
  {
    name: 'named-poison-dropped', breaks: 'I8', why: 'an event that a handler calls poison is gone without a trace',
    file: settle, find: 'dead.push(deadLetter(poison, error))', replace: '',
    test: settleTest, match: 'the event that a handler names is set aside, and the rest goes on without another split',
  },
  {
    name: 'dead-letter-not-sent', breaks: 'I8', why: 'a dead letter that Kafka does not take at once is gone',
    file: consumer, find: 'open = open.filter((_, position) => !gone.has(position))', replace: 'open = []',
    test: consumerTest, match: 'a dead letter that Kafka does not take is sent again until it does',
  },
  {
    name: 'same-event-twice-in-a-batch', breaks: 'I5', why: 'an event that a producer sent twice is handled twice',
    file: batch, find: 'else if (taken && !seen.has(event.id))', replace: 'else if (taken)',
    test: batchTest, match: 'the same event twice in a batch is handed over once',
  },
  {
    name: 'broken-record-ignored', breaks: 'I8', why: 'a record that nobody can read disappears',
    file: batch, find: 'broken.push(setAside(record, event))', replace: 'void setAside(record, event)',
    test: batchTest, match: 'a broken record is set aside with its reason: not_json (6)',
  },
  {
    name: 'death-before-birth', breaks: 'I9', why: 'of an order and its cancellation in one batch the cancellation is handled first',
    file: batch, find: 'return [...byType].filter(', replace: 'return [...byType].reverse().filter(',
    test: batchTest, match: 'a batch is handled in the order of an order\'s life, each type in the order of arrival',
  },

  {
    name: 'stock-locked-in-any-order', breaks: 'I1', why: 'two replicas with the same items in another order wait for each other',
    file: 'inventory-service/src/stock.ts', find: 'lines.map(line => line.sku))].sort()', replace: 'lines.map(line => line.sku))]',
    test: 'inventory-service/src/stock.test.ts', match: 'rows are locked in one order, each once',
  },
  {
    name: 'stock-read-without-lock', breaks: 'I3', why: 'two replicas give away the same pieces',
    file: stockStore, find: 'sku = ANY($1::text[]) ORDER BY sku FOR UPDATE', replace: 'sku = ANY($1::text[]) ORDER BY sku',
    test: stockTest, match: 'who wants what another replica is just giving away waits, and then sees what is left',
  },
  {
    name: 'stock-given-away-twice-in-a-batch', breaks: 'I3', why: 'each order of a batch is decided as if it were the only one',
    file: 'inventory-service/src/stock.ts', find: 'left.set(sku, (left.get(sku) ?? 0) - quantity)', replace: '',
    test: 'inventory-service/src/stock.test.ts', match: 'never more is reserved than there is, and a rejected order holds nothing',
  },
  {
    name: 'stock-unchecked-by-database', breaks: 'I3', why: 'the net below the rule is missing: available pieces may fall below zero',
    file: 'inventory-service/migrations/0001_stock.up.sql', find: 'CHECK (available >= 0)', replace: '',
    test: stockTest, match: 'the database itself refuses to sell what is not there',
  },
  {
    name: 'order-claimed-twice', breaks: 'I3', why: 'an order that is delivered again is reserved again',
    file: stockStore, find: 'ON CONFLICT DO NOTHING RETURNING order_id',
    replace: 'ON CONFLICT (order_id) DO UPDATE SET updated_at = now() RETURNING claims.order_id',
    test: stockTest, match: 'two replicas that take overlapping batches sell no piece twice',
  },
  {
    name: 'inventory-without-tombstone', breaks: 'I3', why: 'an order that comes after its cancellation keeps its stock for ever',
    file: stockHandlers, find: 'leaveTombstones(tx, idsOf(events))', replace: '',
    test: stockTest, match: 'a cancel that overtakes its order leaves nothing reserved',
  },
  {
    name: 'stock-released-twice', breaks: 'I3', why: 'a cancellation that is delivered again gives back what others have reserved',
    file: stockStore, find: `AND status = 'reserved' ORDER BY order_id FOR UPDATE`,
    replace: `AND status IN ('reserved', 'released') ORDER BY order_id FOR UPDATE`,
    test: stockTest, match: 'a cancellation that is delivered again gives back once',
  },
  {
    name: 'shipped-stock-comes-back', breaks: 'I9', why: 'stock that has left is given back by a cancellation that is late',
    file: stockStore, find: `AND status = 'reserved' ORDER BY order_id FOR UPDATE`,
    replace: `AND status IN ('reserved', 'committed') ORDER BY order_id FOR UPDATE`,
    test: stockTest, match: 'stock that has left is not given back by a late cancellation',
  },
  {
    name: 'sequence-stands-still', breaks: 'I6', why: 'two events of one order have the same number',
    file: stockStore, find: 'SET status = $2, version = version + 1', replace: 'SET status = $2, version = version',
    test: stockTest, match: 'stock leaves with its parcel, once',
  },

  {
    name: 'charge-under-new-id', breaks: 'I4', why: 'a charge that is repeated takes the money again: the provider cannot know it',
    file: paymentSweeps, find: 'paymentId: payment.id, amount: payment.amount', replace: 'paymentId: crypto.randomUUID(), amount: payment.amount',
    test: paymentTest, match: 'a card is charged when stock is reserved',
  },
  {
    name: 'charge-without-asking', breaks: 'I4', why: 'after a crash the card is charged again without a look at what became of the first time',
    file: paymentSweeps, find: 'if (payment.attempts > 0)', replace: 'if (payment.attempts > 1_000)',
    test: paymentTest, match: 'a service that died between the charge and its answer asks before it charges again',
  },
  {
    name: 'silence-taken-for-decline', breaks: 'I4', why: 'money that was taken is kept for an order that is cancelled',
    file: 'payment-service/src/payment.ts', find: `case 'error': return payment.status`, replace: `case 'error': return 'failed'`,
    test: 'payment-service/src/payment.test.ts', match: 'a provider that fails changes nothing: the payment waits',
  },
  {
    name: 'refund-swallowed', breaks: 'I4', why: 'a refund that failed is taken for one that was made',
    file: paymentSweeps, find: 'provider.refund(payment.id)', replace: 'provider.refund(payment.id).catch(() => undefined)',
    test: paymentTest, match: 'a refund that the provider does not answer is asked for again, until the money is back',
  },
  {
    name: 'cancelled-while-charging', breaks: 'I4', why: 'an order that is cancelled while its card is charged keeps the money',
    file: paymentStore, find: `status IN ('charging', 'succeeded') ORDER BY`, replace: `status = 'succeeded' ORDER BY`,
    test: paymentTest, match: 'an order that is cancelled while its card is being charged gets its money back at once, and never succeeds',
  },
  {
    name: 'payments-without-tombstone', breaks: 'I4', why: 'an order whose cancellation came first is charged',
    file: paymentStore, find: `'void', 0, '', '' FROM unnest($1::uuid[], $2::uuid[]) AS o (order_id, id)`,
    replace: `'void', 0, '', '' FROM unnest($1::uuid[], $2::uuid[]) AS o (order_id, id) WHERE false`,
    test: paymentTest, match: 'a cancel that overtakes its reservation is never charged',
  },
  {
    name: 'http-charge-without-key', breaks: 'I4', why: 'the provider takes a charge that is repeated for another one',
    file: 'payment-service/src/provider.http.ts', find: `, 'idempotency-key': paymentId`, replace: '',
    test: 'payment-service/src/provider.http.test.ts', match: 'a charge goes out under the key of its payment',
  },
  {
    name: 'refused-refund-counts', breaks: 'I4', why: 'money that the provider does not give back is said to be given back',
    file: 'payment-service/src/provider.http.ts', find: 'if (!response.ok) throw new Error(`payment', replace: 'if (response.status === 0) throw new Error(`payment',
    test: 'payment-service/src/provider.http.test.ts', match: 'a refund that the provider refuses is no refund',
  },
  {
    name: 'two-parcels', breaks: 'I9', why: 'an order that is accepted twice leaves twice',
    file: 'shipping-service/src/shipment.handlers.ts', find: 'await send(tx, leaving.map(', replace: 'await send(tx, shipments.map(',
    test: 'shipping-service/src/shipment.handlers.db.test.ts', match: 'an order that is accepted twice leaves once',
  },

  {
    name: 'deadline-without-look', breaks: 'I9', why: 'an order that was accepted is cancelled: its parcel has left, its money is given back',
    file: orderStore, find: 'AND status = ANY($4::text[])', replace: 'AND $4::text[] IS NOT NULL',
    test: orderTest, match: 'whatever would cancel an order that has been accepted comes too late',
  },
  {
    name: 'accepted-after-the-end', breaks: 'I9', why: 'an order that was cancelled is accepted by a payment that is late',
    file: orderStore, find: 'AND status = ANY($3::text[])', replace: 'AND $3::text[] IS NOT NULL',
    test: orderTest, match: 'what comes after the end changes nothing but the timeline',
  },
  {
    name: 'decline-after-acceptance', breaks: 'I9', why: 'the rule itself lets an accepted order be cancelled',
    file: 'order-service/src/order.ts', find: `cancelled: ['pending']`, replace: `cancelled: ['pending', 'accepted']`,
    test: 'order-service/src/order.test.ts', match: 'an accepted order can only be completed',
  },
  {
    name: 'completed-without-acceptance', breaks: 'I9', why: 'the rule itself lets an order be completed that was never accepted',
    file: 'order-service/src/order.ts', find: `completed: ['accepted']`, replace: `completed: ['accepted', 'pending']`,
    test: 'order-service/src/order.test.ts', match: 'whatever comes, in whatever order and however often: one ending at most, and nothing after it',
  },
  {
    name: 'window-without-end', breaks: 'I1', why: 'an order that waits for a service that never comes back waits for ever',
    file: orderStore, find: `status = 'pending' AND expires_at <= now()`, replace: `status = 'accepted' AND expires_at <= now()`,
    test: orderTest, match: 'a pending order whose window is over is cancelled: expired; an accepted one is not',
  },
  {
    name: 'event-without-change', breaks: 'I7', why: 'order.completed goes out for orders that were not completed',
    file: 'order-service/src/order.steps.ts', find: 'await send(tx, completed.map(({ id, version }) => (',
    replace: 'await send(tx, ids.map(id => ({ id, version: 3 })).map(({ id, version }) => (',
    test: orderTest, match: 'what comes after the end changes nothing but the timeline',
  },

  {
    name: 'answer-not-kept', breaks: 'I2', why: 'a request that is repeated makes a second order, or gets no answer',
    file: 'packages/chassis/http/idempotency.ts', find: 'await db.keepAnswers(tx, fresh',
    replace: 'void (fresh',
    test: 'packages/chassis/http/idempotency.test.ts', match: 'the same key with the same request gives the first answer again and does nothing',
  },
  {
    name: 'group-fails-as-one', breaks: 'I12', why: 'a request that runs into a bug fails all that came at the same time',
    file: 'packages/chassis/http/group-commit.ts', find: 'if (writes.length === 1 || db.isTransient(error))', replace: 'if (writes.length > 0)',
    test: 'packages/chassis/http/group-commit.test.ts', match: 'one that cannot be answered does not fail those that came with it',
  },
  {
    name: 'group-repeats-a-key', breaks: 'I2', why: 'two requests with one key that come together are two orders',
    file: 'packages/chassis/http/group-commit.ts', find: 'if (name !== undefined && seen.has(name)) repeated.push(write)', replace: 'if (name === \'\') repeated.push(write)',
    test: 'packages/chassis/http/group-commit.test.ts', match: 'of two with one key in a group, one does the work and the other gets its answer',
  },
  {
    name: 'intake-without-limit', breaks: 'I10', why: 'an intake that is faster than the rest takes the machine from it, until nothing is completed',
    file: 'order-service/src/order.intake.ts', find: 'if (underWay >= most)', replace: 'if (underWay < 0)',
    test: orderRoutesTest, match: 'while as many orders are under way as may be, new ones are turned away, and told when to come back',
  },
  {
    name: 'key-claimed-by-all', breaks: 'I2', why: 'of requests with one key each makes an order',
    file: postgres, find: 'if (claimed.rowCount === requests.length)', replace: 'if (claimed.rowCount >= 0)',
    test: orderRoutesTest, match: 'orders sent at once with one key are one order, which each gets as its answer',
  },
  {
    name: 'key-claimed-outside-transaction', breaks: 'I2', why: 'an order that failed can never be made under its key',
    file: postgres, find: 'claimKeys, keepAnswers,', replace: 'claimKeys: (_, ...rest) => claimKeys(read, ...rest), keepAnswers,',
    test: relayTest, match: 'PostgreSQL: a key whose work failed is free again',
  },
  {
    name: 'fingerprint-not-compared', breaks: 'I2', why: 'another order under a used key is answered with the first one, and is lost',
    file: 'packages/chassis/http/idempotency.ts', find: 'if (first.fingerprint !== fingerprint)', replace: 'if (first.fingerprint === \'\')',
    test: 'packages/chassis/http/idempotency.test.ts', match: 'the same key with another body or another path is 422',
  },

  {
    name: 'anybody-sees-orders', breaks: 'I12', why: 'a customer sees the order of another one',
    file: orderRoutes, find: 'await orderOf(tx, params.id, ownerOf(user), stuckAfterMs)',
    replace: 'await orderOf(tx, params.id, undefined, stuckAfterMs)',
    test: orderRoutesTest, match: 'a customer neither sees nor cancels what is another\'s; an operator does',
  },
  {
    name: 'anybody-cancels-orders', breaks: 'I12', why: 'a customer cancels the order of another one',
    file: orderRoutes, find: 'ownerOf(user), stuckAfterMs)) return noSuchOrder\n      await lockOrders',
    replace: 'undefined, stuckAfterMs)) return noSuchOrder\n      await lockOrders',
    test: orderRoutesTest, match: 'a customer neither sees nor cancels what is another\'s; an operator does',
  },
  {
    name: 'anybody-lists-orders', breaks: 'I12', why: 'a customer lists the orders of another one',
    file: orderRoutes, find: `user.role === 'operator' ? query.customer : user.id`,
    replace: `user.role === 'operator' ? query.customer : query.customer ?? user.id`,
    test: orderRoutesTest, match: 'a customer neither sees nor cancels what is another\'s; an operator does',
  },
  {
    name: 'anybody-is-an-operator', breaks: 'I12', why: 'customers change stock and roles',
    file: 'packages/chassis/http/endpoint.ts', find: `if (who === 'operator' && user.role !== 'operator') throw`,
    replace: `if (who === 'operator' && user.role === undefined) throw`,
    test: 'packages/chassis/http/server.test.ts', match: 'who may ask: anyone, who is logged in, or an operator',
  },
  {
    name: 'any-algorithm', breaks: 'I12', why: 'the token says by which algorithm it is to be believed',
    file: auth, find: `algorithms: ['ES256'], `,
    replace: '', test: authTest, match: 'a token of another algorithm is refused, also when its key is known',
  },
  {
    name: 'token-without-end', breaks: 'I12', why: 'a token without an expiry is good for ever',
    file: auth, find: `if (typeof exp !== 'number') return undefined`, replace: `if (exp !== undefined && typeof exp !== 'number') return undefined`,
    test: authTest, match: 'a forged token is refused: no expiry',
  },
  {
    name: 'any-audience', breaks: 'I12', why: 'a token that was made for somebody else is believed',
    file: auth, find: 'issuer, audience, clockTimestamp',
    replace: 'issuer, clockTimestamp', test: authTest, match: 'a forged token is refused: another audience',
  },
  {
    name: 'logout-leaves-the-session', breaks: 'I12', why: 'who has the refresh token goes on after a logout',
    file: 'user-service/src/session.routes.ts', find: 'if (session) await end(tx, session.id, session.userId)',
    replace: 'if (session) await Promise.resolve()',
    test: 'user-service/src/user.routes.db.test.ts', match: 'a logout ends the session, and clears the cookies',
  },
  {
    name: 'stolen-token-goes-on', breaks: 'I12', why: 'a refresh token that was used up long ago ends nothing',
    file: 'user-service/src/session.routes.ts', find: `if (good === 'stolen') {`, replace: `if (good === 'stolen' && !session) {`,
    test: 'user-service/src/user.routes.db.test.ts', match: 'a token that was used up long ago ends the session',
  },
  {
    name: 'any-crowd-hashes', breaks: 'I12', why: 'a crowd that logs in waits for minutes, and everybody else with it',
    file: 'user-service/src/passwords.ts', find: 'if (waiting.length >= mostWaiting)', replace: 'if (waiting.length >= 1_000 * mostWaiting)',
    test: 'user-service/src/passwords.test.ts', match: 'of a crowd some are told to come back, and then there is room again',
  },
  {
    name: 'nul-in-a-body', breaks: 'I12', why: 'PostgreSQL refuses the text, and the answer is 500',
    file: 'packages/chassis/http/body.ts', find: `if (text.includes('\\0'))`, replace: `if (text.includes('\\0\\0\\0\\0'))`,
    test: 'packages/chassis/http/body.test.ts', match: 'traps anywhere in a body are 422 and tell where',
  },
  {
    name: 'any-depth-of-a-body', breaks: 'I12', why: 'a body of brackets overflows the stack, and the answer is 500',
    file: 'packages/chassis/http/body.ts', find: 'if (depth > deepest)', replace: 'if (depth > 1_000_000)',
    test: 'packages/chassis/http/body.test.ts', match: 'a hundred thousand brackets are 422, not a stack overflow',
  },
  {
    name: 'outage-is-500', breaks: 'I12', why: 'a client is told that we are broken, and does not come back',
    file: 'packages/chassis/http/errors.ts', find: 'if (inChain(reason, context.isTransient))', replace: 'if (inChain(reason, () => false))',
    test: 'packages/chassis/http/server.test.ts',
    match: 'a failure that goes away is 503 with Retry-After, whatever wraps it; any other is 500 with its stack in the log only',
  },
]
