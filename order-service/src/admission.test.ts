import test from 'ava'
import { admission, leastLimit, staleAfterWaits, type Admission } from './admission.ts'

const limits = { ceiling: 20_000, waitMs: 3_000 }
const staleMs = staleAfterWaits * limits.waitMs
const [tickMs, lookMs] = [50, 250]
const stepMs = 100 // that a step takes when nothing waits
/** Of the work that an order is. Taking orders comes first, as requests do not wait: that is what starves the steps. */
const share = { intake: 0.3, refusal: 0.01, reservation: 0.25, payment: 0.2, shipment: 0.25 }
const steps = ['reservation', 'payment', 'shipment'] as const
type Step = (typeof steps)[number]

interface Seen {
  offered: number
  refused: number
  ended: number
  open: number
  limit: number
  retryAfterSeconds: number | undefined
}

/** Machines that complete so many orders a second, whose intake is limited: a simulation in steps of 50 ms. */
function aShop(capacity: number, replicas = 1) {
  const waiting: Record<Step, { sinceMs: number; orders: number }[]> = { reservation: [], payment: [], shipment: [] }
  const gates = Array.from({ length: replicas }, () => admission(limits))
  const plant = { capacity, isProviderUp: true, providerPerSecond: Infinity, isInventoryUp: true }
  let [nowMs, ended] = [0, 0]

  const ordersIn = (step: Step, isFresh = false) =>
    waiting[step].reduce((sum, { sinceMs, orders }) => sum + (isFresh && nowMs - sinceMs > staleMs ? 0 : orders), 0)
  const enter = (step: Step, orders: number) => orders > 0 && waiting[step].push({ sinceMs: nowMs, orders })
  const leave = (step: Step, most: number) => {
    let left = most
    for (let first = waiting[step][0]; first && left > 0; first = waiting[step][0]) {
      const taken = Math.min(left, first.orders)
      left -= taken
      first.orders -= taken
      if (first.orders <= 1e-9) waiting[step].shift()
    }
    return most - left
  }
  const mostOf = (step: Step) => {
    if (step === 'payment')
      return plant.isProviderUp ? Math.min(ordersIn(step), (plant.providerPerSecond * tickMs) / 1_000) : 0
    return step === 'reservation' && !plant.isInventoryUp ? 0 : ordersIn(step)
  }
  const work = (cpu: number) => {
    const wanted = steps.map(step => Math.min(mostOf(step), Math.max(1, ordersIn(step) * (tickMs / stepMs))))
    const cost = wanted.reduce((sum, orders, at) => sum + orders * share[steps[at] ?? 'payment'], 0)
    const done = steps.map((step, at) => leave(step, (wanted[at] ?? 0) * Math.min(1, cpu / (cost || 1))))
    enter('payment', done[0] ?? 0)
    enter('shipment', done[1] ?? 0)
    ended += done[2] ?? 0
  }
  const look = (gate: Admission) =>
    gate.see(
      {
        open: steps.reduce((sum, step) => sum + ordersIn(step), 0),
        machines: ordersIn('reservation', true) + ordersIn('shipment', true),
        payment: ordersIn('payment', true),
        ended: Math.round(ended),
      },
      nowMs,
    )

  return {
    plant,
    gates,
    idle(seconds: number) {
      nowMs += seconds * 1_000
    },
    /** Lets customers order at a rate for some seconds; returns what was seen each 250 ms. */
    run(seconds: number, perSecond: number): Seen[] {
      const all: Seen[] = []
      for (const endMs = nowMs + seconds * 1_000; nowMs < endMs; nowMs += tickMs) {
        const before = ended
        if (nowMs % lookMs === 0) gates.forEach(look)
        const offered = (perSecond * tickMs) / 1_000
        const open = gates.filter(gate => gate.retryAfterSeconds() === undefined).length / gates.length
        let cpu = (plant.capacity * tickMs) / 1_000
        const taken = Math.min(offered * open, cpu / share.intake)
        cpu -= taken * share.intake
        cpu = Math.max(0, cpu - (offered - taken) * share.refusal)
        enter('reservation', taken)
        work(cpu)
        all.push({
          offered,
          refused: offered - taken,
          ended: ended - before,
          open: steps.reduce((sum, step) => sum + ordersIn(step), 0),
          limit: gates[0]?.limit() ?? 0,
          retryAfterSeconds: gates[0]?.retryAfterSeconds(),
        })
      }
      return all
    },
  }
}

