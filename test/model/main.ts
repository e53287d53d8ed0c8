/**
 * Explores the model of fulfilment and of waiting for stock:
 *
 *     npm run model                             the small scenarios: every state, less than a minute
 *     npm run model -- --all                    all scenarios: minutes, and about a gigabyte
 *     npm run model -- --without-each           leaves out each rule in turn: every one must be noticed
 *     npm run model -- --without RULE,RULE      the shortest way to what goes wrong without these rules
 *     npm run model -- --scenario NAME,NAME     some scenarios
 *     npm run model -- --list                   the scenarios and the rules
 *
 * Exit status 1 when a bad state is found, or a rule is left out and that is not noticed; 2 for a name that is unknown.
 */
import { parseArgs } from 'node:util'
import type { Found } from './engine/search.ts'
import {
  allScenarios,
  needless,
  noticedIn,
  rules,
  run,
  scenariosFor,
  smallScenarios,
  type AnyRule,
  type AnyScenario,
} from './models.ts'

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    'without-each': { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    scenario: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
})

const allRules = Object.keys(rules) as AnyRule[]
const without = named(values.without, allRules, 'rule')
const chosen = named(values.scenario, allScenarios, 'scenario')

/** The names of a list, which exist. */
function named<T extends string>(list: string, known: readonly T[], what: string): T[] {
  const names = list.split(',').filter(Boolean)
  const unknown = names.find(name => !known.some(one => one === name))
  if (unknown !== undefined) {
    console.error(`no ${what} ${unknown}: npm run model -- --list`)
    process.exit(2)
  }
  return names as T[]
}

function list(): void {
  console.log('Scenarios:\n')
  for (const name of allScenarios) console.log(`  ${name}${smallScenarios.includes(name) ? '' : ' (large)'}`)
  console.log('\nRules:\n')
  for (const rule of allRules) console.log(`  ${rule.padEnd(25)}${rules[rule]}`)
}

/** Whether no state is bad. */
function exploreAll(): boolean {
  const known = without[0] && noticedIn[without[0]]
  const names = chosen.length > 0 ? chosen : values.all ? allScenarios : known ? [known] : smallScenarios
  const began = performance.now()
  let states = 0
  for (const name of names) {
    const found = run(name, without)
    states += found.states
    console.log(inOneLine(name, found))
    if (!found.wrong && !found.isTooLarge) continue
    console.log(found.wrong ? traceOf(found) : `\n${name} has more states than that: the search has ended`)
    return false
  }
  console.log(`\n${states.toLocaleString('en')} states in ${secondsSince(began)} s, none is bad`)
  return true
}

/** Whether every rule is noticed when it is left out, but those that are known to be needless. */
function withoutEach(): boolean {
  const began = performance.now()
  const wrong = allRules.filter(rule => {
    const noticed = firstNotice(rule)
    const reason = needless[rule]
    const line = noticed ? `${noticed.name}, ${noticed.what}` : reason ? `not noticed: ${reason}` : 'NOT NOTICED'
    console.log(`${rule.padEnd(25)}${line}${noticed && reason ? '\n  NOTICED, though it is listed as needless' : ''}`)
    return (noticed === undefined) === (reason === undefined)
  })
  console.log(
    wrong.length === 0
      ? `\n${allRules.length} rules, each left out in ${secondsSince(began)} s: all noticed but ${Object.keys(needless).length} needless ones`
      : `\nnot as expected: ${wrong.join(', ')}`,
  )
  return wrong.length === 0
}

function firstNotice(rule: AnyRule): { name: AnyScenario; what: string } | undefined {
  for (const name of scenariosFor(rule)) {
    const { wrong } = run(name, [rule], 500_000)
    if (wrong) return { name, what: `${wrong.trace.length} steps: ${wrong.what.join('; ')}` }
  }
  return undefined
}

const inOneLine = (name: string, { states, steps, seconds, endings }: Found) =>
  `${name.padEnd(22)}${states.toLocaleString('en').padStart(12)} states${steps.toLocaleString('en').padStart(12)} steps  ${seconds.toFixed(1).padStart(5)} s  ${endings.size} endings`

const traceOf = ({ wrong }: Found) =>
  [
    `\nBAD: ${wrong?.what.join('; ')}\n`,
    ...(wrong?.trace ?? []).map((step, index) => `${String(index + 1).padStart(4)}. ${step}`),
  ].join('\n')

const secondsSince = (beganMs: number) => ((performance.now() - beganMs) / 1_000).toFixed(0)

if (values.list) list()
else if (values['without-each']) process.exitCode = withoutEach() ? 0 : 1
else process.exitCode = exploreAll() ? 0 : 1
