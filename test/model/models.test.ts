import test from 'ava'
import { needless, noticedIn, rules, run, smallScenarios, type AnyRule, type AnyScenario } from './models.ts'

for (const name of smallScenarios)
  test(`the model of fulfilment has no bad state: ${name}`, t => {
    const { wrong, states, isTooLarge } = run(name)
    t.is(wrong, undefined)
    t.false(isTooLarge)
    t.log(`${states} states`)
  })

for (const [rule, name] of Object.entries(noticedIn) as [AnyRule, AnyScenario][])
  test(`the model of fulfilment notices when ${rule} is left out: ${rules[rule]}`, t => {
    const { wrong } = run(name, [rule], 100_000)
    t.truthy(wrong)
    t.log(`${wrong?.trace.length} steps in ${name}: ${wrong?.what.join('; ')}`)
  })

test('each rule of the model of fulfilment is known to be noticed, or to be needless and why', t => {
  const known = new Set(Object.keys({ ...noticedIn, ...needless }))
  t.deepEqual(
    Object.keys(rules).filter(rule => !known.has(rule)),
    [],
  )
  t.deepEqual(
    Object.keys(needless).filter(rule => rule in noticedIn),
    [],
  )
})
