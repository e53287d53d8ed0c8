import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { FoundTool } from '@docket/local/tools.ts'

export interface PgbenchResult {
  transactions: number
  perSecond: number
}

/** Reads what pgbench prints at its end. Throws when transactions failed: the figure would be one of errors. */
export function parsePgbench(output: string): PgbenchResult {
  const numberAfter = (name: RegExp) => Number(name.exec(output)?.[1] ?? NaN)
  const transactions = numberAfter(/^number of transactions actually processed: (\d+)/m)
  const perSecond = numberAfter(/^tps = ([\d.]+)/m)
  const failed = numberAfter(/^number of failed transactions: (\d+)/m) || 0 // not printed before version 15
  if (!(transactions > 0 && perSecond > 0) || failed > 0)
    throw new Error(`pgbench completed no run without a failure:\n${output}`)
  return { transactions, perSecond }
}

export async function runPgbench(
  { path, env }: FoundTool,
  url: string,
  script: string,
  { clients, seconds }: { clients: number; seconds: number },
): Promise<PgbenchResult> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(clients),
    '-j',
    '2',
    '-T',
    String(seconds),
    '-f',
    script,
    pathname.slice(1),
  ]
  const child = spawn(path, args, {
    env: {
      ...process.env,
      ...env,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
      LC_ALL: 'C',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  if (status !== 0)
    throw new Error(
      `pgbench ${args.join(' ')} ended with ${status}:\n${errors.trim().split('\n').slice(-10).join('\n')}`,
    )
  return parsePgbench(output)
}
