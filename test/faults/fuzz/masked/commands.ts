import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '@docket/addresses/addresses.ts'
import type { Client } from '@docket/test/support/client.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import type { Canaries } from './canaries.ts'
import type { Words } from './looks.ts'

export interface Shown {
  by: string
  text: string
}

/** mgmt, in a home of its own, logged in as somebody. */
export interface Login {
  run(args: readonly string[]): Promise<Shown>
  board(): Promise<{ url: string; key: string; shown(): Shown; stop(): void }>
}

export async function loggedIn(stack: Stack, { username, password }: Client): Promise<Login> {
  const env = { XDG_CONFIG_HOME: mkdtempSync(join(stack.at.dir, 'mgmt-masked-')) }
  const { status, stderr } = await stack.mgmt(['login', username, '--password-stdin'], { stdin: `${password}\n`, env })
  if (status !== 0) throw new Error(stderr)
  return {
    async run(args) {
      const ended = await stack.mgmt([...args], { env })
      return { by: `mgmt ${args.join(' ')} (exit status ${ended.status})`, text: ended.stdout + ended.stderr }
    },
    async board() {
      const child = spawn(join(root, 'bin/mgmt'), ['board', '--no-open', '-o', 'jsonl', '--since', '1h'], {
        env: { ...process.env, ...env },
        stdio: 'pipe',
      })
      let printed = ''
      child.stderr.on('data', chunk => (printed += chunk))
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const { origin, hash } = new URL((JSON.parse(line.toString()) as { link: string }).link)
      const answer = await fetch(`${origin}/session`, { method: 'POST', body: hash.replace('#t=', '') })
      const { key } = (await answer.json()) as { key: string }
      return {
        url: origin,
        key,
        shown: () => ({ by: 'mgmt board, on stderr', text: printed }),
        stop: () => child.kill(),
      }
    },
  }
}

/** Each command that shows events, orders or dead letters, in each format, from the feed and from Kafka itself. */
export async function* commandLooks({ run }: Login, { orders, hint }: Words, brokers: string): AsyncGenerator<Shown> {
  const [order = ''] = orders
  const all = ['events', 'tail', '--from-beginning', '--no-follow', '--all-topics']
  const sources = [[], ['--kafka-brokers', brokers]]
  const formats = [[], ['-o', 'json'], ['-o', 'csv'], ['-v']]
  const letters: string[] = []
  for (const source of sources) {
    for (const format of formats) yield run([...all, ...format, ...source])
    for (const more of [
      ['--by-order'],
      ['--include', hint],
      ['--exclude', hint],
      ['--include', '('],
      ['--header', `ce_id=${hint}`],
    ])
      yield run([...all, ...more, ...source])
    yield run([...all, '--personal', ...source])
  }
  for (const format of formats) {
    const listed = await run(['dlq', 'list', '--all', '--kafka-brokers', brokers, ...format])
    letters.push(...(listed.text.match(/[a-z]+-events\/\d+/g) ?? []))
    yield listed
    for (const args of [
      ['orders', 'list', '--all'],
      ['orders', 'show', order],
      ['orders', 'trace', order],
      ['orders', 'top', '--once'],
      ['payments', 'list', '--all'],
      ['payments', 'show', order],
      ['shipments', 'list', '--all'],
      ['shipments', 'show', order],
      ['returns', 'list', '--all'],
      ['refunds', 'list', '--all'],
      ['doctor'],
    ])
      yield run([...args, ...format])
  }
  for (const id of new Set(letters.slice(0, 40)))
    yield run(['dlq', 'show', id, '--kafka-brokers', brokers, '-o', 'json'])
  yield run(['dlq', 'redrive', '--all', '--dry-run', '--kafka-brokers', brokers])
}

/** What is left of an import by a customer: its results, and what it says, of rows that are taken and that are refused. */
export async function* importLooks(stack: Stack, login: Login, sku: string, canaries: Canaries): AsyncGenerator<Shown> {
  const dir = mkdtempSync(join(stack.at.dir, 'import-masked-'))
  const file = join(dir, 'orders.json')
  const address = {
    name: canaries.text('name'),
    line1: canaries.text('line1'),
    postalCode: '20457',
    city: 'x',
    country: 'DE',
  }
  const row = { sku, quantity: 1, paymentToken: canaries.token('import'), shippingAddress: address }
  const rows = [
    row,
    { ...row, quantity: 2, shippingAddress: { ...address, country: canaries.text('country') } },
    { ...row, paymentToken: canaries.text('token') },
  ]
  for (const [n, taken] of [rows.slice(0, 2), rows].entries()) {
    writeFileSync(file, JSON.stringify(taken))
    yield await login.run(['orders', 'import', file, '--results', join(dir, `results-${n}.jsonl`)])
  }
  for (const name of readdirSync(dir).filter(one => one.startsWith('results')))
    yield { by: `the results of an import, ${name}`, text: readFileSync(join(dir, name), 'utf8') }
}

/** What the services say to those who run them; spans arrive a moment after what they tell of. */
export async function* operatedLooks(stack: Stack, spans: readonly unknown[]): AsyncGenerator<Shown> {
  for (let before = -1; before < spans.length; await pause(2_000)) before = spans.length
  yield { by: `${spans.length} spans`, text: JSON.stringify(spans) }
  const logs = join(stack.at.dir, 'logs')
  for (const name of readdirSync(logs)) yield { by: `the log ${name}`, text: readFileSync(join(logs, name), 'utf8') }
  for (const [name, url] of Object.entries(stack.ops))
    yield { by: `the metrics of ${name}-service`, text: await (await fetch(`${url}/metrics`)).text() }
}
