import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { alternatives, checkFile, circlesIn, roomsOf, unused, words } from './arrows/check.ts'
import { development, production } from './arrows/rooms.ts'
import { tableOf } from './arrows/table.ts'

const root = join(import.meta.dirname, '../..')
const table = tableOf(root)

const problemsOf = (file: string, text: string) => checkFile(file, text, table).problems
const importing = (specifier: string) => `import { something } from '${specifier}'\n\nexport const used = something\n`

const forbidden: Record<string, [file: string, specifier: string][]> = {
  'only packages/kafka imports kafkajs': [
    ['packages/chassis/thing.ts', 'kafkajs'],
    ['packages/reconciliation/thing.ts', 'kafkajs'],
    ['cli/commands/thing.ts', 'kafkajs'],
    ['order-service/src/thing.store.ts', 'kafkajs'],
    ['local/thing.ts', 'kafkajs'],
    ['test/support/thing.ts', 'kafkajs'],
    ['test/system/thing.test.ts', 'kafkajs'],
    ['tools/check/thing.ts', 'kafkajs'],
  ],
  'events/ is data': [
    ['packages/contract/thing.ts', '../../events/thing.ts'],
    ['tools/generate/thing.ts', '@docket/events/order-events/order.created.schema.json'],
  ],
  'foundation imports nothing of ours and no package': [
    ['packages/foundation/thing.ts', '@docket/contract/event.ts'],
    ['packages/foundation/thing.ts', '@docket/addresses/addresses.ts'],
    ['packages/foundation/thing.ts', 'zod'],
    ['packages/foundation/thing.ts', 'node:http'],
    ['packages/foundation/thing.test.ts', '@docket/kafka/client.ts'],
  ],
  'addresses and the contract import nothing of ours': [
    ['packages/addresses/thing.ts', '@docket/foundation/pacing.ts'],
    ['packages/contract/thing.ts', '@docket/kafka/topics.ts'],
    ['packages/contract/thing.ts', 'ajv'],
    ['packages/contract/thing.ts', 'node:fs'],
  ],
  'kafka does not import the chassis or a database': [
    ['packages/kafka/thing.ts', '@docket/chassis/log.ts'],
    ['packages/kafka/thing.ts', '../chassis/log.ts'],
    ['packages/kafka/thing.ts', '@docket/addresses/addresses.ts'],
    ['packages/kafka/thing.ts', 'pg'],
    ['packages/kafka/thing.ts', 'mysql2/promise'],
    ['packages/kafka/thing.test.ts', '@docket/chassis/log.ts'],
  ],
  'reconciliation imports no service, chassis or local stack': [
    ['packages/reconciliation/thing.ts', '@docket/order-service/src/order.ts'],
    ['packages/reconciliation/thing.ts', '@docket/chassis/log.ts'],
    ['packages/reconciliation/thing.ts', '@docket/local/stack.ts'],
    ['packages/reconciliation/thing.ts', 'mysql2/promise'],
    ['packages/reconciliation/thing.test.ts', 'pg'],
  ],
  'nothing imports a service': [
    ['order-service/src/thing.routes.ts', '@docket/inventory-service/src/stock.ts'],
    ['order-service/src/main.ts', '../../inventory-service/src/stock.ts'],
    ['payment-service/src/thing.store.ts', '@docket/order-service/src/order.ts'],
    ['payment-service/src/thing.store.ts', '@docket/order-service/src/order.store.ts'],
    ['order-service/src/thing.db.test.ts', '@docket/inventory-service/src/stock.ts'],
    ['packages/chassis/thing.ts', '@docket/order-service/src/order.ts'],
    ['packages/chassis/thing.ts', '../../order-service/src/order.ts'],
    ['packages/kafka/thing.ts', '@docket/order-service/src/order.ts'],
    ['cli/commands/thing.ts', '@docket/order-service/src/order.ts'],
    ['local/thing.ts', '@docket/order-service/src/order.ts'],
    ['k8s/check/thing.ts', '@docket/order-service/src/order.metrics.ts'],
    ['test/support/database.ts', '@docket/order-service/src/order.store.ts'],
    ['test/faults/thing.ts', '@docket/order-service/src/order.store.ts'],
    ['tools/check/thing.ts', '@docket/order-service/src/order.store.ts'],
    ['tools/generate/thing.ts', '@docket/order-service/src/order.store.ts'],
  ],
  'the domain is pure': [
    ['order-service/src/order.ts', 'node:fs'],
    ['order-service/src/order.ts', 'node:fs/promises'],
    ['order-service/src/order.ts', 'fs'],
    ['order-service/src/order.ts', 'node:crypto'],
    ['inventory-service/src/stock.ts', 'pg'],
    ['user-service/src/user.ts', 'mysql2/promise'],
    ['user-service/src/user.ts', 'zod'],
    ['user-service/src/user.ts', './passwords.ts'],
    ['order-service/src/order.ts', '@docket/chassis/database/database.ts'],
    ['order-service/src/order.ts', '@docket/chassis/log.ts'],
    ['order-service/src/order.ts', '@docket/contract/validate.ts'],
    ['order-service/src/order.ts', '@docket/kafka/topics.ts'],
    ['order-service/src/order.ts', '@docket/foundation/pacing.ts'],
    ['order-service/src/order.ts', './order.store.ts'],
    ['order-service/src/order.ts', './order.shapes.ts'],
    ['payment-service/src/payment.ts', './providers.ts'],
  ],
  'main -> routes, handlers, sweeps -> steps -> store -> domain, never back': [
    ['order-service/src/order.store.ts', './order.handlers.ts'],
    ['order-service/src/order.store.ts', './order.routes.ts'],
    ['order-service/src/order.store.ts', './order.sweeps.ts'],
    ['order-service/src/order.store.ts', './order.steps.ts'],
    ['order-service/src/order.store.ts', './main.ts'],
    ['order-service/src/order.steps.ts', './order.routes.ts'],
    ['order-service/src/order.steps.ts', './order.handlers.ts'],
    ['order-service/src/order.steps.ts', './order.sweeps.ts'],
    ['order-service/src/order.routes.ts', './main.ts'],
    ['order-service/src/order.metrics.ts', './order.steps.ts'],
    ['order-service/src/order.shapes.ts', './order.store.ts'],
    ['order-service/src/order.intake.ts', './order.routes.ts'],
    ['user-service/src/tokens.ts', './user.store.ts'],
    ['payment-service/src/provider.http.ts', './payment.store.ts'],
  ],
  'routes, handlers and sweeps do not import each other': [
    ['order-service/src/order.routes.ts', './order.handlers.ts'],
    ['order-service/src/order.routes.ts', './other.routes.ts'],
    ['order-service/src/order.routes.ts', './order.sweeps.ts'],
    ['order-service/src/order.handlers.ts', './order.routes.ts'],
    ['order-service/src/order.handlers.ts', './other.handlers.ts'],
    ['order-service/src/order.sweeps.ts', './order.handlers.ts'],
    ['order-service/src/order.sweeps.ts', './other.sweeps.ts'],
  ],
  'a store is given its transaction': [
    ['order-service/src/order.store.ts', 'pg'],
    ['order-service/src/order.store.ts', '@docket/chassis/database/postgres.ts'],
    ['order-service/src/order.store.ts', '@docket/chassis/messaging/outbox.ts'],
    ['order-service/src/order.store.ts', 'express'],
  ],
  'routes, handlers, sweeps and steps use the chassis': [
    ['order-service/src/order.routes.ts', 'express'],
    ['order-service/src/order.routes.ts', '@docket/chassis/http/server.ts'],
    ['order-service/src/order.handlers.ts', 'pg'],
    ['order-service/src/order.handlers.ts', '@docket/kafka/client.ts'],
    ['order-service/src/order.sweeps.ts', 'kafkajs'],
    ['order-service/src/order.steps.ts', 'mysql2'],
    ['order-service/src/main.ts', '@docket/chassis/database/postgres.ts'],
  ],
  'each database has a room of its own': [
    ['packages/chassis/service.ts', 'pg'],
    ['packages/chassis/service.ts', './database/postgres.ts'],
    ['packages/chassis/database/database.ts', 'pg'],
    ['packages/chassis/database/database.ts', './postgres.ts'],
    ['packages/chassis/database/postgres.ts', 'mysql2/promise'],
    ['packages/chassis/database/postgres.ts', './mysql-pool.ts'],
    ['packages/chassis/database/mysql.ts', 'pg'],
    ['packages/chassis/messaging/outbox.ts', 'pg'],
    ['packages/chassis/messaging/mysql-outbox.ts', 'pg'],
    ['packages/chassis/http/server.ts', 'pg'],
    ['packages/chassis/log.ts', './database/database.ts'],
    ['packages/chassis/messaging/relay.ts', '../http/server.ts'],
  ],
  'only tracing imports OpenTelemetry, and only with a collector': [
    ['packages/chassis/service.ts', '@opentelemetry/api'],
    ['packages/chassis/tracing/tracing.ts', '@opentelemetry/api'],
    ['packages/chassis/tracing/tracing.ts', './spans.ts'],
    ['packages/kafka/consumer.ts', '@opentelemetry/api'],
    ['cli/client/request.ts', '@opentelemetry/api'],
    ['payment-service/src/payment.sweeps.ts', '@opentelemetry/api'],
    ['payment-service/src/provider.http.ts', '@opentelemetry/api'],
    ['order-service/src/thing.test.ts', '@opentelemetry/sdk-trace'],
    ['packages/chassis/tracing/traced-database.ts', 'pg'],
    ['packages/chassis/http/server.ts', '../tracing/spans.ts'],
  ],
  'the command line uses REST and topics': [
    ['cli/client/api.ts', '@docket/chassis/http/server.ts'],
    ['cli/client/api.ts', '../../packages/chassis/http/server.ts'],
    ['cli/system/thing.ts', 'pg'],
    ['cli/commands/reconcile.ts', 'pg'],
    ['cli/commands/thing.ts', '@docket/local/stack.ts'],
    ['cli/system/drills.ts', '@docket/local/stack.ts'],
    ['cli/thing.test.ts', '@docket/local/stack.ts'],
    ['cli/thing.test.ts', '@docket/test/support/database.ts'],
  ],
  'one command loads packages/reconciliation, when it runs': [
    ['cli/commands/status.ts', '@docket/reconciliation/audit.ts'],
    ['cli/system/diagnosis.ts', '@docket/reconciliation/audit.ts'],
    ['cli/main.ts', '@docket/reconciliation/audit.ts'],
    ['cli/commands/doctor.ts', '@docket/reconciliation/audit.ts'],
    ['cli/commands/reconcile.ts', '@docket/reconciliation/audit.ts'],
  ],
  'each room of the command line knows only those below it': [
    ['cli/failure.ts', './mgmt.ts'],
    ['cli/input/money.ts', '../client/shapes.ts'],
    ['cli/client/shapes.ts', '../system/diagnosis.ts'],
    ['cli/client/topics.ts', '../mgmt.ts'],
    ['cli/render/table.ts', '../mgmt.ts'],
    ['cli/mgmt.ts', './terminal.ts'],
    ['cli/input/confirm.ts', '../render/order.ts'],
    ['cli/events/filter.ts', '../render/event.ts'],
    ['cli/orders/follow.ts', '../render/order.ts'],
    ['cli/system/diagnosis.ts', '../render/status.ts'],
    ['cli/bulk/import.ts', '../render/bulk.ts'],
    ['cli/render/order.ts', '../mgmt.ts'],
    ['cli/render/order.ts', '../commands/orders/show.ts'],
    ['cli/commands/status.ts', '../generated/commands.ts'],
    ['cli/commands/reconcile.ts', './status.ts'],
    ['cli/command-tree.ts', './generated/commands.ts'],
    ['cli/generated/commands.ts', '../commands/status.ts'],
    ['cli/terminal.ts', './commands/status.ts'],
    ['cli/main.ts', './terminal.ts'],
    ['cli/thing.ts', './failure.ts'],
  ],
  'production imports no tests, tools, local stacks or test packages': [
    ...['ava', 'fast-check', '@docket/test/support/until.ts', '@docket/local/stack.ts', '@docket/tools/check/all.ts']
      .concat(['@docket/k8s/check/kustomize.ts'])
      .flatMap((specifier): [string, string][] =>
        [
          'packages/foundation/thing.ts',
          'packages/addresses/thing.ts',
          'packages/contract/thing.ts',
          'packages/kafka/thing.ts',
          'packages/reconciliation/thing.ts',
          'packages/chassis/thing.ts',
          'packages/chassis/http/thing.ts',
          'order-service/src/order.ts',
          'order-service/src/thing.handlers.ts',
          'order-service/src/main.ts',
          'cli/commands/thing.ts',
          'cli/main.ts',
        ].map(file => [file, specifier]),
      ),
    ['packages/kafka/client.ts', './consumer.db.test.ts'],
    ['local/thing.ts', '@docket/test/support/until.ts'],
    ['k8s/check/thing.ts', '@docket/test/support/until.ts'],
    ['k8s/image/thing.ts', '@docket/local/stack.ts'],
  ],
  'a system test uses public entry points only': [
    ['test/system/thing.test.ts', '@docket/order-service/src/order.ts'],
    ['test/system/thing.test.ts', '@docket/chassis/log.ts'],
    ['test/system/thing.test.ts', '@docket/chassis/database/postgres.ts'],
    ['test/system/thing.test.ts', '../../packages/chassis/log.ts'],
    ['test/system/thing.test.ts', '@docket/foundation/failpoint.ts'],
    ['test/system/thing.test.ts', '@docket/test/support/database.ts'],
    ['test/system/thing.test.ts', '@docket/cli/client/api.ts'],
    ['test/system/thing.test.ts', '@docket/test/bench/load.ts'],
    ['test/support/stack.ts', './database.ts'],
    ['test/support/stack.ts', '@docket/chassis/log.ts'],
  ],
  'what tests share imports no test': [
    ['test/support/until.ts', '@docket/test/faults/orders.ts'],
    ['test/support/database.ts', '@docket/local/stack.ts'],
    ['test/faults/thing.ts', '@docket/chassis/log.ts'],
    ['test/faults/thing.ts', '@docket/test/system/endings.test.ts'],
    ['test/bench/thing.ts', '@docket/test/faults/orders.ts'],
    ['test/bench/thing.ts', 'pg'],
    ['test/run.ts', '@docket/test/support/stack.ts'],
  ],
  'tools import what they check and generate from': [
    ['tools/check/thing.ts', '@docket/test/support/stack.ts'],
    ['tools/check/thing.ts', '@docket/cli/main.ts'],
    ['tools/check/thing.ts', 'ava'],
    ['tools/generate/thing.ts', '../check/documents.ts'],
    ['tools/generate/thing.ts', '@docket/local/stack.ts'],
    ['tools/check/thing.test.ts', '@docket/test/system/endings.test.ts'],
    ['local/kubernetes/thing.ts', '../demo.ts'],
    ['ava.config.js', './test/support/until.ts'],
  ],
  'no way round': [
    ['order-service/src/order.ts', './order%2Estore.ts'],
    ['order-service/src/order.ts', './order.store.ts?again'],
    ['order-service/src/order.ts', '../../node_modules/pg/lib/index.js'],
    ['order-service/src/order.ts', '../../../elsewhere/thing.ts'],
    ['order-service/src/order.ts', '/work/thing.ts'],
    ['order-service/src/order.ts', 'file:///work/thing.ts'],
    ['order-service/src/order.ts', 'data:text/javascript,export default 1'],
    ['order-service/src/order.ts', '#thing'],
    ['order-service/src/order.ts', '@docket/chassis'],
    ['order-service/src/order.ts', '@docket/contract/../chassis/log.ts'],
    ['order-service/src/order.ts', '@docket/unknown/thing.ts'],
    ['packages/kafka/thing.ts', 'node:module'],
    ['test/support/thing.ts', 'node:module'],
  ],
}

