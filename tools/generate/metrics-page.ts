/**
 * Writes docs/metrics.md from the metrics that the code declares; with --check it only compares. `npm run generate`
 * runs it.
 */
import { generated } from './generated-file.ts'
import { knownMetrics, type KnownMetric } from '@docket/k8s/check/monitoring/known-metrics.ts'

const all = await knownMetrics()
const isRuntime = ({ name }: KnownMetric) => /^(process|nodejs)_/.test(name)

// so that the page is the same wherever it is generated
const onlyOnLinux = ['process_virtual_memory_bytes', 'process_heap_bytes', 'process_open_fds', 'process_max_fds']

const row = ({ name, type, labels, help }: KnownMetric) =>
  `| \`${name}\` | ${type} | ${
    labels
      .filter(label => label !== 'service')
      .map(label => `\`${label}\``)
      .join(', ') || '–'
  } | ${help.replace(/\.$/, '')} |`

const table = (some: KnownMetric[]) =>
  ['| metric | type | labels | what it says |', '| --- | --- | --- | --- |', ...some.map(row)].join('\n')

const services = [
  ...Map.groupBy(
    all.filter(one => one.service !== undefined),
    one => one.service ?? '',
  ),
]

await generated(
  'docs/metrics.md',
  `<!-- Generated from the metrics of the chassis and the services by \`npm run generate\`. Do not edit. -->

# Metrics

Every service shows its own at \`/metrics\` of its port for operations (\`OPS_PORT\`), in Prometheus' text format. Times are in seconds, sizes in bytes; what ends in \`_total\` only grows. Each series has the label
\`service\`; a histogram gives \`_bucket\`, \`_sum\` and \`_count\`. No label holds an id. Counts are of this process: sum them over replicas. What is read from the database
(\`docket_outbox_*\`, \`docket_orders_stuck\`) is the same at every replica, so take the maximum; while the database is unavailable it is left out.

How they become dashboards and alerts: [observability.md](observability.md).

## Every service

${table(all.filter(one => one.service === undefined && !isRuntime(one)))}

${services.map(([service, some]) => `## ${service}\n\n${table(some)}\n`).join('\n')}
## Node and its process, every service

${table(all.filter(one => isRuntime(one) && !onlyOnLinux.includes(one.name)))}

On Linux also ${onlyOnLinux.map(name => `\`${name}\``).join(', ')}.
`,
  'the code declares',
)
