import test from 'ava'
import { explore, rules, type Rule, type World } from './saga-model.ts'

const bounds = { redeliveries: 1, deadLetters: 1 }

const endings: [World, what: string, string[]][] = [
  [
    'ordinary',
    'an order ends rightly, whatever comes in which order',
    [
      'cancelled, stock rejected, payment void',
      'cancelled, stock released, payment failed',
      'cancelled, stock released, payment refunded',
      'cancelled, stock released, payment void',
      'cancelled, stock void, payment void',
      'completed, stock committed, payment succeeded',
      'rejected, stock rejected, payment -',
    ],
  ],
  [
    'forged',
    'a payment for an order that never was is given back, and nothing else happens',
    ['-, stock -, payment -', 'tombstone, stock void, payment failed', 'tombstone, stock void, payment refunded'],
  ],
  [
    'lost',
    'an order that a restored database has lost holds neither stock nor money',
    ['-, stock rejected, payment -', 'tombstone, stock released, payment refunded'],
  ],
]

for (const [world, what, expected] of endings)
  test(`the model of the saga: ${what}`, t => {
    const { wrong, states, endings } = explore(world, bounds)
    t.deepEqual(wrong, undefined)
    t.log(`${states} states`)
    t.deepEqual(
      expected.filter(ending => !endings.has(ending)),
      [],
    )
  })

const noticedIn: Record<Rule, World> = {
  onlyPending: 'ordinary',
  stockTombstone: 'ordinary',
  paymentTombstone: 'ordinary',
  note: 'ordinary',
  unknownPaid: 'forged',
  unknownDeclined: 'lost',
  once: 'forged',
  collision: 'forged',
}

for (const [rule, world] of Object.entries(noticedIn) as [Rule, World][])
  test(`the model of the saga notices when a rule is left out: ${rules[rule]}`, t => {
    const { wrong } = explore(world, { ...bounds, without: rule })
    t.truthy(wrong)
    t.log(...(wrong?.what ?? []), '-', wrong?.steps.join('; ') ?? '')
  })
