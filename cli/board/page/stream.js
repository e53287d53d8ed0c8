// One stream for what is shown, by fetch, because an EventSource sends no header.

const silentMs = 1_300 // the board sends something twice a second, and a lost line is said within two
const longestMs = 2_000

/**
 * Calls `on(event, data)` for what arrives, and `onState` with `live`, `lost` or `refused`. A lost connection is made
 * anew, and goes on behind the last event. Returns a function that ends it.
 */
export function openStream(path, key, { on, onState }) {
  let line = new AbortController()
  let [hasEnded, failures, lastId] = [false, 0, undefined]

  async function run() {
    while (!hasEnded) {
      line = new AbortController()
      let timer
      const listen = () => {
        clearTimeout(timer)
        timer = setTimeout(() => line.abort(), silentMs)
      }
      try {
        listen()
        const headers = { 'x-board-key': key, ...(lastId && { 'last-event-id': lastId }) }
        const response = await fetch(path, { headers, signal: line.signal, cache: 'no-store' })
        if (response.status === 401 || response.status === 403) return onState('refused')
        if (!response.ok) throw new Error(`HTTP ${response.status}`)
        for await (const { id, event, data } of events(response.body, listen)) {
          if (hasEnded) return
          failures = 0
          lastId = id ?? lastId
          onState('live')
          if (event === 'end') {
            hasEnded = true
            return onState('ended', data.reason)
          }
          tell(on, event, data)
        }
      } catch {
        // said below, whatever it was: the board has gone, or is silent
      } finally {
        clearTimeout(timer)
      }
      if (hasEnded) return
      onState('lost')
      await new Promise(resolve => {
        setTimeout(resolve, Math.min(longestMs, 200 * 2 ** failures++))
      })
    }
  }

  void run()
  return () => {
    hasEnded = true
    line.abort()
  }
}

/** What cannot be shown is a fault of the page, not of the line. */
function tell(on, event, data) {
  try {
    on(event, data)
  } catch (error) {
    reportError(error)
  }
}

async function* events(body, listen) {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    listen()
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      const lines = block.split('\n')
      const field = name => lines.find(one => one.startsWith(`${name}: `))?.slice(name.length + 2)
      yield { id: field('id'), event: field('event'), data: JSON.parse(field('data') ?? 'null') }
    }
  }
}
