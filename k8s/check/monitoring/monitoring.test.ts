import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { stringify } from 'yaml'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { findTool, howToGetTools } from './prometheus.ts'
import { dashboards } from './dashboards.ts'
import { knownMetrics } from './known-metrics.ts'
import { monitoringProblems, type Monitoring } from './problems.ts'
import { promtool, promtoolProblems } from './promtool.ts'
import { groupingsIn, selectorsIn } from './promql.ts'
import { allRules, readRules, readRuleTests, readRunbooks, rulesTestFile, type Rule, type RulesFile } from './rules.ts'
import { slow } from '@docket/test/support/slow.ts'

// Rules, dashboards and pages as they are fit together; each mistake that is planted here must be noticed.

const asTheyAre = async (): Promise<Monitoring> =>
  structuredClone({
    known: await knownMetrics(),
    services: [...serviceNames],
    rules: readRules(),
    tests: readRuleTests(),
    runbooks: readRunbooks(),
    dashboards,
  })

test('rules, their tests, runbooks and dashboards fit together, and look at what services show', async t => {
  t.deepEqual(monitoringProblems(await asTheyAre()), [])
})

const stuck = (all: Monitoring): Rule => allRules(all.rules).find(({ alert }) => alert === 'OrdersStuck')!

const renamed = (from: string, to: string) => (all: Monitoring) =>
  void (all.known.find(({ name }) => name === from)!.name = to)

const mistakes: [what: string, plant: (all: Monitoring) => void, expected: RegExp][] = [
  [
    'a metric that no service exposes',
    all => {
      stuck(all).expr = 'docket_orders_stukc > 0'
    },
    /OrdersStuck looks at docket_orders_stukc, which no service shows/,
  ],
  [
    'a histogram without its suffix',
    all => {
      stuck(all).expr = 'rate(docket_order_duration_seconds[5m]) > 1'
    },
    /looks at docket_order_duration_seconds, which/,
  ],
  [
    'a label that the metric does not have',
    all => {
      stuck(all).expr = 'docket_orders_stuck{state="accepted"} > 0'
    },
    /looks at the label state, which docket_orders_stuck does not have/,
  ],
  [
    'a grouping by a label that there is not',
    all => {
      stuck(all).expr = 'max by (state) (docket_orders_stuck) > 0'
    },
    /groups by the label state/,
  ],
  [
    'an expression that looks at nothing',
    all => {
      stuck(all).expr = 'vector(1) > 0'
    },
    /OrdersStuck looks at nothing/,
  ],
  [
    'an alert without a severity',
    all => {
      stuck(all).labels = {}
    },
    /OrdersStuck has no severity/,
  ],
  [
    'an alert without a description',
    all => {
      delete stuck(all).annotations!.description
    },
    /OrdersStuck has no description/,
  ],
  [
    'a runbook_url that leads elsewhere',
    all => {
      stuck(all).annotations!.runbook_url = 'docs/runbooks/Stuck.md'
    },
    /runbook_url of the alert OrdersStuck is not/,
  ],
  [
    'an alert without a page',
    all => {
      all.runbooks = all.runbooks.filter(page => page !== 'OrdersStuck')
    },
    /OrdersStuck has no page/,
  ],
  [
    'a page without an alert',
    all => {
      all.runbooks = [...all.runbooks, 'Elsewhere']
    },
    /Elsewhere\.md is about no alert/,
  ],
  [
    'an alert that is never tried',
    all => {
      all.tests.tests = []
    },
    /does not show OrdersStuck firing[^]*does not show OrdersStuck silent/,
  ],
  [
    'an alert that is there twice',
    all => {
      all.rules.groups[0]!.rules.push(stuck(all))
    },
    /OrdersStuck is there twice/,
  ],
  [
    'a service that is not scraped',
    all => {
      all.services = [...all.services, 'gift-service']
    },
    /ServiceDown does not watch gift-service[^]*ServiceNotReady does not watch gift-service/,
  ],
  ['a counter that does not say so', renamed('docket_logins_total', 'docket_logins'), /docket_logins does not end in/],
  [
    'a gauge that says it is a counter',
    renamed('docket_ready', 'docket_ready_total'),
    /docket_ready_total .* no counter/,
  ],
  [
    'a time in milliseconds',
    renamed('docket_outbox_oldest_seconds', 'docket_outbox_oldest_ms'),
    /oldest_ms .* base unit/,
  ],
  [
    'a label that has an id',
    all => void all.known.find(({ name }) => name === 'docket_logins_total')!.labels.push('user_id'),
    /docket_logins_total has the label user_id, an id/,
  ],
  [
    'a panel about a metric that no service exposes',
    all => {
      all.dashboards['orders.json']!.panels[1]!.targets![0]!.expr = 'sum(docket_nothing)'
    },
    /orders\.json, panel Stuck looks at docket_nothing/,
  ],
  [
    'a panel that draws nothing',
    all => {
      all.dashboards['orders.json']!.panels[1]!.targets = []
    },
    /panel Stuck draws nothing/,
  ],
  [
    'a panel with a data source of its own',
    all => {
      all.dashboards['service.json']!.panels[1]!.datasource!.uid = 'P1809F7'
    },
    /its data source is not the chosen one/,
  ],
  [
    'a dashboard whose reader cannot choose',
    all => {
      all.dashboards['service.json']!.templating.list = []
    },
    /does not let its reader choose/,
  ],
  [
    'two dashboards with one uid',
    all => {
      all.dashboards['service.json']!.uid = 'docket-orders'
    },
    /two dashboards have the uid docket-orders/,
  ],
]

