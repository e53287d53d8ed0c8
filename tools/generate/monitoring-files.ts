/**
 * Writes what the monitoring component of k8s/ needs from the alert rules and the dashboards; with --check it only
 * compares. `npm run generate` runs it.
 */
import { stringify } from 'yaml'
import { generated } from './generated-file.ts'
import { dashboards } from '@docket/k8s/check/monitoring/dashboards.ts'
import { readRules } from '@docket/k8s/check/monitoring/rules.ts'

const folder = 'k8s/components/monitoring'

const object = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'docket' },
  spec: readRules(),
}
await generated(
  `${folder}/alerts.yaml`,
  `# Generated from rules.yaml by \`npm run generate\`. Do not edit.\n${stringify(object, { lineWidth: 0 })}`,
  'rules.yaml says',
)

for (const [name, dashboard] of Object.entries(dashboards)) {
  await generated(
    `${folder}/dashboards/${name}`,
    `${JSON.stringify(dashboard, null, 2)}\n`,
    'k8s/check/monitoring/dashboards.ts says',
  )
}
