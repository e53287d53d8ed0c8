/**
 * Rewrites the tour in README.md from what mgmt really prints, so that it cannot be wrong: `npm run tour`, on a running
 * local stack with the operator logged in.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '@docket/addresses/addresses.ts'

interface Stop {
  words: string
  command: string
  /** Lines of stdout and stderr that are shown; all, when undefined. */
  most?: number
  /** What the command needs the id of, and a command that prints it as soon as there is one. */
  finds?: { name: 'SHIPMENT' | 'RETURN'; by: string }
}

const stops: Stop[] = [
  {
    words:
      'After `./bin/demo.sh` the stack keeps running and you are logged in as `operator`. Create an order and wait for its end:',
    command: './bin/mgmt orders create --line mug=2 --wait',
    most: 8,
  },
  {
    words:
      'The exit status tells the outcome: 0 for a fulfilled order, 3 for a rejected or cancelled one, 124 when the timeout ran out first.\n\nA declined card cancels the order, and its stock is released:',
    command: './bin/mgmt orders create --line plate=3 --payment-token tok_declined --wait',
    most: 5,
  },
  {
    words: 'Show one order as a timeline, put together from the order service and the topics:',
    command: './bin/mgmt orders trace $ORDER',
  },
  {
    words: 'Follow every event on all topics (`events tail`), or group events by order:',
    command: './bin/mgmt events tail --by-order --order $ORDER --from-beginning --no-follow --quiet',
  },
  {
    words:
      'Goods leave at once, unless a location waits for people. Then the warehouse dispatches, here a part of an order:',
    command: './bin/mgmt locations update main --handover manual --late-after 24h',
  },
  { words: 'A new order waits there:', command: './bin/mgmt orders create --line mug=2 --line plate=1', most: 6 },
  {
    words: 'The mugs leave; the plate becomes a shipment of its own:',
    command: './bin/mgmt shipments dispatch $SHIPMENT --line mug=2',
    most: 6,
    finds: { name: 'SHIPMENT', by: './bin/mgmt shipments list --order $ORDER -o jsonl --fields id' },
  },
  {
    words: 'What has not left can be cancelled, line by line, and is refunded:',
    command: './bin/mgmt orders cancel $ORDER --line plate=1 --wait',
  },
  {
    words: 'Goods come back, are counted, and are refunded by what came:',
    command: './bin/mgmt returns create $ORDER --line mug=1 --detail "too small"',
    most: 6,
  },
  {
    words: 'The warehouse counts it; `mug=1:scrap` would say that it cannot be sold:',
    command: './bin/mgmt returns receive $RETURN --line mug=1',
    most: 7,
    finds: { name: 'RETURN', by: './bin/mgmt returns list --order $ORDER -o jsonl --fields id' },
  },
  { words: 'What became of the order:', command: './bin/mgmt orders show $ORDER' },
  { words: 'And goods leave at once again:', command: './bin/mgmt locations update main --handover auto' },
  {
    words: 'Show services, databases and queues on one screen; `--watch` refreshes it:',
    command: './bin/mgmt status',
    most: 6,
  },
  {
    words: 'Cause a failure on purpose, and check that the system copes with it:',
    command: './bin/mgmt drill payment-declined',
  },
]

/** stdout and stderr in order of appearance; an order that is not fulfilled is not a failure here. */
function outputOf(command: string, ids: Readonly<Record<string, string>>): string[] {
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1', ...ids }
  return execFileSync('sh', ['-c', `${command} 2>&1; status=$?; [ $status = 3 ] || exit $status`], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n')
}

async function idBy(command: string, ids: Readonly<Record<string, string>>): Promise<string> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(100)) {
    const [, id] = /"id":"([0-9a-f-]{36})"/.exec(outputOf(command, ids).join()) ?? []
    if (id !== undefined) return id
  }
  throw new Error(`${command} found nothing`)
}

const withIds = (command: string, ids: Readonly<Record<string, string>>) =>
  command.replaceAll(/\$([A-Z]+)/g, (_, name: string) => ids[name] ?? '')

async function tour(): Promise<string> {
  const ids: Record<string, string> = {}
  const parts: string[] = []
  for (const { words, command, most, finds } of stops) {
    if (finds) ids[finds.name] = await idBy(finds.by, ids)
    const lines = outputOf(command, ids)
    const [, order] = /^order +([0-9a-f-]{36})/m.exec(lines.join('\n')) ?? []
    if (order !== undefined && command.includes('orders create')) ids.ORDER = order
    const shown = [`$ ${withIds(command, ids)}`, ...lines.slice(0, most)]
    parts.push(`${words}\n\n${shown.map(line => `    ${line}`.trimEnd()).join('\n')}\n`)
  }
  return parts.join('\n')
}

const file = join(root, 'README.md')
const [begin, end] = ['<!-- The tour: npm run tour -->\n\n', '<!-- The end of the tour -->']
const text = readFileSync(file, 'utf8')
const [before, , after] = [text.split(begin)[0], '', text.split(end)[1]]
if (before === undefined || after === undefined) throw new Error('README.md has no markers for the tour')
writeFileSync(file, `${before}${begin}${await tour()}\n${end}${after}`)
console.log('wrote the tour in README.md')
