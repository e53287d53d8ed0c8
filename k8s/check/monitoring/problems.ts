import type { Dashboard } from './dashboards.ts'
import { seriesOf, type KnownMetric } from './known-metrics.ts'
import { groupingsIn, selectorsIn } from './promql.ts'
import { allRules, type Rule, type RulesFile, readRuleTests } from './rules.ts'

export interface Monitoring {
  known: readonly KnownMetric[]
  services: readonly string[]
  rules: RulesFile
  tests: ReturnType<typeof readRuleTests>
  runbooks: readonly string[]
  dashboards: Readonly<Record<string, Dashboard>>
}

const severities = ['critical', 'warning']
const ofTheScrape = ['service', 'instance', 'job', 'namespace', 'pod', 'le'] // set by Prometheus, or on every series

export function monitoringProblems(all: Monitoring): string[] {
  const rules = allRules(all.rules)
  const names = rules.map(({ alert }) => alert)
  return [
    ...(rules.length === 0 ? ['there is no rule'] : []),
    ...names.filter((name, position) => names.indexOf(name) < position).map(name => `the alert ${name} is there twice`),
    ...rules.flatMap(rule => [
      ...ruleProblems(rule, all),
      ...seriesProblems(`the alert ${rule.alert}`, rule.expr, all.known),
    ]),
    ...all.runbooks.filter(page => !names.includes(page)).map(page => `docs/runbooks/${page}.md is about no alert`),
    ...serviceProblems(rules, all.services),
    ...all.known.filter(({ name }) => name.startsWith('docket_')).flatMap(nameProblems),
    ...Object.entries(all.dashboards).flatMap(([file, dashboard]) => dashboardProblems(file, dashboard, all.known)),
    ...twins(Object.values(all.dashboards).map(({ uid }) => uid)).map(uid => `two dashboards have the uid ${uid}`),
  ]
}

function ruleProblems({ alert, labels = {}, annotations = {} }: Rule, { runbooks, tests }: Monitoring): string[] {
  const page = `docs/runbooks/${alert}.md`
  const tried = tests.tests.flatMap(one => one.promql_expr_test ?? []).filter(({ expr }) => expr.includes(`"${alert}"`))
  return [
    ...(severities.includes(labels.severity ?? '')
      ? []
      : [`the alert ${alert} has no severity: ${severities.join(' or ')}`]),
    ...['summary', 'description'].filter(name => !annotations[name]).map(name => `the alert ${alert} has no ${name}`),
    ...(annotations.runbook_url === page ? [] : [`the runbook_url of the alert ${alert} is not ${page}`]),
    ...(runbooks.includes(alert) ? [] : [`the alert ${alert} has no page ${page}`]),
    ...(tried.some(({ exp_samples }) => exp_samples.length > 0)
      ? []
      : [`rules.test.yaml does not show ${alert} firing`]),
    ...(tried.some(({ exp_samples }) => exp_samples.length === 0)
      ? []
      : [`rules.test.yaml does not show ${alert} silent`]),
  ]
}

function seriesProblems(who: string, expression: string, known: readonly KnownMetric[]): string[] {
  const selectors = selectorsIn(expression)
  const metricOf = (name: string) => known.find(metric => seriesOf(metric).includes(name))
  const isKnown = (name: string) => name === 'up' || metricOf(name) !== undefined // up is Prometheus' own
  const labelsOf = (name: string) => [...(metricOf(name)?.labels ?? []), ...ofTheScrape]
  const ofAll = new Set(selectors.flatMap(({ name }) => labelsOf(name)))
  return [
    ...(selectors.length === 0 ? [`${who} looks at nothing: ${expression}`] : []),
    ...selectors
      .filter(({ name }) => !isKnown(name))
      .map(({ name }) => `${who} looks at ${name}, which no service shows`),
    ...selectors.flatMap(({ name, labels }) =>
      isKnown(name)
        ? labels
            .filter(label => !labelsOf(name).includes(label))
            .map(label => `${who} looks at the label ${label}, which ${name} does not have`)
        : [],
    ),
    ...groupingsIn(expression)
      .filter(label => !ofAll.has(label))
      .map(label => `${who} groups by the label ${label}, which none of its series has`),
  ]
}

/** Prometheus' own rules for names: https://prometheus.io/docs/practices/naming/. An id would be a series for each. */
function nameProblems({ name, type, labels }: KnownMetric): string[] {
  return [
    ...(type === 'counter' && !name.endsWith('_total') ? [`the counter ${name} does not end in _total`] : []),
    ...(type !== 'counter' && name.endsWith('_total') ? [`${name} ends in _total and is no counter`] : []),
    ...(/_(ms|millis|milliseconds|minutes|hours|kb|mb|percent)(_|$)/.test(name)
      ? [`${name} is not in a base unit: seconds, bytes, or a ratio`]
      : []),
    ...labels.filter(label => /(^|_)id$|Id$/.test(label)).map(label => `${name} has the label ${label}, an id`),
  ]
}

/** An alert about an unavailable service has to name it: an unavailable service exposes nothing. */
function serviceProblems(rules: Rule[], services: readonly string[]): string[] {
  const down = rules.find(({ alert }) => alert === 'ServiceDown')?.expr ?? ''
  const notReady = rules.find(({ alert }) => alert === 'ServiceNotReady')?.expr ?? ''
  const [, pattern = ''] = /service=~"([^"]*)"/.exec(notReady) ?? []
  return services.flatMap(service => [
    ...(down.includes(`"${service}"`) ? [] : [`the alert ServiceDown does not watch ${service}`]),
    ...(new RegExp(`^(?:${pattern})$`).test(service) ? [] : [`the alert ServiceNotReady does not watch ${service}`]),
  ])
}

function dashboardProblems(
  file: string,
  { uid, title, schemaVersion, templating, panels }: Dashboard,
  known: readonly KnownMetric[],
): string[] {
  const drawn = panels.filter(({ type }) => type !== 'row')
  return [
    ...(uid && title ? [] : [`${file} has no uid or no title`]),
    ...(schemaVersion >= 36 ? [] : [`${file} has no schemaVersion of Grafana 9 or newer`]),
    ...(templating.list.some(({ name, type }) => name === 'datasource' && type === 'datasource')
      ? []
      : [`${file} does not let its reader choose the data source`]),
    ...twins(panels.map(({ id }) => id)).map(id => `${file} has two panels ${id}`),
    ...drawn
      .filter(({ datasource }) => datasource?.uid !== '${datasource}')
      .map(panel => `${file}, panel ${panel.title}: its data source is not the chosen one`),
    ...drawn.filter(({ targets }) => !targets?.length).map(panel => `${file}, panel ${panel.title} draws nothing`),
    ...drawn.flatMap(panel =>
      (panel.targets ?? []).flatMap(({ expr }) => seriesProblems(`${file}, panel ${panel.title}`, expr, known)),
    ),
  ]
}

const twins = <T>(all: T[]) => all.filter((one, position) => all.indexOf(one) < position)

export function seriesLookedAt({ rules, dashboards }: Pick<Monitoring, 'rules' | 'dashboards'>): Set<string> {
  const expressions = [
    ...allRules(rules).map(({ expr }) => expr),
    ...Object.values(dashboards).flatMap(({ panels }) =>
      panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ),
  ]
  return new Set(
    expressions
      .flatMap(selectorsIn)
      .map(({ name }) => name)
      .filter(name => name !== 'up'),
  )
}
