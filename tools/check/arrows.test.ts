import { execFile } from 'node:child_process'
import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

// Each arrow of the house is a lint rule. Here each forbidden import is planted in a file of its own, and must be
// refused.

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What the linter says of a file with this one import, by the rules of the house. */
async function lint(file: string, imported: string): Promise<string> {
  const house = await mkdtemp(join(tmpdir(), 'arrows-'))
  try {
    await cp(join(root, '.oxlintrc.json'), join(house, '.oxlintrc.json'))
    await mkdir(dirname(join(house, file)), { recursive: true })
    await writeFile(join(house, file), `import { something } from '${imported}'\n\nexport const used = something\n`)
    return await new Promise(resolve => {
      execFile(join(root, 'node_modules/.bin/oxlint'), ['-f', 'unix', '.'], { cwd: house }, (_, stdout) =>
        resolve(stdout),
      )
    })
  } finally {
    await rm(house, { recursive: true })
  }
}

const forbidden: [rule: string, file: string, imported: string][] = [
  ['only packages/kafka imports kafkajs', 'packages/chassis/thing.ts', 'kafkajs'],
  ['only packages/kafka imports kafkajs', 'cli/commands/thing.ts', 'kafkajs'],
  ['only packages/kafka imports kafkajs', 'order-service/src/thing.store.ts', 'kafkajs'],
  ['services never import one another', 'order-service/src/thing.routes.ts', '@docket/inventory-service/src/stock.ts'],
  ['services never import one another', 'order-service/src/main.ts', '../../inventory-service/src/stock.ts'],
  ['services never import one another', 'payment-service/src/thing.store.ts', '@docket/order-service/src/order.ts'],
  ['the chassis imports no service', 'packages/chassis/thing.ts', '@docket/order-service/src/order.ts'],
  ['packages/kafka does not import the chassis', 'packages/kafka/thing.ts', '@docket/chassis/log.ts'],
  ['packages/kafka does not import the chassis', 'packages/kafka/thing.ts', '../chassis/log.ts'],
  ['the command line goes by public doors', 'cli/client/api.ts', '@docket/chassis/http/server.ts'],
  ['the command line goes by public doors', 'cli/commands/thing.ts', '@docket/order-service/src/order.ts'],
  ['the command line goes by public doors', 'cli/thing.ts', 'pg'],
  ['production imports no test helper', 'order-service/src/thing.handlers.ts', '@docket/test/support/events.ts'],
  ['production imports no test helper', 'packages/chassis/thing.ts', '@docket/test/support/until.ts'],
  ['production imports no test helper', 'packages/kafka/thing.ts', 'ava'],
  ['production imports nothing of local/', 'cli/thing.ts', '@docket/local/stack.ts'],
  ['the domain does no I/O', 'order-service/src/order.ts', 'node:fs'],
  ['the domain does no I/O', 'order-service/src/order.ts', 'node:fs/promises'],
  ['the domain does no I/O', 'inventory-service/src/stock.ts', 'pg'],
  ['the domain does no I/O', 'user-service/src/user.ts', 'mysql2/promise'],
  ['the domain knows no chassis but refusals', 'order-service/src/order.ts', '@docket/chassis/database/database.ts'],
  ['the domain knows no store', 'order-service/src/order.ts', './order.store.ts'],
  ['a store knows no door', 'order-service/src/order.store.ts', './order.handlers.ts'],
  ['a store knows no door', 'order-service/src/order.store.ts', './order.steps.ts'],
  ['a store opens no connection of its own', 'order-service/src/order.store.ts', 'pg'],
  ['one door does not use another', 'order-service/src/order.routes.ts', './order.handlers.ts'],
  ['one door does not use another', 'order-service/src/order.handlers.ts', './order.routes.ts'],
  ['a step knows no door', 'order-service/src/order.steps.ts', './order.routes.ts'],
  ['only the chassis speaks to PostgreSQL', 'packages/chassis/service.ts', 'pg'],
  ['only the chassis speaks to MySQL', 'packages/chassis/database/postgres.ts', 'mysql2/promise'],
  ['only tracing speaks to OpenTelemetry', 'packages/chassis/service.ts', '@opentelemetry/api'],
  ['only tracing speaks to OpenTelemetry', 'packages/kafka/consumer.ts', '@opentelemetry/api'],
  ['only tracing speaks to OpenTelemetry', 'cli/client/request.ts', '@opentelemetry/api'],
  ['only tracing speaks to OpenTelemetry', 'payment-service/src/payment.sweeps.ts', '@opentelemetry/api'],
  ['only tracing speaks to OpenTelemetry', 'payment-service/src/provider.http.ts', '@opentelemetry/api'],
  ['tracing opens no connection to a database', 'packages/chassis/tracing/traced-database.ts', 'pg'],
]

for (const [rule, file, imported] of forbidden) {
  test(`${rule}: ${file} may not import ${imported}`, async t => {
    t.regex(await lint(file, imported), /no-restricted-imports/)
  })
}

const allowed: [file: string, imported: string][] = [
  ['packages/kafka/client.ts', 'kafkajs'],
  ['packages/chassis/database/postgres.ts', 'pg'],
  ['packages/chassis/database/mysql.ts', 'mysql2/promise'],
  ['packages/chassis/tracing/spans.ts', '@opentelemetry/api'],
  ['order-service/src/order.ts', '@docket/chassis/refused.ts'],
  ['order-service/src/timeline.ts', '@docket/contract/event.ts'],
  ['order-service/src/order.routes.ts', './order.steps.ts'],
  ['order-service/src/order.steps.ts', './order.store.ts'],
  ['order-service/src/main.ts', './order.routes.ts'],
  ['cli/commands/events/tail.ts', '@docket/kafka/tail.ts'],
  ['order-service/src/order.test.ts', '@docket/test/support/events.ts'],
]

for (const [file, imported] of allowed) {
  test(`the arrows allow ${file} to import ${imported}`, async t => {
    t.notRegex(await lint(file, imported), /no-restricted-imports/)
  })
}