const sum = (seen: readonly Seen[], of: 'offered' | 'refused' | 'ended') => seen.reduce((all, one) => all + one[of], 0)
const endedPerSecond = (seen: readonly Seen[]) => (sum(seen, 'ended') * 1_000) / (seen.length * tickMs)
const refusedShare = (seen: readonly Seen[]) => sum(seen, 'refused') / sum(seen, 'offered')
const last = (seconds: number, seen: readonly Seen[]) => seen.slice((-seconds * 1_000) / tickMs)
const most = (seen: readonly Seen[], of: 'open' | 'limit') => Math.max(...seen.map(one => one[of]))
const least = (seen: readonly Seen[], of: 'open' | 'limit') => Math.min(...seen.map(one => one[of]))

test('an order that comes while the service has seen nothing yet is admitted', t => {
  t.is(admission(limits).retryAfterSeconds(), undefined)
})

for (const capacity of [100, 1_000, 3_000]) {
  for (const times of [0.5, 1])
    test(`at ${times} times a capacity of ${capacity} a second, all orders are admitted and completed`, t => {
      const seen = aShop(capacity).run(60, times * capacity)
      t.is(sum(seen, 'refused'), 0)
      t.true(endedPerSecond(last(30, seen)) > 0.98 * times * capacity)
    })

  for (const times of [2, 10])
    test(`at ${times} times a capacity of ${capacity} a second, as many are completed as without the excess`, t => {
      const steady = last(30, aShop(capacity).run(60, times * capacity))
      t.true(endedPerSecond(steady) > 0.9 * capacity)
      t.true(Math.abs(refusedShare(steady) - (1 - 1 / times)) < 0.05)
      t.true(most(steady, 'limit') < 1.15 * least(steady, 'limit'), 'the limit is steady')
      t.true(most(steady, 'open') < 1.5 * least(steady, 'open'), 'and so is what is under way')
      t.true(most(steady, 'open') < Math.max(leastLimit, 3 * capacity) * 1.25)
    })
}

test('without a limit, four times the capacity would complete nothing: the simulation shows what is to be prevented', t => {
  const shop = aShop(1_000)
  for (const gate of shop.gates) gate.retryAfterSeconds = () => undefined
  t.true(endedPerSecond(last(10, shop.run(30, 4_000))) < 100)
})

for (const [name, factor] of [
  ['is halved', 0.5],
  ['is doubled', 2],
] as const)
  test(`when the capacity ${name} at twice the load, the limit follows within half a minute, and stays`, t => {
    const shop = aShop(1_000)
    shop.run(60, 2_000)
    shop.plant.capacity *= factor
    shop.run(30, 2_000 * factor)
    const steady = shop.run(30, 2_000 * factor)
    t.true(endedPerSecond(steady) > 0.9 * shop.plant.capacity)
    const expected = Math.max(leastLimit, 3 * shop.plant.capacity)
    t.true(least(steady, 'limit') > 0.9 * expected && most(steady, 'limit') < 1.2 * expected)
  })

test('replicas that share a database share one limit', t => {
  const shop = aShop(1_000, 3)
  t.true(endedPerSecond(last(30, shop.run(60, 2_000))) > 900)
  const [first = 0, ...others] = shop.gates.map(gate => gate.limit())
  for (const other of others) t.is(other, first)
})

test('a burst of two thousand orders that meets a cold service is admitted', t => {
  t.is(sum(aShop(1_000).run(1, 2_000), 'refused'), 0)
})

test('a burst after a quiet night is admitted, as large as what the machines did the day before', t => {
  const shop = aShop(2_000)
  shop.run(30, 1_800)
  const before = shop.gates[0]?.limit()
  shop.idle(8 * 3_600)
  shop.run(30, 0.2)
  t.is(shop.gates[0]?.limit(), before)
  t.is(sum(shop.run(1, 5_000), 'refused'), 0)
})

for (const [name, warm] of [
  ['that becomes unavailable', 60],
  ['that was never available', 0],
] as const)
  test(`a payment provider ${name} closes the shop only at the ceiling, and not for ever`, t => {
    const shop = aShop(1_000)
    shop.run(warm, 500)
    shop.plant.isProviderUp = false
    t.is(sum(shop.run(38, 500), 'refused'), 0)
    const full = last(5, shop.run(10, 500))
    t.is(refusedShare(full), 1)
    t.true(most(full, 'open') < limits.ceiling + 500)
    t.is(full.at(-1)?.retryAfterSeconds, 30)
    shop.plant.isProviderUp = true
    const back = shop.run(30, 500)
    t.true(endedPerSecond(back.slice(0, 100)) > 1_000, 'what waited is completed at full speed')
    t.is(sum(last(15, back), 'refused'), 0)
  })

test('a provider that answers one payment a second is as good as unavailable', t => {
  const shop = aShop(1_000)
  shop.run(30, 300)
  shop.plant.providerPerSecond = 1
  t.is(sum(shop.run(50, 300), 'refused'), 0)
})

