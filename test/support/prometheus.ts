import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { signIn, signOut } from '@docket/local/processes.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

export interface Alert {
  state: 'pending' | 'firing'
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface RunningPrometheus {
  alerts(): Promise<Alert[]>
  fires(name: string, labels?: Record<string, string>, withinMs?: number): Promise<Alert>
  isSilent(name?: string, withinMs?: number): Promise<void>
  stop(): Promise<void>
}

export interface PrometheusPlan {
  program: string
  folder: string
  targets: Readonly<Record<string, string>>
  rules: string
  /** Prometheus is stopped with the servers of this stack, so that none is left behind. */
  stackFolder: string
}

const often = '1s'

export async function startPrometheus({
  program,
  folder,
  targets,
  rules,
  stackFolder,
}: PrometheusPlan): Promise<RunningPrometheus> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'rules.yaml'), rules)
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    stringify({
      global: { scrape_interval: often, scrape_timeout: often, evaluation_interval: often },
      rule_files: ['rules.yaml'],
      scrape_configs: [
        {
          job_name: 'docket',
          honor_labels: true,
          static_configs: Object.entries(targets).map(([service, url]) => ({
            targets: [new URL(url).host],
            labels: { service },
          })),
        },
      ],
    }),
  )
  const url = `http://127.0.0.1:${(await freePorts(1))[0]}`
  const log = openSync(join(folder, 'prometheus.log'), 'a')
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${new URL(url).host}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', log, log] },
  )
  if (child.pid) signIn(stackFolder, 'prometheus', child.pid)

  const alerts = async () => (await fetchJson<{ alerts: Alert[] }>(child, `${url}/api/v1/alerts`)).alerts
  const firing = async (name?: string) =>
    (await alerts()).filter(
      ({ state, labels }) => state === 'firing' && (name === undefined || labels.alertname === name),
    )
  await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok)
  // before the first scrape, a counter has no value from which it could rise
  await until('Prometheus has looked at every service', async () => {
    const query = new URLSearchParams({ query: 'sum(up)' })
    const { result } = await fetchJson<{ result: { value: [number, string] }[] }>(child, `${url}/api/v1/query?${query}`)
    return Number(result[0]?.value[1]) === Object.keys(targets).length
  })
  return {
    alerts,
    fires: (name, labels = {}, withinMs) =>
      until(
        `the alert ${name} fires`,
        async () =>
          (await firing(name)).find(alert =>
            Object.entries(labels).every(([label, value]) => alert.labels[label] === value),
          ),
        withinMs,
      ),
    isSilent: (name, withinMs) =>
      until(`${name ?? 'every alert'} is silent`, async () => (await firing(name)).length === 0, withinMs).then(
        () => undefined,
      ),
    async stop() {
      signOut(stackFolder, 'prometheus')
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function fetchJson<T>(child: ChildProcess, url: string): Promise<T> {
  if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}; its log says why`)
  const { data } = (await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json()) as { data: T }
  return data
}

const secondsPer: Record<string, number> = { s: 1, m: 60, h: 3_600 }

export function faster(rules: string, times: number): string {
  const shorter = (duration: string) =>
    duration.replaceAll(
      /(\d+)([smh])/g,
      (_, count: string, unit: string) =>
        `${Math.max(1, Math.round((Number(count) * (secondsPer[unit] ?? 1)) / times))}s`,
    )
  const parsed = parse(rules) as { groups: { rules: { expr: string; for?: string }[] }[] }
  for (const { rules: some } of parsed.groups) {
    for (const rule of some) {
      rule.expr = rule.expr.replaceAll(/\[[^\]]*\]|\boffset \w+/g, shorter)
      if (rule.for !== undefined) rule.for = shorter(rule.for)
    }
  }
  return stringify(parsed)
}
