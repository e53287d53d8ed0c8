import { spawn, type ChildProcess } from 'node:child_process'
import { createPrivateKey, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import type { Addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { query } from '@docket/reconciliation/query.ts'
import { startBoard, type Board } from '@docket/test/support/board.ts'
import { startBrowser } from '@docket/test/support/browser.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { readToken, token } from '@docket/test/support/tokens.ts'
import { fillWithFinished } from '../measures/finished.ts'
import { metered, type Metered } from '../others.ts'
import { startProfile, writeProfile } from '../profile/profiled-process.ts'
import { say } from '../say.ts'
import { percentile } from '../statistics.ts'
import { usageOf } from '../usage.ts'
import { replay } from './replay.ts'
import type { ReadStream, StreamRequest } from './readers.ts'
import { limits, type BoardStream, type Memory } from './verdict.ts'

const plainReaders = 19 // of the feed, and as many of the board: each with Chromium's page makes twenty
const eventsOfAnOrder = 7
const settleSeconds = 10 // compiling hot code, and filling what is kept of the past
const sampleMs = 2_000
const preload = fileURLToPath(new URL('../profile/preload.ts', import.meta.url))

/**
 * A producer replays orders, which order-service reads and shows in its feed, and mgmt on its board: to one page in
 * Chromium and to readers without one. What the page has is timed there.
 */
export async function boardStream(
  at: Addresses,
  { minutes, profiles }: { minutes: number; profiles: string | undefined },
): Promise<Metered<BoardStream>> {
  const stack = await startStack({}, profiles === undefined ? {} : { preload })
  try {
    const seconds = settleSeconds + minutes * 60
    const orders = await withOrders(stack, Math.ceil((limits.perSecond * (seconds + 5)) / eventsOfAnOrder))
    // they would act on what is replayed
    await Promise.all(
      (['inventory-service', 'payment-service', 'shipping-service'] as const).map(one => stack.kill(one)),
    )
    const home = join(at.dir, 'mgmt-home-board')
    const login = ['login', 'operator', '--password-file', join(at.dir, 'operator-password')]
    await stack.mgmt(login, { env: { XDG_CONFIG_HOME: home } })
    const board = await startBoard(home, profiles === undefined ? {} : { command: profiledMgmt(profiles) })
    try {
      return await metered(() => measure({ stack, board, orders, minutes, profiles }))
    } finally {
      await board.stop()
    }
  } finally {
    await stack.stop()
  }
}

async function withOrders(stack: Stack, count: number): Promise<string[]> {
  say(`${count} finished orders are put into the tables, to be replayed`)
  await fillWithFinished(stack.sources, count, await stack.item('mug', 1))
  const sql = 'SELECT id FROM orders ORDER BY id LIMIT $1'
  return (await query<{ id: string }>(stack.sources.orders, sql, [count])).map(({ id }) => id)
}

function profiledMgmt(folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))
  return [process.execPath, '--cpu-prof', `--cpu-prof-dir=${folder}`, main]
}

interface Measured {
  stack: Stack
  board: Board
  orders: readonly string[]
  minutes: number
  profiles: string | undefined
}

async function measure({ stack, board, orders, minutes, profiles }: Measured): Promise<BoardStream> {
  const seconds = settleSeconds + minutes * 60
  const page = await openPage(board)
  const readers = startReaders([...feedRequests(stack), ...boardRequests(board, page.key)])
  const service = stack.processes.of('order-service') as ChildProcess // it runs
  const memory: Memory[] = []
  const startMs = performance.now()
  const timer = setInterval(() => {
    const usage = usageOf(board.child.pid ?? 0)
    const since = (performance.now() - startMs) / 1_000 - settleSeconds
    if (usage && since >= 0) memory.push({ seconds: since, mb: usage.residentBytes / 2 ** 20 })
  }, sampleMs)
  try {
    say(`replaying ${limits.perSecond} events a second for ${seconds} s`)
    if (profiles !== undefined) await startProfile(service)
    const cpu = () => ({ 'order-service': cpuOf(service), mgmt: cpuOf(board.child) })
    const [before, fromMs] = [cpu(), performance.now()]
    const settled = setTimeout(() => void page.begin(), settleSeconds * 1_000)
    const { perSecond } = await replay(stack.sources.kafkaBrokers, orders, { perSecond: limits.perSecond, seconds })
    clearTimeout(settled)
    const [after, took] = [cpu(), (performance.now() - fromMs) / 1_000]
    if (profiles !== undefined) await writeProfile(service, join(profiles, 'order-service, board.cpuprofile'))
    const times = await page.times()
    const read = await readers.end()
    return {
      minutes,
      perSecond,
      p50Ms: percentile(times, 50),
      p95Ms: percentile(times, 95),
      rows: times.length,
      memory,
      readers: read.map((one, n) => ({ of: n < plainReaders ? 'feed' : 'board', ...one })),
      cpu: {
        'order-service': (after['order-service'] - before['order-service']) / took,
        mgmt: (after.mgmt - before.mgmt) / took,
      },
    }
  } finally {
    clearInterval(timer)
    readers.kill()
    await page.close()
  }
}

const cpuOf = ({ pid }: ChildProcess) => usageOf(pid ?? 0)?.cpuSeconds ?? 0

/** Times each row of the ticker: from when its record was produced until it stands in the page. */
async function openPage({ link }: Board) {
  const browser = await startBrowser()
  const page = await browser.newPage()
  const url = new URL(link)
  await page.goto(`${url.origin}/ticker${url.hash}`)
  await page.locator('html[data-ready]').waitFor()
  const key = await page.evaluate<string>("sessionStorage.getItem('board-key')")
  return {
    key,
    begin: () => page.evaluate(timeRows),
    times: () => page.evaluate<number[]>('globalThis.rowTimes ?? []'),
    close: () => browser.close(),
  }
}

/** Runs in the page, so it is text. Rows of before are left out. */
const timeRows = `
  globalThis.rowTimes = []
  const began = Date.now()
  new MutationObserver(changes => {
    for (const { addedNodes } of changes)
      for (const { dataset } of addedNodes)
        if (Number(dataset?.at) >= began) globalThis.rowTimes.push(Date.now() - Number(dataset.at))
  }).observe(document.querySelector('.ticker'), { childList: true })`

/** Observers whose tokens last as long as the run. */
function feedRequests({ at, operator, services }: Stack): StreamRequest[] {
  const key = createPrivateKey(secrets(at.dir).jwtSigningKey)
  const { header, claims } = readToken(operator.token)
  const iat = claims.iat + 60 * 60
  return Array.from({ length: plainReaders }, () => {
    const own = { ...claims, role: 'observer', sub: randomUUID(), sid: randomUUID() }
    const authorization = `Bearer ${token(key, header, { ...own, iat, exp: iat + claims.exp - claims.iat })}`
    return { url: `${services.order}/events`, headers: { authorization } }
  })
}

const boardRequests = ({ port }: Board, key: string): StreamRequest[] =>
  Array.from({ length: plainReaders }, () => ({
    url: `http://127.0.0.1:${port}/stream/ticker`,
    headers: { 'x-board-key': key },
  }))

function startReaders(requests: readonly StreamRequest[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('readers.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(requests))
  return {
    async end(): Promise<ReadStream[]> {
      const read = text(child.stdout)
      child.kill('SIGTERM')
      return JSON.parse(await read) as ReadStream[]
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
