import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

// The commands of docs/tools.md, as they stand there, on the servers of this run. One whose tools are not here is
// skipped.

const page = readFileSync(`${root}docs/tools.md`, 'utf8')
const commandsUnder = (heading: string) =>
  (new RegExp(`^## ${heading}\n(.*?)(?=^## )`, 'ms').exec(page)?.[1] ?? '')
    .split('\n')
    .filter(line => line.startsWith('    '))
    .map(line => line.trim())

let stack: Stack
let orderId: string
test.before(async () => {
  stack = await startStack()
  await stack.operator.post('inventory', '/items', {
    sku: 'mug',
    name: 'Mug',
    unitPrice: 450,
    currency: 'EUR',
    quantity: 10,
  }) // it may be there already
  const { id } = await stack.end(await stack.order(stack.operator, { mug: 1 }))
  orderId = id
})
test.after.always(() => stack?.stop())

async function run(commands: string[]): Promise<string> {
  const { at } = stack
  const addresses: [string, string][] = [
    ['127.0.0.1:19092', at.kafka],
    ['127.0.0.1:15432', `${at.postgres.host}:${at.postgres.port}`],
    ['-P 13306', `-P ${at.mariadb.port}`],
    ['127.0.0.1:8081', new URL(at.services.user).host],
    ['127.0.0.1:8082', new URL(at.services.order).host],
    ['.local/', `${relative(root, at.dir)}/`],
  ]
  const script = addresses.reduce((text, [documented, here]) => text.replaceAll(documented, here), commands.join('\n'))
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: root,
    maxBuffer: 256 * 1024 * 1024,
  })
  return stdout
}

const isHere = (tool: string) => spawnSync('sh', ['-c', 'command -v "$0"', tool]).status === 0

const tools: [heading: string, needs: string[], commands: number, expects: () => RegExp][] = [
  [
    'kcat',
    ['kcat', 'jq'],
    3,
    () =>
      new RegExp(
        `^order-events/\\d+/\\d+ ${orderId}\nce_specversion=1\\.0,ce_id=.*^ *\\d+ order\\.created$.*^order-events 6$`,
        'ms',
      ),
  ],
  ['psql', ['psql', 'jq'], 2, () => /completed .*order\.created .*order-service.*order\.completed/s],
  ['mysql', ['mysql', 'jq'], 1, () => /^operator\toperator\t/m],
  ['curl', ['curl', 'jq', 'awk'], 3, () => /^event: order\.created$.*^event: order\.completed$/ms],
]

for (const [heading, needs, count, expects] of tools) {
  const missing = needs.filter(tool => !isHere(tool))
  const withTool = missing.length === 0 ? test.serial : test.serial.skip
  withTool(
    `${heading} works as docs/tools.md says${missing.length === 0 ? '' : ` (not here: ${missing.join(', ')})`}`,
    async t => {
      const commands = commandsUnder(heading)
      t.is(commands.length, count)
      t.regex(await run(commands), expects())
    },
  )
}
