import test from 'ava'
import { gapsIn } from '../generate/contract/gaps.ts'
import { readContract, type Schema, type TopicContract } from '../generate/contract/read.ts'
import { settingsIn } from '../generate/settings.ts'
import type { Surface } from '../generate/surface.ts'
import { unmentioned, unreleased } from './forgotten/changelog.ts'
import { strayEvents, typesIn } from './forgotten/events.ts'
import { changedMigrations } from './forgotten/migrations.ts'
import { untestedEvents, untestedHandlers } from './forgotten/untested.ts'

const contract = await readContract(new URL('../../events/', import.meta.url))

function forgetting(forget: (schema: Schema, topic: TopicContract) => void): TopicContract[] {
  const changed = structuredClone(contract)
  const topic = changed.find(one => one.topic === 'order-events')!
  forget(topic.events.find(({ type }) => type === 'order.created')!.schema, topic)
  return changed
}

const file = 'events/order-events/order.created.schema.json'

for (const [what, forget, expected] of [
  ['an example', schema => delete schema.examples, `${file} has no example: add its data to "examples"`],
  [
    'its description',
    schema => delete schema.description,
    `${file} has no description: say in a sentence what has happened`,
  ],
  [
    'its title',
    schema => delete schema.title,
    `${file} has the title undefined: it is order.created, as in the file's name`,
  ],
  [
    'the description of a field',
    schema => delete schema.properties?.total?.description,
    `${file}: total has no description: say what it is, and its unit`,
  ],
  [
    'the description of a field of a list',
    schema => delete schema.properties?.lines?.items?.properties?.quantity?.description,
    `${file}: lines[].quantity has no description: say what it is, and its unit`,
  ],
  [
    'the release that brings it',
    (_, topic) => void topic.events.forEach(event => event.type === 'order.created' && (event.since = '')),
    `${file} has no x-since: name the release that brings the event type, such as 0.1.0`,
  ],
  [
    'its key',
    schema => delete schema['x-key'],
    `${file} has no x-key: name a required text, { "field": "orderId" }, or a word, { "const": "retention" }`,
  ],
  [
    'a key that may be missing',
    schema => (schema['x-key'] = { field: 'shippingAddress' }),
    `${file} has no x-key: name a required text, { "field": "orderId" }, or a word, { "const": "retention" }`,
  ],
  [
    'what it may answer',
    schema => (schema['x-answers'] = ['order.lines_cancelled']),
    `${file}: order.lines_cancelled in x-answers is not of release 0.1.0: PRODUCES_FROM would not withhold the answer`,
  ],
  [
    'the sensitivity of a card token',
    schema => delete schema.properties?.paymentToken?.['x-sensitivity'],
    `${file}: paymentToken has no x-sensitivity: say whether it is personal or payment data`,
  ],
  [
    'the sensitivity of an address',
    schema => delete schema.properties?.shippingAddress?.['x-sensitivity'],
    `${file}: shippingAddress has no x-sensitivity: say whether it is personal or payment data`,
  ],
  [
    'the sensitivity of a name in a list',
    schema => {
      const items = schema.properties?.lines?.items?.properties
      if (items) items.engravedFirstName = { type: 'string', description: 'The name on it' }
    },
    `${file}: lines[].engravedFirstName has no x-sensitivity: say whether it is personal or payment data`,
  ],
  [
    'the key of a topic',
    (_, topic) => void (topic.key = ''),
    'events/order-events/topic.json has no key: say what the key of its records is',
  ],
] as [string, (schema: Schema, topic: TopicContract) => unknown, string][])
  test(`nothing is made from a contract that lacks ${what}`, t => t.deepEqual(gapsIn(forgetting(forget)), [expected]))

const flow = (flows: Record<string, string[]>) =>
  new Map(Object.entries(flows).map(([service, types]) => [service, new Set(types)]))

const stray = (published: string[], handled: string[], isMarked = false) =>
  strayEvents(
    forgetting((schema, topic) => {
      topic.events = topic.events.filter(({ type }) => type === 'order.created')
      if (isMarked) schema['x-for-observers'] = true
    }).filter(({ topic }) => topic === 'order-events'),
    { published: flow({ 'order-service': published }), handled: flow({ 'inventory-service': handled }) },
  )
const created = ['order.created']

test('an event type that is published and consumed is not stray, nor is one for observers', t => {
  t.deepEqual(stray(created, created), [])
  t.deepEqual(stray(created, [], true), [])
})

test('an event type that its service never publishes is refused', t => {
  t.deepEqual(stray(['order.completed'], created), [
    `${file}: order-service never publishes it: write \`type: 'order.created'\` out where it does, or delete the schema`,
  ])
})

test('an event type without a consumer is refused, unless it is marked for observers', t => {
  t.deepEqual(stray(created, ['order.cancelled']), [
    `${file}: no service consumes it: add it to the handlers of one, or "x-for-observers": true to the schema`,
  ])
})

