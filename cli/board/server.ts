import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { refusalOf, safeHeaders, type Keyring } from './access.ts'

/** What anyone may read: the page without data, its script and its style. */
export interface StaticFile {
  type: string
  text: string
}

export interface PageRequest {
  view: string
  query: URLSearchParams
  lastEventId: string | undefined
}

/** One page that is being told what happens. */
export interface Listener {
  /** Bytes that the page has not taken yet. */
  readonly waitingBytes: number
  send(event: string, data: unknown, id?: string): void
  end(): void
}

export interface Serving {
  port: number
  keys: Keyring
  files: ReadonlyMap<string, StaticFile>
  /** Called when a page begins to listen; what it returns is called when that page is gone. */
  listen(request: PageRequest, to: Listener): () => void
}

export interface BoardServer {
  port: number
  close(): Promise<void>
}

const streams = '/stream/'
const tokenBytes = 100 // a token has 43
const mostConnections = 200 // 20 pages with the six that a browser opens, and some to spare

export async function serveBoard(serving: Serving): Promise<BoardServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    void answer(serving, request, response).catch(() => response.destroy()) // its page has gone
  })
  server.maxConnections = mostConnections
  await listening(server, serving.port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : serving.port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const listening = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })

async function answer(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', headers } = request
  const refusal = refusalOf({ method, headers })
  if (refusal !== undefined) return plain(response, 403, refusal)
  const url = new URL(request.url ?? '/', 'http://board')
  if (method === 'GET' && !url.pathname.startsWith(streams)) return file(serving.files, url.pathname, response)
  if (method === 'POST' && url.pathname === '/session') return exchange(serving.keys, request, response)
  if (!serving.keys.isKey(headers['x-board-key']))
    return plain(response, 401, 'Open the board with the link that mgmt board prints.')
  if (method === 'GET') return stream(serving, url, request, response)
  plain(response, 405, 'The board changes nothing.')
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...safeHeaders, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

function file(files: Serving['files'], path: string, response: ServerResponse): void {
  const found = files.get(path) ?? (/\.\w+$/.test(path) ? undefined : files.get('/')) // each view has an address
  if (!found) return plain(response, 404, 'There is no such file.')
  response.writeHead(200, { ...safeHeaders, 'content-type': found.type }).end(found.text)
}

async function exchange(keys: Keyring, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let token = ''
  for await (const piece of request) {
    token += String(piece)
    if (token.length > tokenBytes) return plain(response, 413, 'This is no token.')
  }
  const key = keys.exchange(token)
  if (key === undefined) return plain(response, 401, 'This link was used, or is older than a minute.')
  response.writeHead(200, { ...safeHeaders, 'content-type': 'application/json' }).end(JSON.stringify({ key }))
}

function stream({ listen }: Serving, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const lastEventId = request.headers['last-event-id']
  request.socket.setNoDelay(true)
  response.writeHead(200, { ...safeHeaders, 'content-type': 'text/event-stream; charset=utf-8' })
  const stop = listen(
    {
      view: url.pathname.slice(streams.length),
      query: url.searchParams,
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    },
    {
      get waitingBytes() {
        return response.writableLength
      },
      send(event, data, id) {
        response.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      },
      end: () => void response.end(),
    },
  )
  response.once('close', stop)
}