for (const [rule, arrows] of Object.entries(forbidden)) {
  for (const [file, specifier] of arrows) {
    test(`${rule}: ${file} may not import ${specifier}`, t => {
      const [problem, ...more] = problemsOf(file, importing(specifier))
      t.regex(problem ?? '', /^\S+:1 (may not import|is in no room)/)
      t.deepEqual(more, [])
    })
  }
}

const forms: Record<string, (specifier: string) => string> = {
  'import type': specifier => `import type { A } from '${specifier}'`,
  'an inline type': specifier => `import { type A } from '${specifier}'`,
  'import for its effects': specifier => `import '${specifier}'`,
  'import of everything': specifier => `import * as all from '${specifier}'`,
  'export from': specifier => `export { a } from '${specifier}'`,
  'export type from': specifier => `export type { A } from '${specifier}'`,
  'export of everything': specifier => `export * from '${specifier}'`,
  'import()': specifier => `await import('${specifier}')`,
  'import() with a template': specifier => `await import(\`${specifier}\`)`,
  'the type of an import()': specifier => `type A = import('${specifier}').A`,
  'typeof import()': specifier => `type A = typeof import('${specifier}')`,
  'import.meta.resolve': specifier => `import.meta.resolve('${specifier}')`,
  'import = require': specifier => `import a = require('${specifier}')`,
  require: specifier => `const a = require('${specifier}')`,
}
for (const [form, textFor] of Object.entries(forms)) {
  test(`an arrow is refused in the form of ${form}`, t => {
    const problem = (file: string, specifier: string) => problemsOf(file, `\n// …\n${textFor(specifier)}\n`)
    t.regex(problem('order-service/src/order.ts', './order.store.ts')[0] ?? '', /^order-service\/src\/order\.ts:3 may/)
    t.regex(problem('packages/kafka/thing.test.ts', '@docket/chassis/log.ts')[0] ?? '', /:3 may not import/)
    t.deepEqual(problem('order-service/src/order.store.ts', './order.ts'), [])
  })
}

