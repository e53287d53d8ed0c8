import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '@docket/addresses/addresses.ts'
import { metrics as ofTheChassis, type Measure, type OwnMetric } from '@docket/chassis/metric-registry.ts'

export interface KnownMetric {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  labels: string[]
  service: string | undefined
}

interface MetricsModule {
  metrics: readonly OwnMetric[]
  measures?: (threshold: number) => readonly Measure[]
}

export async function knownMetrics(): Promise<KnownMetric[]> {
  const common = await of(undefined, [], [])
  const files = globSync('*-service/src/*.metrics.ts', { cwd: root }).sort()
  const own = await Promise.all(
    files.map(async file => {
      const { metrics, measures } = (await import(pathToFileURL(join(root, file)).href)) as MetricsModule
      const all = await of(file.slice(0, file.indexOf('/')), metrics, measures?.(0) ?? [])
      return all.filter(({ name }) => !common.some(one => one.name === name))
    }),
  )
  return [...common, ...own.flat()]
}

async function of(
  service: string | undefined,
  metrics: readonly OwnMetric[],
  measures: readonly Measure[],
): Promise<KnownMetric[]> {
  const { registry } = ofTheChassis('any', measures, metrics)
  return registry.getMetricsAsArray().map(found => {
    const { name, help, type, labelNames } = found as unknown as {
      name: string
      help: string
      type: KnownMetric['type']
      labelNames: string[]
    } // prom-client's types lack the last two
    return { name, help, type, labels: ['service', ...labelNames], service }
  })
}

export const seriesOf = ({ name, type }: KnownMetric) =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
