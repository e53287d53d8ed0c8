/**
 * Checks dashboards, alert rules and runbooks: `npm run observability:check`. With --offline only what needs no
 * promtool; that is part of `npm run check`.
 */
import { serviceNames } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { theTool } from './prometheus.ts'
import { dashboards } from './dashboards.ts'
import { knownMetrics } from './known-metrics.ts'
import { monitoringProblems } from './problems.ts'
import { promtoolProblems } from './promtool.ts'
import { allRules, readRules, readRuleTests, readRunbooks } from './rules.ts'

const rules = readRules()
const count = allRules(rules).length

async function withPromtool(): Promise<string[]> {
  return promtoolProblems(await theTool('promtool', line => console.log(line)), dashboards)
}

try {
  const fits = monitoringProblems({
    known: await knownMetrics(),
    services: serviceNames,
    rules,
    tests: readRuleTests(),
    runbooks: readRunbooks(),
    dashboards,
  })
  const problems = process.argv.includes('--offline') ? fits : [...fits, ...(await withPromtool())]
  console.log(
    problems.length === 0
      ? `${count} alerts and ${Object.keys(dashboards).length} dashboards are as they must be`
      : problems.join('\n'),
  )
  if (problems.length > 0) process.exitCode = 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