test('a module of Node is an arrow when it comes from getBuiltinModule, too', t => {
  t.is(problemsOf('order-service/src/order.ts', "process.getBuiltinModule('node:fs')").length, 1)
  t.not(problemsOf('order-service/src/order.ts', 'const { getBuiltinModule } = process').length, 0)
  t.deepEqual(problemsOf('cli/client/thing.ts', "process.getBuiltinModule('node:http')"), [])
})

test('a computed specifier is refused, except in files that are listed', t => {
  const text = 'await import(name)\nimport.meta.resolve(`@docket/${name}/package.json`)\n'
  t.deepEqual(
    problemsOf('packages/chassis/thing.ts', text).map(one => one.split(':').slice(0, 2).join(':')),
    [
      'packages/chassis/thing.ts:1 may not import a computed specifier',
      'packages/chassis/thing.ts:2 may not import a computed specifier',
    ],
  )
  t.deepEqual(problemsOf('packages/chassis/service.ts', text), [])
})

test('what is loaded when it is needed may be imported by import() and for its types, and not otherwise', t => {
  const audit = '@docket/reconciliation/audit.ts'
  t.deepEqual(problemsOf('cli/commands/reconcile.ts', `await import('${audit}')`), [])
  t.deepEqual(problemsOf('cli/commands/reconcile.ts', `import type { A } from '${audit}'`), [])
  t.regex(problemsOf('cli/commands/reconcile.ts', `import { type A } from '${audit}'`)[0] ?? '', /only by import\(\)/)
  t.is(problemsOf('cli/commands/status.ts', `await import('${audit}')`).length, 1)
})

