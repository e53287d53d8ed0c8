/**
 * Checks dashboards, alert rules and runbooks: `npm run observability:check`. With --offline only what needs no promtool; that is part of `npm run check`.
 */
import { serviceNames } from '../local/addresses.ts'
import { theTool } from '../local/prometheus.ts'
import { dashboards } from './observability/dashboards.ts'
import { knownMetrics } from './observability/known.ts'
import { monitoringProblems } from './observability/problems.ts'
import { promtoolProblems } from './observability/promtool.ts'
import { allRules, readRules, readRuleTests, readRunbooks } from './observability/rules.ts'

const rules = readRules()
const count = allRules(rules).length

async function withPromtool(): Promise<string[]> {
  return promtoolProblems(await theTool('promtool', line => console.log(line)), dashboards)
}

try {
  const fits = monitoringProblems({ known: await knownMetrics(), services: serviceNames, rules, tests: readRuleTests(), runbooks: readRunbooks(), dashboards })
  const problems = process.argv.includes('--offline') ? fits : [...fits, ...await withPromtool()]
  console.log(problems.length === 0 ? `${count} alerts and ${Object.keys(dashboards).length} dashboards are as they must be` : problems.join('\n'))
  if (problems.length > 0) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
