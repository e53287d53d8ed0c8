// The two dashboards of Grafana, as rows of panels; `npm run generate` makes the JSON of
// k8s/components/monitoring/dashboards/ of them.

interface Query {
  expr: string
  legend: string
}

interface PanelPlan {
  title: string
  description: string
  /** A unit of Grafana: s, short, ops, percentunit, bytes. */
  unit: string
  queries: Query[]
  type?: 'timeseries' | 'stat'
}

interface DashboardPlan {
  uid: string
  title: string
  description: string
  perService: boolean
  rows: [title: string, panels: PanelPlan[]][]
}

const rate = (series: string, by: string) => `sum by (${by}) (rate(${series}[$__rate_interval]))`
const quantile = (of: number, histogram: string, by: string, matchers = '') =>
  `histogram_quantile(${of}, sum by (${by}, le) (rate(${histogram}_bucket${matchers}[$__rate_interval])))`
const quantiles = (histogram: string, by: string, legend: string, matchers = ''): Query[] =>
  [0.5, 0.99].map(of => ({ expr: quantile(of, histogram, by, matchers), legend: `p${of * 100} ${legend}` }))

const chosen = '{service=~"$service"}'

const orders: DashboardPlan = {
  uid: 'docket-orders',
  title: 'Docket / Orders',
  description: 'The flow of orders, for operators: are they arriving, completing, waiting',
  perService: false,
  rows: [
    [
      'Now',
      [
        {
          title: 'Stuck',
          description: 'Above 0: mgmt orders list --stuck says why',
          unit: 'short',
          type: 'stat',
          queries: [{ expr: 'max by (status) (docket_orders_stuck)', legend: '{{status}}' }],
        },
        {
          title: 'Dead letters in the last hour',
          description: 'Above 0: mgmt dlq list',
          unit: 'short',
          type: 'stat',
          queries: [{ expr: 'sum(increase(docket_dead_letters_total[1h]))', legend: 'dead-lettered' }],
        },
        {
          title: 'Payment provider',
          description: '1: it is called only once a second, because every call failed',
          unit: 'short',
          type: 'stat',
          queries: [{ expr: 'max(docket_provider_breaker_open)', legend: 'breaker open' }],
        },
        {
          title: 'Replicas ready',
          description: 'By service',
          unit: 'short',
          type: 'stat',
          queries: [{ expr: 'sum by (service) (docket_ready)', legend: '{{service}}' }],
        },
      ],
    ],
    [
      'Orders',
      [
        {
          title: 'Created and ended',
          description: 'A lasting gap between the two lines means waiting orders',
          unit: 'ops',
          queries: [
            { expr: 'sum(rate(docket_orders_created_total[$__rate_interval]))', legend: 'created' },
            { expr: 'sum(rate(docket_orders_ended_total[$__rate_interval]))', legend: 'ended' },
          ],
        },
        {
          title: 'How they end',
          description: 'By status and reason',
          unit: 'ops',
          queries: [{ expr: rate('docket_orders_ended_total', 'status, reason'), legend: '{{status}} {{reason}}' }],
        },
        {
          title: 'From created to ended',
          description: 'Half of the orders, and all but one in a hundred',
          unit: 's',
          queries: quantiles('docket_order_duration_seconds', 'status', '{{status}}'),
        },
        {
          title: 'From created to each step',
          description: 'Orders wait at the first step that is late',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'docket_order_step_seconds', 'step'), legend: 'p99 {{step}}' }],
        },
      ],
    ],
    [
      'What keeps them',
      [
        {
          title: 'Lag by service and topic',
          description: 'Records waiting to be handled',
          unit: 'short',
          queries: [{ expr: 'sum by (service, topic) (docket_consumer_lag_records)', legend: '{{service}} {{topic}}' }],
        },
        {
          title: 'Oldest event in the outbox',
          description: 'Grows while Kafka is unavailable or a relay does not run',
          unit: 's',
          queries: [{ expr: 'max by (service) (docket_outbox_oldest_seconds)', legend: '{{service}}' }],
        },
        {
          title: 'Calls of the payment provider',
          description: 'By how they ended',
          unit: 'ops',
          queries: [{ expr: rate('docket_provider_request_duration_seconds_count', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'Time of a call of the payment provider',
          description: 'By request',
          unit: 's',
          queries: quantiles('docket_provider_request_duration_seconds', 'call', '{{call}}'),
        },
        {
          title: 'Orders without stock',
          description: 'By reason',
          unit: 'ops',
          queries: [{ expr: rate('docket_stock_rejections_total', 'reason'), legend: '{{reason}}' }],
        },
        {
          title: 'Dead letters',
          description: 'By consumer and reason',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (service, topic, reason) (increase(docket_dead_letters_total[$__rate_interval])) > 0',
              legend: '{{service}} {{topic}} {{reason}}',
            },
          ],
        },
      ],
    ],
    [
      'Logins and sign-ups',
      [
        {
          title: 'Logins',
          description: 'Limited: too many failed attempts',
          unit: 'ops',
          queries: [{ expr: rate('docket_logins_total', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'Sign-ups',
          description: 'Limited: too many from one address',
          unit: 'ops',
          queries: [{ expr: rate('docket_signups_total', 'outcome'), legend: '{{outcome}}' }],
        },
      ],
    ],
  ],
}

const service: DashboardPlan = {
  uid: 'docket-service',
  title: 'Docket / Service',
  description: 'One service from the inside, for developers',
  perService: true,
  rows: [
    [
      'Requests',
      [
        {
          title: 'Requests by route',
          description: 'Answers a second',
          unit: 'ops',
          queries: [
            {
              expr: rate(`http_request_duration_seconds_count${chosen}`, 'service, method, route'),
              legend: '{{service}} {{method}} {{route}}',
            },
          ],
        },
        {
          title: 'Answers by status',
          description: '503: a dependency is unavailable, or a limit is reached; 500: a bug',
          unit: 'ops',
          queries: [
            {
              expr: rate(`http_request_duration_seconds_count${chosen}`, 'service, status'),
              legend: '{{service}} {{status}}',
            },
          ],
        },
        {
          title: 'Time to answer',
          description: 'Streams count until they open',
          unit: 's',
          queries: quantiles('http_request_duration_seconds', 'service', '{{service}}', chosen),
        },
        {
          title: 'Slowest routes',
          description: 'All but one in a hundred',
          unit: 's',
          queries: [
            {
              expr: `topk(5, ${quantile(0.99, 'http_request_duration_seconds', 'service, method, route', chosen)})`,
              legend: '{{service}} {{method}} {{route}}',
            },
          ],
        },
      ],
    ],
    [
      'Events',
      [
        {
          title: 'Handled and sent',
          description: 'Events a second',
          unit: 'ops',
          queries: [
            { expr: rate(`docket_events_handled_total${chosen}`, 'service'), legend: 'handled {{service}}' },
            { expr: rate(`docket_relay_events_total${chosen}`, 'service'), legend: 'sent {{service}}' },
          ],
        },
        {
          title: 'Time to handle a batch',
          description: 'One transaction',
          unit: 's',
          queries: quantiles('docket_batch_duration_seconds', 'service', '{{service}}', chosen),
        },
        {
          title: 'From published to handled',
          description: 'Outbox, relay, Kafka, consumer and handler together',
          unit: 's',
          queries: [
            {
              expr: quantile(0.99, 'docket_event_delivery_seconds', 'service, type', chosen),
              legend: 'p99 {{service}} {{type}}',
            },
          ],
        },
        {
          title: 'Lag by topic',
          description: 'As of the last poll',
          unit: 'short',
          queries: [
            { expr: `sum by (service, topic) (docket_consumer_lag_records${chosen})`, legend: '{{service}} {{topic}}' },
          ],
        },
        {
          title: 'Outbox',
          description: 'Rows waiting to be sent',
          unit: 'short',
          queries: [{ expr: `max by (service) (docket_outbox_rows${chosen})`, legend: '{{service}}' }],
        },
        {
          title: 'Relay',
          description: 'Batches and failures a second',
          unit: 'ops',
          queries: [
            { expr: rate(`docket_relay_batches_total${chosen}`, 'service'), legend: 'batches {{service}}' },
            { expr: rate(`docket_relay_failures_total${chosen}`, 'service'), legend: 'failures {{service}}' },
          ],
        },
        {
          title: 'Sweeps that fail',
          description: 'In a row, and a second',
          unit: 'short',
          queries: [
            {
              expr: `max by (service, sweep) (docket_sweep_consecutive_failures${chosen})`,
              legend: 'in a row {{service}} {{sweep}}',
            },
            {
              expr: rate(`docket_sweep_failures_total${chosen}`, 'service, sweep'),
              legend: 'a second {{service}} {{sweep}}',
            },
          ],
        },
      ],
    ],
    [
      'Database',
      [
        {
          title: 'Connections',
          description: 'Of the pools for requests (web) and events (work)',
          unit: 'short',
          queries: [
            {
              expr: `sum by (service, pool, state) (docket_database_connections${chosen})`,
              legend: '{{service}} {{pool}} {{state}}',
            },
          ],
        },
        {
          title: 'Waiting for a connection',
          description: 'If this is often above 0, the pool is too small, or statements are slow',
          unit: 'short',
          queries: [
            {
              expr: `sum by (service, pool) (docket_database_connections_waiting${chosen})`,
              legend: '{{service}} {{pool}}',
            },
          ],
        },
        {
          title: 'What it needs',
          description: '0: unavailable',
          unit: 'short',
          queries: [
            {
              expr: `min by (service, dependency) (docket_dependency_up${chosen})`,
              legend: '{{service}} {{dependency}}',
            },
          ],
        },
      ],
    ],
    [
      'Process',
      [
        {
          title: 'Processor',
          description: '1 is one core',
          unit: 'short',
          queries: [
            {
              expr: rate(`process_cpu_seconds_total${chosen}`, 'service, instance'),
              legend: '{{service}} {{instance}}',
            },
          ],
        },
        {
          title: 'Memory',
          description: 'Resident, and the part of it that is JavaScript',
          unit: 'bytes',
          queries: [
            { expr: `process_resident_memory_bytes${chosen}`, legend: 'resident {{service}} {{instance}}' },
            { expr: `nodejs_heap_size_used_bytes${chosen}`, legend: 'heap {{service}} {{instance}}' },
          ],
        },
        {
          title: 'Event loop',
          description: 'How late it is: above 0.25 s everything waits',
          unit: 's',
          queries: [{ expr: `nodejs_eventloop_lag_p99_seconds${chosen}`, legend: 'p99 {{service}} {{instance}}' }],
        },
        {
          title: 'Garbage collection',
          description: 'Share of the time',
          unit: 'percentunit',
          queries: [
            { expr: rate(`nodejs_gc_duration_seconds_sum${chosen}`, 'service, kind'), legend: '{{service}} {{kind}}' },
          ],
        },
      ],
    ],
  ],
}

const datasource = { type: 'prometheus', uid: '${datasource}' }
const [across, statHeight, height] = [24, 4, 8]

export interface Dashboard {
  uid: string
  title: string
  schemaVersion: number
  templating: { list: { name: string; type: string }[] }
  panels: Panel[]
  [field: string]: unknown
}

interface Panel {
  id: number
  type: string
  title: string
  datasource?: { uid: string }
  targets?: { expr: string }[]
  [field: string]: unknown
}

function panelsOf({ rows }: DashboardPlan) {
  const panels: Panel[] = []
  let y = 0
  for (const [title, plans] of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      gridPos: { x: 0, y: y++, w: across, h: 1 },
      collapsed: false,
      panels: [],
    })
    const isStats = plans.every(({ type }) => type === 'stat')
    const perLine = isStats ? plans.length : 2
    const [w, h] = [across / perLine, isStats ? statHeight : height]
    plans.forEach(({ title, description, unit, queries, type = 'timeseries' }, position) => {
      const line = Math.floor(position / perLine)
      panels.push({
        id: panels.length + 1,
        type,
        title,
        datasource,
        gridPos: { x: (position % perLine) * w, y: y + line * h, w, h },
        description,
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        targets: queries.map(({ expr, legend }, number) => ({
          refId: String.fromCodePoint(65 + number),
          datasource,
          expr,
          legendFormat: legend,
        })),
      })
    })
    y += Math.ceil(plans.length / perLine) * h
  }
  return panels
}

function dashboard(plan: DashboardPlan): Dashboard {
  const source = {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    current: {},
    hide: 0,
  }
  const services = {
    name: 'service',
    label: 'Service',
    type: 'query',
    datasource,
    query: 'label_values(docket_ready, service)',
    definition: 'label_values(docket_ready, service)',
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    current: {},
    hide: 0,
  }
  return {
    uid: plan.uid,
    title: plan.title,
    schemaVersion: 39,
    templating: { list: plan.perService ? [source, services] : [source] },
    panels: panelsOf(plan),
    description: plan.description,
    tags: ['docket'],
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    annotations: { list: [] },
    links: [],
  }
}

export const dashboards: Readonly<Record<string, Dashboard>> = {
  'orders.json': dashboard(orders),
  'service.json': dashboard(service),
}