const allowed: [file: string, specifier: string][] = [
  ['packages/kafka/client.ts', 'kafkajs'],
  ['packages/chassis/database/postgres.ts', 'pg'],
  ['packages/chassis/database/mysql.ts', 'mysql2/promise'],
  ['packages/chassis/tracing/spans.ts', '@opentelemetry/api'],
  ['packages/reconciliation/query.ts', 'pg'],
  ['order-service/src/order.ts', '@docket/chassis/refused.ts'],
  ['order-service/src/timeline.ts', '@docket/contract/event.ts'],
  ['order-service/src/timeline.ts', './pricing.ts'],
  ['order-service/src/order.routes.ts', './order.steps.ts'],
  ['order-service/src/order.steps.ts', './order.store.ts'],
  ['order-service/src/order.store.ts', './timeline.store.ts'],
  ['order-service/src/main.ts', './order.routes.ts'],
  ['gift-card-service/src/gift.store.ts', './gift.ts'],
  ['cli/commands/events/tail.ts', '@docket/kafka/tail.ts'],
  ['order-service/src/order.test.ts', '@docket/test/support/events.ts'],
  ['order-service/src/order.db.test.ts', './order.store.ts'],
  ['test/system/endings.test.ts', '@docket/test/support/stack.ts'],
  ['tools/generate/schema-sql.ts', '@docket/test/support/database.ts'],
]
for (const [file, specifier] of allowed) {
  test(`${file} may import ${specifier}`, t => t.deepEqual(problemsOf(file, importing(specifier)), []))
}