test('an event type that is marked for observers, and consumed, is refused', t => {
  t.deepEqual(stray(created, created, true), [
    `${file}: it is marked "x-for-observers", and inventory-service consumes it: remove the mark`,
  ])
})

test('an event type is published where it is written out as a type', t => {
  const text = `
    publish(tx, [{ type: 'a.b', key, data: { reason: 'c.d' } }])
    const one = { type: isOver ? ('e.f' as const) : 'g.h', key }
    const handlers = { 'i.j': async () => mayPublish('k.l') }`
  t.deepEqual(typesIn('thing.ts', text), ['a.b', 'e.f', 'g.h'])
})

test('a handler without a test is refused; a test names the type, or what builds such an event', t => {
  const story = ["await shop.receives(stockReserved('A'))", "anEvent('user.password_changed', id, data)"]
  t.deepEqual(untestedHandlers('order-service', ['stock.reserved', 'user.password_changed'], story), [])
  t.deepEqual(untestedHandlers('order-service', ['stock.reserved', 'stock.rejected'], story), [
    'order-service handles stock.rejected, and no test of it does: tell it as a story in order-service/src/*.db.test.ts',
  ])
})

test('an event type that is published and that no test expects is refused', t => {
  t.deepEqual(untestedEvents('order-service', created, ["t.deepEqual(types, ['order.created'])"]), [])
  t.deepEqual(untestedEvents('order-service', created, ['receives(orderCreated)', "'order.created_by'"]), [
    'order-service publishes order.created, and no test of it says so: expect it in one of order-service/src/*.test.ts',
  ])
})

const none: Surface = { eventTypes: [], commands: [], routes: [], settings: [] }
const changelog = (line: string) =>
  unreleased(`# Changelog\n\n## 0.2.0\n\n- ${line}\n\n## 0.1.0\n\n- OLD_SETTING`, '0.1.0') ?? ''

for (const [what, is, line] of [
  ['event type user.disabled', { eventTypes: ['user.disabled'] }, 'Event types user.enabled, user.disabled.'],
  ['command users enable', { commands: ['users enable'] }, '`mgmt users\n  disable|enable|unlock NAME`'],
  ['route POST /users/:id/enable', { routes: ['POST /users/:id/enable'] }, '`POST /users/:id/disable|enable`'],
  ['route POST /orders', { routes: ['POST /orders'] }, 'orders by `POST /orders`.'],
  ['setting OLD_SETTING', { settings: ['OLD_SETTING'] }, '`OLD_SETTING`'],
] as [string, Partial<Surface>, string][])
  test(`a new ${what} needs a line in the changelog, above the release before`, t => {
    t.deepEqual(unmentioned(changelog(line), none, { ...none, ...is }), [])
    t.deepEqual(
      unmentioned(changelog('POST /orders/:id/users, user.disabled_by, MY_OLD_SETTING'), none, { ...none, ...is }),
      [`CHANGELOG.md does not name the new ${what}: add a line`],
    )
  })

test('what is gone needs a line in the changelog, and what stays needs none', t => {
  const was = { ...none, settings: ['POOL_SIZE'], commands: ['orders list'] }
  t.deepEqual(unmentioned(changelog('`POOL_SIZE` is no longer read.'), was, { ...was, settings: [] }), [])
  t.deepEqual(unmentioned(changelog('Faster.'), was, { ...was, settings: [] }), [
    'CHANGELOG.md does not say that the setting POOL_SIZE is gone: add a line',
  ])
})

test('a changelog without the release before is not taken for one', t =>
  t.is(unreleased('# Changelog\n\n- new\n', '0.1.0'), undefined))

test('settings are what a file reads of the environment, and what describes it', t => {
  const text =
    'const a = z.object({ PORT: port, text: 1 })\nif (process.env.NODE_ENV ?? env.MGMT_USER_URL) b({ CRASH: 1 })'
  t.deepEqual(settingsIn('packages/chassis/config.ts', text), ['PORT', 'NODE_ENV', 'MGMT_USER_URL', 'CRASH'])
  t.deepEqual(settingsIn('packages/kafka/consumer.ts', text), ['NODE_ENV', 'MGMT_USER_URL'])
})

test('a migration of a release that was changed or removed is refused; a new one is not', t => {
  const was = { '0001_a.up.sql': 'aa', '0002_b.up.sql': 'bb', '0003_c.up.sql': 'cc' }
  const releases = { '0.1.0': was, '0.2.0': { '0004_d.up.sql': 'dd' } }
  const later = { '0004_d.up.sql': 'dd', '0005_e.up.sql': 'ee' }
  t.deepEqual(changedMigrations('user-service', releases, { ...was, ...later }), [])
  t.deepEqual(changedMigrations('user-service', releases, { '0001_a.up.sql': 'aa', '0002_b.up.sql': 'xx' }), [
    'user-service/migrations/0002_b.up.sql was changed since release 0.1.0: add a new one instead',
    'user-service/migrations/0003_c.up.sql was removed since release 0.1.0: add a new one instead',
    'user-service/migrations/0004_d.up.sql was removed since release 0.2.0: add a new one instead',
  ])
})