test('payments that are answered, but too few, are an overload like any other', t => {
  const shop = aShop(1_000)
  shop.plant.providerPerSecond = 400
  const steady = last(30, shop.run(90, 1_000))
  t.true(endedPerSecond(steady) > 380)
  t.true(most(steady, 'open') < 1.3 * leastLimit)
})

test('orders that stand still count no longer: a service of ours that is down does not close the shop for ever', t => {
  const shop = aShop(1_000)
  shop.run(30, 500)
  shop.plant.isInventoryUp = false
  const [first, second] = [shop.run(30, 200), shop.run(30, 200)]
  t.true(refusedShare(first) > 0 && refusedShare(second) < 1)
  shop.plant.isInventoryUp = true
  t.is(sum(last(10, shop.run(30, 500)), 'refused'), 0)
})

test('a backlog that drains raises the limit, and an overload after it finds the capacity again', t => {
  const shop = aShop(1_000)
  shop.plant.isProviderUp = false
  shop.run(30, 500)
  shop.plant.isProviderUp = true
  t.true(most(shop.run(30, 500), 'limit') > 1.5 * 3 * 1_000)
  const overload = shop.run(60, 2_000)
  t.true(most(last(30, overload), 'limit') < 1.2 * 3 * 1_000)
  t.true(endedPerSecond(last(30, overload)) > 900)
})

test('Retry-After is how long those under way take', t => {
  const gate = admission({ ceiling: 20_000, waitMs: 3_000 })
  gate.see({ open: 9_000, machines: 9_000, payment: 0, ended: 0 }, 0)
  t.is(gate.retryAfterSeconds(), 30, 'not known yet')
  gate.see({ open: 9_000, machines: 9_000, payment: 0, ended: 1_500 }, 1_000)
  t.is(gate.retryAfterSeconds(), 6)
})

test('a counter that went back, as in a restored database, is no rate', t => {
  const gate = admission(limits)
  gate.see({ open: 0, machines: 0, payment: 0, ended: 50_000 }, 0)
  gate.see({ open: 1, machines: 1, payment: 0, ended: 10 }, 1_500)
  t.is(gate.limit(), leastLimit)
  t.is(gate.retryAfterSeconds(), undefined)
})

test('looks that take long show a rate, too: payments count, and capacity follows', t => {
  const gate = admission(limits)
  const lookEach = (ms: number, fromMs: number, perSecond: number, ended: number) => {
    for (let times = 1; times <= 10; times++)
      gate.see(
        { open: 4_000, machines: 3_000, payment: 1_000, ended: ended + (times * ms * perSecond) / 1_000 },
        fromMs + times * ms,
      )
  }
  lookEach(4_000, 0, 1_000, 0)
  t.is(gate.counted(), 4_000)
  t.is(gate.limit(), 3_000)
  lookEach(4_000, 40_000, 700, 40_000)
  t.true(gate.limit() < 2_110, `${gate.limit()}`)
})

test('a rate over an idle time says nothing of the capacity', t => {
  const gate = admission(limits)
  const orders = { open: 0, machines: 0, payment: 0 }
  for (let seconds = 0; seconds <= 10; seconds++) gate.see({ ...orders, ended: 2_000 * seconds }, seconds * 1_000)
  t.is(gate.limit(), 6_000)
  gate.see({ open: 900, machines: 900, payment: 0, ended: 20_100 }, 70_000)
  t.is(gate.limit(), 6_000)
})

test('when nothing ends any more, something is down: the limit stays what it was', t => {
  const shop = aShop(3_000)
  shop.run(30, 2_500)
  const before = shop.gates[0]?.limit() ?? 0
  shop.plant.isInventoryUp = false
  const [outage, later] = [shop.run(10, 500), shop.run(60, 500)]
  t.true(least(outage, 'limit') > 0.8 * before)
  t.is(least(later, 'limit'), outage.at(-1)?.limit ?? 0)
})

test('the limit is never above the ceiling, be it lower than the least limit', t => {
  const gate = admission({ ceiling: 100, waitMs: 3_000 })
  t.is(gate.limit(), 100)
  const orders = { machines: 0, payment: 0, ended: 0 }
  gate.see({ ...orders, open: 99 }, 0)
  t.is(gate.retryAfterSeconds(), undefined)
  gate.see({ ...orders, open: 100 }, 250)
  t.is(gate.retryAfterSeconds(), 30)
})

test('two looks in one moment are no rate', t => {
  const gate = admission(limits)
  gate.see({ open: 0, machines: 0, payment: 0, ended: 0 }, 0)
  gate.see({ open: 0, machines: 0, payment: 0, ended: 1_000 }, 10)
  t.is(gate.limit(), leastLimit)
})