test('a refusal says what the room may import, and why nothing else', t => {
  t.deepEqual(problemsOf('order-service/src/order.store.ts', "\nimport pg from 'pg'\n"), [
    'order-service/src/order.store.ts:2 may not import pg: order-service/store may import order-service/domain, ' +
      'packages/chassis/database/database.ts, packages/contract/{event,mask,steps,terms}.ts, packages/chassis/purge.ts, ' +
      'packages/chassis/messaging/purge-marks.ts, packages/chassis/database/queue-floor.ts; a store holds SQL and is given its transaction',
  ])
})

test('a file in no room, or in two, is an error that names it', t => {
  const two = { ...table, rooms: { ...table.rooms, more: { files: 'cli/client/**' } } }
  t.regex(problemsOf('events/order-events/thing.ts', '')[0] ?? '', /^events\/order-events\/thing\.ts:1 is in no room/)
  t.regex(problemsOf('order-service/src/order.queries.ts', '')[0] ?? '', /is in no room/)
  t.regex(problemsOf('elsewhere/thing.mjs', '')[0] ?? '', /is in no room/)
  t.regex(checkFile('cli/client/api.ts', '', two).problems[0] ?? '', /is in cli\/client and more/)
})

test('an entry that no import needs is an error that names it', t => {
  const small = { ...table, rooms: { a: { files: 'a/*', imports: 'b c', packages: 'pg' } }, computed: { 'a/x.ts': '' } }
  const used = new Set(['a: b', 'a: pg'])
  t.deepEqual(
    unused(small, used).map(one => one.split('needs: ')[1]),
    ['a: c', 'computed: a/x.ts'],
  )
})

