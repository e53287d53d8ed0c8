import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { root } from '@docket/addresses/addresses.ts'
import type { ExecutionContext } from 'ava'

export const main = join(root, 'node_modules/.cache/docket/mgmt.cjs')
execFileSync(join(root, 'bin/mgmt'), ['--version'])

export interface Given {
  url: string
  home: string
  env: Record<string, string>
  requests: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[]
}

export type Answer = (req: IncomingMessage, res: ServerResponse) => void

export async function given(
  t: ExecutionContext,
  answer: Answer = (_, res) => res.writeHead(404).end(),
): Promise<Given> {
  const requests: Given['requests'] = []
  // a command that a busy machine holds up must not find its connection closed
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    requests.push({ method: req.method, url: req.url, headers: req.headers })
    answer(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const home = mkdtempSync(join(tmpdir(), 'mgmt-'))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
    rmSync(home, { recursive: true })
  })
  const env = {
    XDG_CONFIG_HOME: home,
    MGMT_USER_URL: url,
    MGMT_ORDER_URL: url,
    MGMT_INVENTORY_URL: url,
    MGMT_PAYMENT_URL: url,
    MGMT_SHIPPING_URL: url,
    MGMT_KAFKA_BROKERS: '127.0.0.1:1',
  }
  return { url, home, env, requests: requests }
}

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

export async function mgmt({ env }: Pick<Given, 'env'>, args: string[], stdin = ''): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...env } })
  child.stdin.on('error', () => undefined) // it may end without reading stdin
  child.stdin.end(stdin)
  return ended(child)
}

/**
 * A script of bash in which "$@" is mgmt with these words. The paths are arguments, not part of the script, because the
 * folder of the checkout may have any name.
 */
export function inShell(
  { env, home }: Pick<Given, 'env' | 'home'>,
  script: string,
  words: readonly string[] = [],
): Promise<Ended> {
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, main, ...words], {
    env: { PATH: process.env.PATH, HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'], // bash reads ~/.bashrc if its stdin is a socket
  })
  return ended(child)
}

async function ended(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout, stderr }
}

export const user = { id: '01981b2c-0000-7a10-8c4f-2b6d9e0f1a01', username: 'ada', role: 'customer' }
export const tokenUntil = (seconds: number) =>
  `x.${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1_000) + seconds })).toString('base64url')}.y`

export function json(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | string[]> = {},
): void {
  res
    .writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers })
    .end(JSON.stringify(body))
}

export const startSession = (res: ServerResponse, seconds = 900, role = user.role) =>
  json(
    res,
    200,
    { ...user, role },
    {
      'set-cookie': [`access_token=${tokenUntil(seconds)}; HttpOnly`, 'refresh_token=r1; HttpOnly'],
    },
  )

export async function loggedIn(t: ExecutionContext, answer: Answer, seconds = 900, role = user.role): Promise<Given> {
  const setup = await given(t, (req, res) =>
    ['/login', '/signup', '/refresh'].includes(req.url ?? '')
      ? startSession(res, req.url === '/refresh' ? 900 : seconds, role)
      : answer(req, res),
  )
  const { status, stderr } = await mgmt(setup, ['login', 'ada', '--password-stdin'], 'secret\n')
  if (status !== 0) throw new Error(stderr)
  return setup
}
