import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '@docket/addresses/addresses.ts'
import { startBrowser } from '@docket/test/support/browser.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import test, { type ExecutionContext } from 'ava'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

// The board in a real browser. What needs none is tested beside the code: cli/board/*.test.ts.

let stack: Stack
let browser: Browser
test.before(async () => {
  ;[stack, browser] = await Promise.all([startStack(), startBrowser()])
  const login = ['login', 'operator', '--password-file', `${stack.at.dir}/operator-password`]
  if ((await stack.mgmt(login)).status !== 0) throw new Error('the operator cannot log in')
})
test.after.always(async () => {
  await browser?.close()
  await stack?.stop()
})

interface Board {
  child: ChildProcess
  link: string
  port: number
}

async function aBoard(t: ExecutionContext, ...args: string[]): Promise<Board> {
  const child = spawn(join(root, 'bin/mgmt'), ['board', '--no-open', '-o', 'jsonl', ...args], {
    env: { ...process.env, XDG_CONFIG_HOME: `${stack.at.dir}/mgmt-home-${process.pid}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  return { child, ...(JSON.parse(line.toString()) as Pick<Board, 'link' | 'port'>) }
}

async function aPage(t: ExecutionContext, link: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
  t.teardown(() => context.close())
  const page = await context.newPage()
  page.on('pageerror', error => t.fail(error.message))
  await page.goto(link)
  await page.locator('html[data-ready]').waitFor()
  return page
}

const at = (link: string, path: string) => {
  const url = new URL(link)
  return `${url.origin}${path}${url.hash}`
}

async function anOrder(paymentToken?: string) {
  const mug = await stack.item('mug', 10)
  return stack.end(await stack.order(await stack.customer(), { [mug]: 1 }, paymentToken))
}

test.serial('the token leaves the address at once, and a link opens one page only', async t => {
  const { link } = await aBoard(t)
  const page = await aPage(t, link)
  t.notRegex(page.url(), /#t=/)
  await page.reload()
  await page.locator('html[data-ready]').waitFor() // the tab has its key
  const other = await (await browser.newContext()).newPage()
  await other.goto(link)
  await other.getByText('This page has no key').waitFor()
  t.is(await other.locator('main').innerText(), '')
})

test.serial('a file that only its owner can read opens the board', async t => {
  const { link } = await aBoard(t)
  const file = join(stack.at.dir, `board-${process.pid}.html`)
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${link}">`, { mode: 0o600 })
  const page = await aPage(t, `file://${file}`)
  t.is(new URL(page.url()).origin, new URL(link).origin)
})

test.serial('a page on another port gets nothing', async t => {
  const [board, other] = [await aBoard(t), await aBoard(t)]
  const page = await aPage(t, other.link)
  await t.throwsAsync(
    page.evaluate(url => fetch(url, { headers: { 'x-board-key': 'x' } }), `http://127.0.0.1:${board.port}/stream/flow`),
  )
})

test.serial(
  'events, orders and figures appear as they happen, and an order can be opened with the keyboard',
  async t => {
    const { link } = await aBoard(t)
    const page = await aPage(t, at(link, '/ticker'))
    const order = await anOrder()
    const short = order.id.slice(-12)
    await page.locator('.ticker li', { hasText: 'order.completed' }).filter({ hasText: short }).waitFor()
    t.is(await page.locator('.ticker li').filter({ hasText: short }).count(), 7)

    await page.keyboard.press('2')
    await page.locator('tr', { hasText: short }).getByText('completed').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type(short)
    await until('the list is filtered', async () => (await page.locator('.orders tbody tr').count()) === 1)
    t.is(await page.locator('input[name=text]').inputValue(), short, 'what is typed stays')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.trace', { hasText: 'order completed' }).waitFor()
    await page.locator('details', { hasText: 'order.created' }).click()
    const data = await page.locator('details[open] pre').innerText()
    t.regex(data, /"paymentToken": "\(masked\)"/)
    await page.keyboard.press('Escape')
    await page.locator('.orders').waitFor()
  },
)

test.serial('a step that stands still says why', async t => {
  const { link } = await aBoard(t)
  const page = await aPage(t, link)
  await stack.kill('payment-service')
  const mug = await stack.item('mug', 10)
  const order = await stack.order(await stack.customer(), { [mug]: 1 })
  await page.getByText('Charge card stands still').waitFor({ timeout: 60_000 })
  await page
    .getByText(/payment-service is unavailable/)
    .first()
    .waitFor()
  await stack.start('payment-service')
  await stack.end(order)
  await page.getByText('Charge card stands still').waitFor({ state: 'detached', timeout: 60_000 })
  t.pass()
})

test.serial(
  'a board that is killed is said to be gone within two seconds, and a new one shows each event once',
  async t => {
    const board = await aBoard(t)
    const page = await aPage(t, at(board.link, '/ticker'))
    const order = await anOrder()
    await page
      .locator('.ticker li', { hasText: 'order.completed' })
      .filter({ hasText: order.id.slice(-12) })
      .waitFor()
    const killed = Date.now()
    board.child.kill('SIGKILL')
    await page.getByText('The connection to the board is lost').waitFor()
    t.true(Date.now() - killed < 2_000, `${Date.now() - killed} ms`)
    const again = await aPage(t, at((await aBoard(t)).link, '/ticker'))
    const rows = again.locator('.ticker li').filter({ hasText: order.id.slice(-12) })
    await rows.filter({ hasText: 'order.completed' }).waitFor()
    t.is(await rows.count(), 7)
  },
)

test.serial('a board that stands still is said to be lost, and the page goes on where it was', async t => {
  const { child, link } = await aBoard(t)
  const page = await aPage(t, at(link, '/ticker'))
  const before = await anOrder()
  await page
    .locator('.ticker li', { hasText: before.id.slice(-12) })
    .nth(6)
    .waitFor()
  const stopped = Date.now()
  child.kill('SIGSTOP') // bin/mgmt has become Node itself
  await page.getByText('The connection to the board is lost').waitFor()
  t.true(Date.now() - stopped < 2_000, `${Date.now() - stopped} ms`)
  const missed = await anOrder()
  child.kill('SIGCONT')
  await page
    .locator('.ticker li', { hasText: missed.id.slice(-12) })
    .nth(6)
    .waitFor()
  const ids = await page.locator('.ticker li').evaluateAll(rows => rows.map(row => row.getAttribute('data-id')))
  t.is(new Set(ids).size, ids.length, 'each event once')
})

test.serial('the ticker can be paused, and loses nothing', async t => {
  const { link } = await aBoard(t)
  const page = await aPage(t, at(link, '/ticker'))
  await page.keyboard.press('p')
  const order = await anOrder()
  const rows = page.locator('.ticker li').filter({ hasText: order.id.slice(-12) })
  const other = await aPage(t, at((await aBoard(t)).link, '/ticker'))
  await other
    .locator('.ticker li', { hasText: order.id.slice(-12) })
    .nth(6)
    .waitFor()
  t.is(await rows.count(), 0)
  await page.keyboard.press('p')
  await until('what was held back is shown', async () => (await rows.count()) === 7)
  t.pass()
})

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
]

