import { boundHeap } from '@docket/foundation/heap.ts'
import { beforeEnding } from '../cleanup.ts'
import { configFolder } from '../client/context.ts'
import { exit, Failure } from '../failure.ts'
import { patience } from '../client/patience.ts'
import { onLines } from '../input/keyboard.ts'
import type { Mgmt } from '../mgmt.ts'
import { version } from '../version.ts'
import { timerAt } from '../waiting.ts'
import { keyring, linkMs } from './access.ts'
import { openInBrowser } from './browser.ts'
import { hubOf, whyItEnded } from './hub.ts'
import { pagesOf } from './pages.ts'
import { serveBoard } from './server.ts'
import { sourcesOf } from './sources.ts'
import { staticFiles } from './static-files.ts'

export interface BoardOptions {
  open: boolean
  port: number
  since: number
}

export interface Opened {
  /** Good once, and for a minute. */
  link: string
  port: number
  context: string
  username: string
  role: string
}

/** Serves the board until the session ends or the user ends it. Reads only: it joins no group and changes nothing. */
export async function runBoard(mgmt: Mgmt, options: BoardOptions, onOpen: (opened: Opened) => Promise<void>) {
  const { username, role } = await whoLooks(mgmt)
  boundHeap(50)
  const keys = keyring()
  const who = { context: mgmt.context.name, user: { username, role }, version }
  const hub = hubOf(sourcesOf(mgmt), who, new Date(Date.now() + (await skewOfOrders(mgmt)) - options.since))
  const pages = pagesOf(hub)
  const server = await serveBoard({ port: options.port, keys, files: staticFiles(), listen: pages.listen })
  const end = async (reason: string) => {
    pages.end(reason)
    await server.close()
  }
  const unregister = beforeEnding(() => end('mgmt board was ended.'))
  const newLink = () => `http://127.0.0.1:${server.port}/#t=${keys.link()}`
  try {
    const link = newLink()
    await onOpen({ link, port: server.port, context: mgmt.context.name, username, role })
    if (options.open) open(mgmt, newLink())
    offerLinks(mgmt, newLink)
    await hub.run(mgmt.signal)
    mgmt.signal.throwIfAborted()
  } catch (error) {
    await end(whyItEnded(error))
    throw error
  } finally {
    unregister()
  }
}

const answersWithinMs = 1_000

/** An order-service that does not answer says nothing of its clock either, and the board tells that it is unavailable. */
async function skewOfOrders(mgmt: Mgmt): Promise<number> {
  const { skewMs } = await mgmt.api.readiness('order', patience(answersWithinMs)).catch(() => ({ skewMs: 0 }))
  return skewMs
}

/** Without a session, the services say what is missing. */
async function whoLooks(mgmt: Mgmt): Promise<{ username: string; role: string }> {
  const session = mgmt.sessions.read() ?? (await mgmt.api.get<{ username: string; role: string }>('user', '/me'))
  if (session.role === 'customer')
    throw new Failure('The board shows the orders of all customers, so it is for observers and operators.', {
      status: exit.notAllowed,
      code: 'not_allowed',
      next: 'see your own orders with: mgmt orders list',
    })
  return session
}

function open(mgmt: Mgmt, link: string): void {
  const remove = openInBrowser(link, configFolder(process.env), () =>
    mgmt.note('No browser could be opened: open the link yourself.'),
  )
  const unregister = beforeEnding(remove)
  timerAt(Date.now() + linkMs, () => {
    unregister()
    remove()
  })
}

/** A second browser, or a tab that was closed, needs a link of its own. */
function offerLinks(mgmt: Mgmt, newLink: () => string): void {
  if (!mgmt.interactive) return
  onLines(
    () => mgmt.tell(newLink()),
    () => mgmt.note('Enter prints a new link; Ctrl-C ends the board.'),
  )
}