test('circles of imports are found, whatever their length', t => {
  const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges))
  t.deepEqual(circlesIn(graph({ a: ['b', 'c'], b: ['c'], c: [] })), [])
  t.deepEqual(circlesIn(graph({ a: ['a'] })), [['a']])
  t.deepEqual(circlesIn(graph({ x: ['a'], a: ['b'], b: ['c'], c: ['a'], d: ['e'], e: ['d'] })), [
    ['a', 'b', 'c'],
    ['d', 'e'],
  ])
})

test('no room of production may import tests, tools or local stacks', t => {
  for (const [name, { imports, loads, packages }] of Object.entries(production)) {
    for (const entry of [imports, loads].flatMap(words).flatMap(alternatives)) {
      const isRoom = Object.hasOwn(production, entry)
      t.true(isRoom || roomsOf(entry, table).every(({ row }) => Object.hasOwn(production, row)), `${name}: ${entry}`)
      t.true(isRoom || entry.endsWith('.ts'), `${name}: ${entry}`)
    }
    for (const entry of words(packages)) t.notRegex(entry, /^(ava|fast-check|node:\*)$/)
  }
  t.deepEqual(
    Object.keys(development).filter(name => Object.hasOwn(production, name)),
    [],
  )
})

test('the chains that ARCHITECTURE draws are in the table, and point one way', t => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const [, drawing = ''] =
    /## One service.*?\n((?: {4}[^\n]* -> [^\n]*\n)+)\nThese arrows point one way/s.exec(page) ?? []
  const chains = drawing
    .trim()
    .split('\n')
    .map(line => line.split(' -> ').map(part => part.split(',').map(one => one.trim())))
  t.is(chains.length, 4)
  const groups: Record<string, RegExp> = { service: /^<service>\//, chassis: /^chassis/, cli: /^cli\// }
  const roomsIn = (name: string) =>
    Object.keys(production).filter(room =>
      (groups[name] ?? new RegExp(`^(<service>/)?${name.replace('/', '\\/')}$`)).test(room),
    )
  const entriesOf = (name: string) =>
    roomsIn(name).flatMap(room => {
      const { imports, loads, packages } = production[room] ?? { files: '' }
      return [imports, loads, packages].flatMap(words).flatMap(alternatives)
    })
  const leads = (from: string, to: string) =>
    entriesOf(from).some(entry => entry === to || roomsIn(to).includes(entry) || entry.startsWith(`packages/${to}/`))
  for (const chain of chains) {
    for (const [at, from] of chain.entries()) {
      for (const to of chain[at + 1] ?? []) {
        for (const one of from) {
          t.true(leads(one, to), `${one} -> ${to}`)
          t.false(leads(to, one), `${to} -> ${one}`)
        }
      }
    }
  }
})

