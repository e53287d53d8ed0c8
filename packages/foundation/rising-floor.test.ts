import test from 'ava'
import { risingFloor, type Look } from './rising-floor.ts'

const settledMs = 10_000

/** A queue whose positions are given by transactions, one after the other, and a floor that looks at it. */
function aQueue() {
  const floor = risingFloor(settledMs)
  let [next, nowMs, xid] = [0, 0, 100]
  let server = 'a'
  const open = new Map<number, number>()
  const waiting = new Set<number>()
  const look = (told: Partial<Look> = {}) => {
    const mine = BigInt(xid++)
    const xmin = BigInt(Math.min(xid, ...open.values()))
    const lowest = Math.min(...[...waiting].filter(position => !open.has(position)))
    const seen = { xmin, xid: mine, lowest: lowest === Infinity ? undefined : lowest }
    floor.found({ server, next, sentMs: nowMs, answeredMs: nowMs, ...seen, ...told })
    return floor.from()
  }
  return {
    floor,
    look,
    /** It has written, and is not committed. */
    begins() {
      waiting.add(++next)
      open.set(next, xid++)
      return next
    },
    commits: (position: number) => void open.delete(position),
    isSent: (position: number) => void waiting.delete(position),
    passes(count: number) {
      next += count
      xid += count
    },
    after: (ms: number) => void (nowMs += ms),
    /** Often enough for the floor to rise to where the queue is now. */
    looks() {
      for (let times = 0; times < 4; times++) {
        look()
        nowMs += settledMs
      }
      return look()
    },
    movesTo: (other: string) => void (server = other),
    restarts: () => void (next = 0),
  }
}

test('a queue is read from its beginning until something is known of it', t => {
  const queue = aQueue()
  queue.passes(1_000)
  t.is(queue.floor.from(), 0)
  t.is(queue.look(), 0)
})

test('when nothing waits, a queue is read from where it ended a moment ago', t => {
  const queue = aQueue()
  queue.passes(1_000)
  t.is(queue.looks(), 1_000)
  queue.passes(500)
  t.is(queue.floor.from(), 1_000)
  t.is(queue.looks(), 1_500)
})

test('what waits is never below the floor', t => {
  const queue = aQueue()
  queue.passes(1_000)
  const position = queue.begins()
  queue.commits(position)
  queue.passes(1_000)
  t.is(queue.looks(), position)
  t.is(queue.looks(), position)
  queue.isSent(position)
  t.is(queue.looks(), 2_001)
})

test('a transaction that commits after later ones keeps the floor below what it has written, for as long as it takes', t => {
  const queue = aQueue()
  queue.passes(1_000)
  const position = queue.begins()
  for (let hour = 0; hour < 3; hour++) {
    queue.passes(1_000)
    t.true(queue.looks() <= position)
    queue.after(3_600_000)
  }
  queue.commits(position)
  t.is(queue.looks(), position)
})

test('what is being written while the look is answered is not passed', t => {
  const queue = aQueue()
  queue.passes(1_000)
  queue.look()
  queue.after(settledMs)
  queue.look({ next: 1_002 }) // its snapshot is older than both positions
  const position = queue.begins()
  queue.begins()
  for (let times = 0; times < 4; times++) {
    t.true(queue.look() <= position)
    queue.after(settledMs)
  }
})

test('a position counts only when transactions about to write below it have had time to begin', t => {
  const queue = aQueue()
  queue.passes(1_000)
  queue.look()
  queue.after(settledMs - 1)
  queue.look()
  t.is(queue.look(), 0)
  queue.after(1)
  queue.look()
  t.is(queue.look(), 1_000)
})

test('the time until an answer came is not time in which somebody could begin', t => {
  const queue = aQueue()
  queue.passes(1_000)
  queue.look()
  queue.after(1)
  queue.look({ answeredMs: 10 * settledMs })
  t.is(queue.look(), 0)
})

test('a look that wrote nothing itself makes no mark', t => {
  const queue = aQueue()
  queue.passes(1_000)
  for (let times = 0; times < 5; times++) {
    t.is(queue.look({ xid: undefined }), 0)
    queue.after(settledMs)
  }
  queue.look()
  t.is(queue.look({ xid: undefined }), 1_000, 'but it may see that those before a mark have ended')
})

test('what another server has is read from its beginning', t => {
  const queue = aQueue()
  queue.passes(1_000)
  t.is(queue.looks(), 1_000)
  t.deepEqual([queue.floor.from('a'), queue.floor.from('b')], [1_000, 0])
  queue.movesTo('b')
  t.is(queue.look(), 0)
  t.is(queue.floor.from('a'), 0)
  t.is(queue.looks(), 1_000)
})

test('positions that begin anew, as a clock that was set back, are read from the beginning', t => {
  const queue = aQueue()
  queue.passes(1_000)
  t.is(queue.looks(), 1_000)
  queue.restarts()
  t.is(queue.look(), 0)
})

test('something that was written by hand below the floor is found by a look at the whole queue', t => {
  const queue = aQueue()
  queue.passes(1_000)
  t.is(queue.looks(), 1_000)
  t.is(queue.look({ lowest: 7 }), 7)
})
