import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '@docket/addresses/addresses.ts'
import { killBroker } from '@docket/test/faults/brokers/brokers.ts'
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
  await logIn()
})
test.after.always(async () => {
  await browser?.close()
  await stack?.stop()
})

async function logIn(): Promise<void> {
  const login = ['login', 'operator', '--password-file', `${stack.at.dir}/operator-password`]
  if ((await stack.mgmt(login)).status !== 0) throw new Error('the operator cannot log in')
}

interface Board {
  child: ChildProcess
  link: string
  port: number
}

async function aBoard(t: ExecutionContext, env: Record<string, string> = {}): Promise<Board> {
  const child = spawn(join(root, 'bin/mgmt'), ['board', '--no-open', '-o', 'jsonl'], {
    env: { ...process.env, XDG_CONFIG_HOME: `${stack.at.dir}/mgmt-home-${process.pid}`, ...env },
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

async function placed(paymentToken?: string) {
  const mug = await stack.item('mug', 10)
  return stack.order(await stack.customer(), { [mug]: 1 }, paymentToken)
}

const anOrder = async (paymentToken?: string) => stack.end(await placed(paymentToken))

/** Of a completed order, which has seven events. */
const rowsOf = (page: Page, { id }: { id: string }) =>
  page.locator('.ticker li').filter({ has: page.locator(`a[href="/orders/${id}"]`) })

const allOf = (page: Page, order: { id: string }) => rowsOf(page, order).nth(6).waitFor({ timeout: 120_000 })

async function eachOnce(t: ExecutionContext, page: Page): Promise<void> {
  const ids = await page.locator('.ticker li').evaluateAll(rows => rows.map(row => row.getAttribute('data-id')))
  t.is(new Set(ids).size, ids.length, 'each event once')
}

/** By the clock of the page, because a busy machine is slow to ask it. */
async function saysSoInTime(t: ExecutionContext, page: Page, harm: () => void): Promise<void> {
  await page.evaluate(`new MutationObserver(() => { window.lostAt ??= Date.now() })
    .observe(document.querySelector('#banner'), { attributes: true, attributeFilter: ['hidden'] })`)
  const harmed = Date.now()
  harm()
  await page.getByText('The connection to the board is lost').waitFor()
  const tookMs = (await page.evaluate<number>('window.lostAt')) - harmed
  t.true(tookMs < 5_000, `${tookMs} ms`)
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

test.serial('charts are drawn in a browser whose language is none, as on a machine with the locale C', async t => {
  const { link } = await aBoard(t)
  const context = await browser.newContext()
  t.teardown(() => context.close())
  await context.addInitScript(
    "Object.defineProperty(Navigator.prototype, 'language', { configurable: true, get: () => 'en-US@posix' })",
  )
  const page = await context.newPage()
  page.on('pageerror', error => t.fail(error.message))
  await page.goto(link)
  await t.notThrowsAsync(page.locator('[data-chart] canvas').first().waitFor())
})

test.serial('charts that cannot be drawn take nothing else from the page', async t => {
  const { link } = await aBoard(t)
  const context = await browser.newContext({ locale: 'en-GB' })
  t.teardown(() => context.close())
  await context.route('**/uplot.js', route => route.abort())
  const page = await context.newPage()
  const failed = page.waitForEvent('pageerror')
  await page.goto(link)
  await failed
  await allOf(page, await anOrder())
  t.true(await page.locator('#banner').isHidden())
})

test.serial('a browser that keeps no data is told so, and what to do', async t => {
  const { link } = await aBoard(t)
  const context = await browser.newContext()
  t.teardown(() => context.close())
  for (const storage of ['localStorage', 'sessionStorage'])
    await context.addInitScript(
      `Object.defineProperty(window, '${storage}', { get() { throw new DOMException('denied', 'SecurityError') } })`,
    )
  const page = await context.newPage()
  page.on('pageerror', error => t.fail(error.message))
  await page.goto(link)
  await page.getByText(`keeps no data for ${new URL(link).host}`).waitFor()
  t.is(await page.locator('#banner').getAttribute('role'), 'alert')
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

test.serial(
  'a step that stands still says why, with the command that helps, also without the address of Kafka',
  async t => {
    const { link } = await aBoard(t, { MGMT_KAFKA_BROKERS: '127.0.0.1:1' })
    const page = await aPage(t, link)
    await page.getByText('Lag is read from Kafka, which cannot be reached from here').waitFor()
    await stack.kill('payment-service')
    const order = await placed()
    const trouble = page.locator('.troubles li', { hasText: 'Charge card stands still' })
    await trouble.waitFor({ timeout: 60_000 })
    await trouble.getByText(/payment-service is unavailable/).waitFor()
    await trouble.locator('code', { hasText: 'mgmt status' }).waitFor()
    await stack.start('payment-service')
    await stack.end(order)
    await trouble.waitFor({ state: 'detached', timeout: 60_000 })
    t.pass()
  },
)

test.serial(
  'a board that is killed is said to be gone within two seconds, and a new one shows each event once',
  async t => {
    const board = await aBoard(t)
    const page = await aPage(t, at(board.link, '/ticker'))
    const order = await anOrder()
    await allOf(page, order)
    await saysSoInTime(t, page, () => board.child.kill('SIGKILL'))
    const again = await aPage(t, at((await aBoard(t)).link, '/ticker'))
    await allOf(again, order)
    t.is(await rowsOf(again, order).count(), 7)
    await eachOnce(t, again)
  },
)

test.serial('a board that stands still is said to be lost, and the page goes on where it was', async t => {
  const { child, link } = await aBoard(t)
  const page = await aPage(t, at(link, '/ticker'))
  await allOf(page, await anOrder())
  await saysSoInTime(t, page, () => child.kill('SIGSTOP')) // bin/mgmt has become Node itself
  const missed = await anOrder()
  child.kill('SIGCONT')
  await allOf(page, missed)
  await eachOnce(t, page)
})

test.serial('a page that is busy and reads nothing goes on where it was', async t => {
  const { link } = await aBoard(t)
  const page = await aPage(t, at(link, '/ticker'))
  await allOf(page, await anOrder())
  const busy = page.evaluate('{ const end = Date.now() + 5_000; while (Date.now() < end); }')
  const missed = await anOrder()
  await busy
  await allOf(page, missed)
  await eachOnce(t, page)
})

test.serial('a broker that is killed costs no event and doubles none', async t => {
  t.timeout(180_000)
  const { link } = await aBoard(t)
  const page = await aPage(t, at(link, '/ticker'))
  const [mug, customer] = [await stack.item('mug', 10), await stack.customer()]
  const before = await stack.order(customer, { [mug]: 1 })
  await allOf(page, before)
  await killBroker(stack.at, 'kafka') // its keeper starts it again
  const meanwhile = await stack.order(customer, { [mug]: 1 }) // its events wait in the outbox
  await allOf(page, meanwhile)
  const after = await stack.order(customer, { [mug]: 1 })
  await allOf(page, after)
  for (const order of [before, meanwhile, after]) t.is(await rowsOf(page, order).count(), 7)
  await eachOnce(t, page)
})

test.serial('the ticker can be paused, and loses nothing', async t => {
  const { link } = await aBoard(t)
  const page = await aPage(t, at(link, '/ticker'))
  await page.keyboard.press('p')
  const order = await anOrder()
  await allOf(await aPage(t, at((await aBoard(t)).link, '/ticker')), order)
  t.is(await rowsOf(page, order).count(), 0)
  await page.keyboard.press('p')
  await until('what was held back is shown', async () => (await rowsOf(page, order).count()) === 7)
  t.pass()
})

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
/** Left behind, for people to look at. */
const screenshots = join(root, '.local/screenshots')
/** What each view shows when it has been filled; an order has its trace. */
const shownIn: Readonly<Record<string, string>> = {
  '/flow': '.troubles li',
  '/orders': '.orders tbody tr',
  '/rates': '.uplot',
  '/ticker': '.ticker li',
  '/reports': '[data-part=sales] table',
}
const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
]

/** What a panel cuts off, though it does not scroll; text that ends in … is meant to. */
const cutOff = `[...document.querySelectorAll('main *, header *')].flatMap(one => {
  const { overflowX, textOverflow } = getComputedStyle(one)
  const isCut = overflowX === 'hidden' && textOverflow !== 'ellipsis' && one.scrollWidth > one.clientWidth + 1
  return isCut && !one.matches('.hidden, svg *, .uplot *') ? [one.className + ' ' + one.textContent.trim().slice(0, 60)] : []
})`
const violations = `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`

/** One of each kind, while a step stands still, so that there is something to see. */
async function variedOrders(): Promise<string[]> {
  const ended = [await anOrder(), await anOrder('tok_declined')]
  await stack.kill('payment-service')
  const waiting = await Promise.all([placed(), placed(), placed()])
  return [...ended, ...waiting.slice(0, 1)].map(({ id }) => `/orders/${id}`)
}

test.serial('each view is accessible and fits, from a phone to a wall screen, in light and dark', async t => {
  t.timeout(300_000)
  mkdirSync(screenshots, { recursive: true })
  const orders = await variedOrders()
  const { link } = await aBoard(t)
  const first = await aPage(t, link)
  const key = await first.evaluate<string>("sessionStorage.getItem('board-key')")
  await first.getByText('Charge card stands still').waitFor({ timeout: 60_000 })
  for (const viewport of sizes)
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB', bypassCSP: true }) // for axe only
      await context.addInitScript(known => sessionStorage.setItem('board-key', known), key)
      const page = await context.newPage()
      for (const view of ['/flow', '/orders', '/rates', '/ticker', '/reports', ...orders]) {
        const name = `${view.slice(1).replace(/\/.*/, ` ${orders.indexOf(view) + 1}`)} at ${viewport.width} in ${colorScheme}`
        await page.goto(`${new URL(link).origin}${view}${viewport.width > 2_000 ? '?wall' : ''}`)
        await page.locator('html[data-ready]').waitFor()
        await page
          .locator(shownIn[view] ?? '.trace')
          .first()
          .waitFor()
        await page.screenshot({ path: join(screenshots, `${name.replaceAll(' ', '-')}.png`) })
        await page.evaluate(axe)
        t.deepEqual(await page.evaluate<string[]>(violations), [], name)
        t.deepEqual(await page.evaluate<string[]>(cutOff), [], `${name} is cut off`)
        t.true(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), `${name} fits`)
      }
      await context.close()
    }
  await stack.start('payment-service')
})

test.serial('the board ends with Ctrl-C, and says so to its pages', async t => {
  const { child, link } = await aBoard(t)
  const page = await aPage(t, link)
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await page.getByText(/The board has ended/).waitFor()
  t.deepEqual(await ended, [130, null])
})

test.serial('the board ends with its session, and says so to its pages', async t => {
  const { child, link } = await aBoard(t)
  const page = await aPage(t, link)
  const ended = once(child, 'exit')
  await stack.mgmt(['logout'])
  try {
    await page.getByText(/The board has ended/).waitFor()
    t.deepEqual(await ended, [4, null])
  } finally {
    await logIn()
  }
})