test('npm run check:arrows refuses one arrow planted in a copy of the repository, and a circle', t => {
  const copy = mkdtempSync(join(tmpdir(), 'arrows-'))
  t.teardown(() => rmSync(copy, { recursive: true }))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: copy, encoding: 'utf8' })
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(path => existsSync(join(root, path)))
  for (const file of files.filter(path => /\.[cm]?[jt]s$|package\.json$/.test(path))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  git('init', '--quiet')
  git('add', '--all', '--', ':!node_modules')
  const check = () => spawnSync(process.execPath, ['tools/check/arrows.ts'], { cwd: copy, encoding: 'utf8' })

  t.like(check(), { status: 0, stderr: '' })
  appendFileSync(join(copy, 'cli/system/status.ts'), "\nimport type { Stack } from '@docket/local/stack.ts'\n")
  appendFileSync(join(copy, 'cli/client/shapes.ts'), "\nimport type { Context } from './api.ts'\n")
  const line = readFileSync(join(copy, 'cli/system/status.ts'), 'utf8').split('\n').length - 1
  const { status, stderr } = check()
  t.is(status, 1)
  t.deepEqual(
    stderr
      .trim()
      .split('\n')
      .map(line => line.replace(/(: cli\/system may import).*/, '$1')),
    [
      `cli/system/status.ts:${line} may not import @docket/local/stack.ts: cli/system may import`,
      'cli/client/api.ts:1 is part of an import circle: cli/client/api.ts -> cli/client/shapes.ts -> cli/client/api.ts',
      'cli/client/tokens.ts:1 is part of an import circle: cli/client/tokens.ts -> cli/client/shapes.ts -> cli/client/api.ts -> cli/client/tokens.ts',
    ],
  )
})
