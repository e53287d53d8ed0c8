import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { addresses, root } from '@docket/addresses/addresses.ts'
import { copyCheckout } from '@docket/test/support/checkout-copy.ts'

interface Edit {
  file: string
  whole?: string
  /** The anchor must occur once in the file; the text is inserted after it. */
  behind?: Record<string, string>
  end?: string
}

interface Recipe {
  edits: Edit[]
  tests: string[]
  most: { files: number; folders: number }
}

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const schema = 'https://json-schema.org/draft/2020-12/schema'
const latest = `## ${version}\n\n`
const id = { $ref: 'urn:docket:shared#/$defs/id' }

const recipes: Record<string, Recipe> = {
  'Add an event type': {
    most: { files: 6, folders: 4 },
    tests: ['a payment that is void after all says so', 'a void payment is a step of its order'],
    edits: [
      {
        file: 'events/payment-events/payment.voided.schema.json',
        whole: json({
          $schema: schema,
          $id: 'urn:docket:event:payment.voided',
          title: 'payment.voided',
          description: 'The order was cancelled, and the provider turned out to have charged nothing.',
          'x-since': version,
          'x-key': { field: 'orderId' },
          type: 'object',
          required: ['orderId', 'paymentId'],
          properties: {
            orderId: { ...id, description: 'The order' },
            paymentId: { ...id, description: 'The payment' },
          },
          examples: [
            { orderId: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23', paymentId: '01981b2c-7e00-7b21-9d50-3c7e0f1a2b34' },
          ],
        }),
      },
      {
        file: 'payment-service/src/payment.sweeps.ts',
        behind: {
          "import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'\n":
            "import { mayPublish } from '@docket/chassis/messaging/published-types.ts'\n",
          'reason, version }: SavedPayment): OutgoingEvent[] {\n': `  if (status === 'void' && mayPublish('payment.voided'))
    return [{ type: 'payment.voided', key: orderId, sequence: version + 1, data: { orderId, paymentId: id } }]
`,
        },
      },
      {
        file: 'payment-service/src/payment.handlers.db.test.ts',
        end: `
test('a payment that is void after all says so', async t => {
  const charge = () => Promise.reject(new ProviderUnavailable('lost'))
  const cashier = await aCashier(
    t,
    hindered(() => ({ charge })),
  )
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A'))
  await cashier.db.transaction(tx => tx.query(\`UPDATE payments SET unknown_at = now() - interval '1 minute'\`))
  await cashier.runSweepTimes(1)
  t.deepEqual(await cashier.publishedSummary(), [['payment.voided', 1, idOf('A')]])
})
`,
      },
      {
        file: 'order-service/src/order.handlers.ts',
        behind: { "    'payment.refunded': noteProgress,\n": "    'payment.voided': noteProgress,\n" },
      },
      {
        file: 'order-service/src/order.handlers.db.test.ts',
        behind: { 'import {\n  again,\n': '  anEvent,\n' },
        end: `
test('a void payment is a step of its order', async t => {
  const service = await anOrderService(t, ['A'])
  await service.receives(anEvent('payment.voided', idOf('A'), { orderId: idOf('A'), paymentId: idOf('payment') }))
  t.deepEqual(await service.timeline('A'), ['order.created', 'payment.voided'])
})
`,
      },
      { file: 'CHANGELOG.md', behind: { [latest]: '- Event type payment.voided.\n' } },
    ],
  },
  'Add a command': {
    most: { files: 3, folders: 2 },
    tests: ['mgmt items price prints every format, in a pipe and on a terminal'],
    edits: [
      {
        file: 'cli/commands/items/price.ts',
        whole: `import { Command } from 'commander'
import type { Item } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { formatMoney } from '@docket/contract/money.ts'

export const about: About = {
  summary: 'Show what one item costs',
  prints: { sku: 'string', unitPrice: 'integer', currency: 'string' },
  samples: [{ args: 'SKU', callers: 'users' }],
}

export const command: Make = ready =>
  new Command('price')
    .description('Show what one item costs')
    .argument('<sku>')
    .addHelpText('after', '\\nExample:\\n  $ mgmt items price mug')
    .action(async (sku: string) => {
      const mgmt = await ready()
      const { unitPrice, currency } = await mgmt.api.get<Item>('inventory', \`/items/\${encodeURIComponent(sku)}\`)
      await mgmt.print({ sku, unitPrice, currency }, () => \`\${formatMoney(unitPrice, currency)} \${currency}\`)
    })
`,
      },
      { file: 'CHANGELOG.md', behind: { [latest]: '- `mgmt items price`.\n' } },
    ],
  },
}

const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')

function stepsOf(recipe: string): string[] {
  const section = page.split(`### ${recipe}\n`)[1]?.split(/^#/m)[0] ?? ''
  return [...section.matchAll(/^\d+\. (.*(?:\n {3}.*)*)/gm)].map(([, text = '']) => text.replaceAll(/\s+/g, ' '))
}

const fileOf = (step: string) => /^`([^`]+)`:/.exec(step)?.[1]
const commandsIn = (step: string) =>
  [...step.matchAll(/`((?:npm run|\.\/bin\/test\.sh) [^`]+)`/g)].map(([, command = '']) => command)