for (const [what, plant, expected] of mistakes) {
  test(`the check notices ${what}`, async t => {
    const all = await asTheyAre()
    plant(all)
    t.regex(monitoringProblems(all).join('\n'), expected)
  })
}

test('names are read from an expression, and nothing else is', t => {
  const expression =
    'sum by (service) (rate(a_total{status=~"5..", x="b_total > c"}[5m])) / on (service, topic) group_left (job) max(d offset 5m) unless (e:f > 1e3) and topk(5, g{h!="$service"})'
  t.deepEqual(selectorsIn(expression), [
    { name: 'a_total', labels: ['status', 'x'] },
    { name: 'd', labels: [] },
    { name: 'e:f', labels: [] },
    { name: 'g', labels: ['h'] },
  ])
  t.deepEqual(groupingsIn(expression), ['service', 'service', 'topic'])
})

const tool = findTool('promtool')
const slowlyMs = 300_000 // promtool computes for seconds, and the machine may be busy

/** One at a time, as each of them keeps a core busy. */
function withPromtool(title: string, work: (t: ExecutionContext, program: string) => Promise<void>): void {
  if (!tool) return test.skip(`${title} (left out: promtool is not there; ${howToGetTools})`, () => undefined)
  test.serial(title, t => {
    t.timeout(slowlyMs)
    return work(t, tool)
  })
}

withPromtool(
  'promtool is content with the rules, every test of them, and the expressions of the dashboards',
  async (t, program) => {
    t.deepEqual(await promtoolProblems(program, dashboards), [])
  },
)

async function noticed(program: string, change: (rule: Rule) => string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'docket-rules-'))
  try {
    const rules: RulesFile = readRules()
    for (const rule of allRules(rules)) rule.expr = change(rule)
    writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
    writeFileSync(join(folder, 'rules.test.yaml'), readFileSync(rulesTestFile))
    const { output } = await promtool(program, 'test', 'rules', join(folder, 'rules.test.yaml'))
    return [
      ...new Set([...output.matchAll(/expr: "ALERTS\{alertname=\\"(\w+)\\"/g)].map(([, name = '']) => name)),
    ].sort()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const names = allRules(readRules())
  .map(({ alert }) => alert)
  .sort()

withPromtool('the tests of the rules notice every rule that never fires', async (t, program) => {
  slow(t, 6, 'promtool runs all tests once for each rule')
  t.deepEqual(await noticed(program, () => 'vector(1) > 2'), names)
})

withPromtool('the tests of the rules notice every rule that always fires', async (t, program) => {
  slow(t, 6, 'promtool runs all tests once for each rule')
  t.deepEqual(await noticed(program, () => 'vector(1)'), names)
})
