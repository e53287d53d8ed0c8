/**
 * Rewrites the tour in README.md from what mgmt really prints, so that it cannot be wrong: `npm run tour`, on a running
 * local stack with the operator logged in.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'

interface Stop {
  words: string
  command: string
  /** Lines of stdout and stderr that are shown; all, when undefined. */
  most?: number
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
function outputOf(command: string, order: string): string[] {
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1', ORDER: order }
  return execFileSync('sh', ['-c', `${command} 2>&1; status=$?; [ $status = 3 ] || exit $status`], {
    cwd: root,
    env,
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n')
}

function tour(): string {
  let order = ''
  return stops
    .map(({ words, command, most }) => {
      const lines = outputOf(command, order)
      order = /^order ([0-9a-f-]{36}) was created/.exec(lines[0] ?? '')?.[1] ?? order
      const shown = [`$ ${command.replace('$ORDER', order)}`, ...lines.slice(0, most)]
      return `${words}\n\n${shown.map(line => `    ${line}`.trimEnd()).join('\n')}\n`
    })
    .join('\n')
}

const file = join(root, 'README.md')
const [begin, end] = ['<!-- The tour: npm run tour -->\n\n', '<!-- The end of the tour -->']
const text = readFileSync(file, 'utf8')
const [before, , after] = [text.split(begin)[0], '', text.split(end)[1]]
if (before === undefined || after === undefined) throw new Error('README.md has no markers for the tour')
writeFileSync(file, `${before}${begin}${tour()}\n${end}${after}`)
console.log('wrote the tour in README.md')