function matches(file: string, pattern: string): boolean {
  const parts = pattern.split(/<[^>]+>/).map(RegExp.escape)
  return new RegExp(`^${parts.join('[^/]+')}$`).test(file)
}

const copy = mkdtempSync(join(tmpdir(), 'docket-recipes-'))

function write(edit: Edit): void {
  const path = join(copy, edit.file)
  let text = edit.whole ?? readFileSync(path, 'utf8')
  for (const [anchor, more] of Object.entries(edit.behind ?? {})) {
    if (text.split(anchor).length !== 2) throw new Error(`${edit.file} does not have this once: ${anchor}`)
    text = text.replace(anchor, () => anchor + more)
  }
  writeFileSync(path, text + (edit.end ?? ''))
}

const run = async (command: string, args: string[]) => {
  const env = { ...process.env, LOCAL_DIR: addresses().dir, NO_COLOR: '1', FORCE_COLOR: '0' } // the copy has another root
  const { stdout } = await promisify(execFile)(command, args, { cwd: copy, env, maxBuffer: 2 ** 26 }).catch(
    ({ stdout: out, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`${command} ${args.join(' ')} failed:\n${out}${stderr}`)
    },
  )
  return stdout
}

test.before(async () => {
  copyCheckout(copy)
  await run('git', ['init', '--quiet'])
  await run('git', ['add', '--all'])
  await run('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message=before'])
})
test.after.always(() => rmSync(copy, { recursive: true, force: true }))

async function execute(command: string, { edits, tests }: Recipe): Promise<void> {
  if (command === 'npm run check') return
  if (command.startsWith('npm ')) return void (await run('npm', command.split(' ').slice(1)))
  const named = command.split(' ').filter(word => /^[^<]+\.test\.ts$/.test(word))
  const files = [...named, ...edits.map(({ file }) => file).filter(file => file.endsWith('.test.ts'))]
  const output = await run('node_modules/.bin/ava', [...tests.map(title => `--match=${title}`), ...files])
  for (const title of tests) if (!output.includes(title)) throw new Error(`${title} did not run:\n${output}`)
}

for (const [name, recipe] of Object.entries(recipes)) {
  test.serial(`the recipe works: ${name}`, async t => {
    t.timeout(300_000)
    const { edits, most } = recipe
    const left = [...edits]
    for (const step of stepsOf(name)) {
      const pattern = fileOf(step)
      if (pattern === undefined) for (const command of commandsIn(step)) await execute(command, recipe)
      else {
        const edit = left.shift()
        if (!edit || !matches(edit.file, pattern))
          throw new Error(`${edit?.file ?? 'no file'} is not what this is about: ${step}`)
        write(edit)
      }
    }
    t.deepEqual(left, [], 'no step is about them')
    t.true(edits.length <= most.files)
    t.true(new Set(edits.map(({ file }) => dirname(file))).size <= most.folders)
  })
}

test.serial('after both recipes npm run check passes', async t => {
  t.timeout(300_000)
  t.true(Object.keys(recipes).every(recipe => stepsOf(recipe).flatMap(commandsIn).includes('npm run check')))
  await run('npm', ['run', '--silent', 'check'])
})