test.serial('each view is accessible and fits, from a phone to a wall screen, in light and dark', async t => {
  t.timeout(300_000)
  const shots = join(stack.at.dir, 'board')
  mkdirSync(shots, { recursive: true })
  const orders = [await anOrder(), await anOrder('tok_declined')]
  const views = ['/flow', '/orders', '/rates', '/ticker', `/orders/${orders[0]?.id}`, `/orders/${orders[1]?.id}`]
  for (const viewport of sizes)
    for (const colorScheme of ['light', 'dark'] as const) {
      const { link, child } = await aBoard(t)
      const page = await aPage(t, link, { viewport, colorScheme, bypassCSP: true }) // for axe only
      for (const view of views) {
        const wall = viewport.width > 2_000 ? '?wall' : ''
        const name = `${view.slice(1).replace('/', '-')} at ${viewport.width} in ${colorScheme}`
        await page.goto(`${new URL(link).origin}${view}${wall}`)
        await page.locator('html[data-ready]').waitFor()
        if (view.startsWith('/orders/')) await page.locator('.trace').waitFor()
        await page.screenshot({ path: join(shots, `${name.replaceAll(' ', '-')}.png`) })
        await page.evaluate(axe)
        const found = await page.evaluate<string[]>(
          `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`,
        )
        t.deepEqual(found, [], name)
        t.true(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), `${name} fits`)
      }
      child.kill('SIGINT')
    }
})

test.serial('the board ends with Ctrl-C, and says so to its pages', async t => {
  const { child, link } = await aBoard(t)
  const page = await aPage(t, link)
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await page.getByText(/The board has ended/).waitFor()
  t.deepEqual(await ended, [130, null])
})
