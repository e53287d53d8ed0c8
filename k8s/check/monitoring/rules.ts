import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { parse } from 'yaml'

export interface Rule {
  alert: string
  expr: string
  for?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

export interface RulesFile {
  groups: { name: string; rules: Rule[] }[]
}

interface TestsFile {
  tests: { promql_expr_test?: { expr: string; exp_samples: { labels: string }[] }[] }[]
}

const monitoring = join(root, 'k8s/components/monitoring')
export const rulesFile = join(monitoring, 'rules.yaml')
export const rulesTestFile = join(monitoring, 'rules.test.yaml')

export const readRules = (): RulesFile => parse(readFileSync(rulesFile, 'utf8')) as RulesFile
export const readRuleTests = (): TestsFile => parse(readFileSync(rulesTestFile, 'utf8')) as TestsFile
export const allRules = ({ groups }: RulesFile): Rule[] => groups.flatMap(({ rules }) => rules)

export const readRunbooks = (): string[] =>
  globSync('docs/runbooks/*.md', { cwd: root })
    .map(path => path.slice('docs/runbooks/'.length, -'.md'.length))
    .sort()
