import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { overlay, parseManifests, render, type Manifest } from './kustomize.ts'
import { ruleProblems } from './manifest-rules.ts'
import { schemaProblems } from './manifest-schema.ts'

// The manifests as they are pass; each mistake that is planted here must be noticed. A check that finds nothing proves
// nothing.

const production = () => render(overlay('production'))

// any shape, on purpose: what is planted here is not as it should be
type Any = any // oxlint-disable-line typescript/no-explicit-any

function changed(kind: string, name: string, change: (spec: Any, manifest: Any) => void): Manifest[] {
  const all = structuredClone(production())
  const one = all.find(other => other.kind === kind && other.metadata.name === name)
  if (!one) throw new Error(`there is no ${kind} ${name}`)
  change(one.spec, one)
  return all
}

const orders = (change: Parameters<typeof changed>[2]) => changed('Deployment', 'order-service', change)
const pod = (change: (pod: Any, container: Any) => void) =>
  orders(spec => change(spec.template.spec, spec.template.spec.containers[0]))

for (const name of ['local', 'production']) {
  test(`the objects of ${name} are as they must be`, async t => {
    const all = render(overlay(name))
    t.true(all.length > 30)
    t.deepEqual((await Promise.all(all.map(schemaProblems))).flat(), [])
    t.deepEqual(ruleProblems(all, name), [])
  })
}

test('with a collector in the cluster every service sends its traces there, and may reach it', t => {
  const all = render(overlay('../components/tracing'), production())
  const services = all.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.tier === 'service')
  t.is(services.length, 5)
  for (const { spec } of services as Any[]) {
    const names = spec.template.spec.containers[0].env.map(({ name }: Any) => name)
    for (const name of ['PORT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) t.true(names.includes(name), name)
  }
  t.deepEqual(ruleProblems(all, 'production'), [])
})

test('with keys in a file every service reads them in a folder, whose files change when the ConfigMap does', t => {
  const all = render(overlay('../components/keys-in-a-file'), production())
  const services = all.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.tier === 'service')
  t.is(services.length, 5)
  for (const { spec } of services as Any[]) {
    const [{ env, volumeMounts }] = spec.template.spec.containers
    t.is(env.find(({ name }: Any) => name === 'JWKS_URL').value, 'file:///keys/jwks.json')
    t.true(env.some(({ name }: Any) => name === 'PORT'))
    const { name: volume, subPath } = volumeMounts.find(({ mountPath }: Any) => mountPath === '/keys')
    t.deepEqual([volume, subPath], ['keys', undefined])
    t.deepEqual(spec.template.spec.volumes.find(({ name }: Any) => name === 'keys').configMap, { name: 'jwks' })
  }
  t.deepEqual(ruleProblems(all, 'production'), [])
})

for (const service of serviceNames)
  test(`the Job that takes the schema of ${service} back is what its init container is, and as it must be`, async t => {
    const text = readFileSync(new URL('../migrate-down.yaml', import.meta.url), 'utf8')
      .replaceAll('SERVICE', service)
      .replaceAll('NUMBER', '"9", --yes')
      .replaceAll('IMAGE', `registry.example/docket/${service}:0.2.0`)
      .replace('generateName: migrate-down-', 'name: migrate-down')
    const [job] = parseManifests(text, 'migrate-down.yaml') as [Any]
    t.deepEqual(await schemaProblems(job), [])
    t.deepEqual(ruleProblems([...production(), job], 'production'), [])
    const { initContainers } = (
      production().find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === service) as Any
    ).spec.template.spec
    const [down] = job.spec.template.spec.containers
    const up = initContainers.find(({ name }: Any) => name === 'migrate')
    for (const part of ['envFrom', 'resources', 'securityContext', 'volumeMounts'])
      t.deepEqual(down[part], up[part], part)
    t.deepEqual(down.args, [...up.args, 'down', '--to', '9', '--yes'])
  })

const wrongForms: [what: string, all: Manifest[], expected: RegExp][] = [
  [
    'a field that there is not',
    orders(spec => {
      spec.replica = 2
    }),
    /\/spec\/replica: there is no such field/,
  ],
  [
    'a field that there is not, deep inside',
    pod((_, container) => {
      container.readinessProbe.httpGet.pth = '/'
    }),
    /httpGet\/pth: there is no such field/,
  ],
  [
    'a field at the wrong depth',
    pod((_, container) => {
      container.automountServiceAccountToken = false
    }),
    /containers\/0\/automountServiceAccountToken: there is no such field/,
  ],
  [
    'a word for a number',
    orders(spec => {
      spec.revisionHistoryLimit = 'three'
    }),
    /\/spec\/revisionHistoryLimit: must be integer/,
  ],
  [
    'a value that is none of those that there are',
    pod(spec => {
      spec.restartPolicy = 'Sometimes'
    }),
    /restartPolicy: must be equal to one of/,
  ],
  [
    'a field that is missing',
    orders(spec => {
      delete spec.selector
    }),
    /\/spec: must have required property selector/,
  ],
  [
    'a version that there is not',
    orders((_, one) => {
      one.apiVersion = 'apps/v7'
    }),
    /apps\/v7 Deployment is not known/,
  ],
  [
    'a kind that there is not',
    orders((_, one) => {
      one.kind = 'Deploiment'
    }),
    /Deploiment is not known/,
  ],
]

for (const [what, all, expected] of wrongForms) {
  test(`the schema notices ${what}`, async t => {
    t.regex((await Promise.all(all.map(schemaProblems))).flat().join('\n'), expected)
  })
}

const without = (kind: string, name: string) =>
  production().filter(one => one.kind !== kind || one.metadata.name !== name)

const wrongRules: [what: string, all: Manifest[], expected: RegExp][] = [
  [
    'a pod that may run as root',
    pod(spec => {
      spec.securityContext.runAsNonRoot = false
    }),
    /order-service may run as root/,
  ],
  [
    'a pod that runs as root',
    pod(spec => {
      spec.securityContext.runAsUser = 0
    }),
    /order-service may run as root/,
  ],
  [
    'a container that runs as root',
    pod((_, container) => {
      container.securityContext.runAsUser = 0
    }),
    /container service, may run as root/,
  ],
  [
    'a pod without seccomp',
    pod(spec => {
      delete spec.securityContext.seccompProfile
    }),
    /seccomp/,
  ],
  [
    'a token of a ServiceAccount',
    pod(spec => {
      delete spec.automountServiceAccountToken
    }),
    /is given a token/,
  ],
  [
    'a root file system that can be written to',
    pod((_, container) => {
      delete container.securityContext.readOnlyRootFilesystem
    }),
    /may write to its root/,
  ],
  [
    'capabilities',
    pod((_, container) => {
      container.securityContext.capabilities.add = ['NET_ADMIN']
    }),
    /keeps capabilities/,
  ],
  [
    'privileges to be gained',
    pod((_, container) => {
      container.securityContext.allowPrivilegeEscalation = true
    }),
    /may gain privileges/,
  ],
  [
    'the tag latest',
    pod((_, container) => {
      container.image = 'docket/order-service:latest'
    }),
    /without a fixed tag: docket\/order-service:latest/,
  ],
  [
    'an image without a tag',
    pod((_, container) => {
      container.image = 'registry.example:5000/docket/order-service'
    }),
    /without a fixed tag/,
  ],
  [
    'a container without a limit',
    pod((_, container) => {
      delete container.resources.limits
    }),
    /no limit of memory/,
  ],
  [
    'a container without requests',
    pod((_, container) => {
      delete container.resources.requests.cpu
    }),
    /does not say what it needs/,
  ],
  [
    'a missing probe',
    pod((_, container) => {
      delete container.livenessProbe
    }),
    /has no livenessProbe/,
  ],
  [
    'a liveness probe that depends on others',
    pod((_, container) => {
      container.livenessProbe.httpGet.path = '/readyz'
    }),
    /livenessProbe does not ask \/livez/,
  ],
  [
    'the network of the node',
    pod(spec => {
      spec.hostNetwork = true
    }),
    /shares a namespace with its node/,
  ],
  [
    'a folder of the node',
    pod(spec => {
      spec.volumes.push({ name: 'node', hostPath: { path: '/' } })
    }),
    /mounts a folder of its node/,
  ],
  [
    'a Secret that nothing creates',
    pod((_, container) => {
      container.envFrom[0].secretRef.name = 'kafca'
    }),
    /wants the Secret kafca/,
  ],
  [
    'an account that there is not',
    pod(spec => {
      spec.serviceAccountName = 'ordres'
    }),
    /names no ServiceAccount of its own/,
  ],
  [
    'a Service that leads nowhere',
    changed('Service', 'order-service', spec => {
      spec.selector = { 'app.kubernetes.io/name': 'ordres' }
    }),
    /leads to no pod/,
  ],
  [
    'a policy that selects no pod',
    changed('NetworkPolicy', 'keys', spec => {
      spec.podSelector.matchLabels = { tier: 'servise' }
    }),
    /NetworkPolicy keys is about no pod/,
  ],
  [
    'a policy that lets a stranger in',
    changed('NetworkPolicy', 'keys', spec => {
      spec.ingress[0].from[0].podSelector.matchLabels.tier = 'servise'
    }),
    /allows a pod that does not exist/,
  ],
  [
    'a policy that lets anybody in',
    changed('NetworkPolicy', 'keys', spec => {
      delete spec.ingress[0].from
    }),
    /allows any peer/,
  ],
  ['that nothing is denied', without('NetworkPolicy', 'default-deny'), /no NetworkPolicy denies everything/],
  [
    'a namespace that allows everything',
    changed('Namespace', 'docket', (_, one) => {
      delete one.metadata.labels['pod-security.kubernetes.io/enforce']
    }),
    /does not enforce restricted/,
  ],
  [
    'a service with one replica',
    without('HorizontalPodAutoscaler', 'order-service'),
    /order-service has fewer than two replicas/,
  ],
  [
    'an autoscaler and a number of replicas',
    orders(spec => {
      spec.replicas = 2
    }),
    /and so does an autoscaler/,
  ],
  [
    'a service that any maintenance may end',
    without('PodDisruptionBudget', 'order-service'),
    /has no PodDisruptionBudget/,
  ],
  [
    'replicas on one node',
    pod(spec => {
      delete spec.topologySpreadConstraints
    }),
    /is not spread over nodes/,
  ],
  [
    'a service that is killed too early',
    pod(spec => {
      spec.terminationGracePeriodSeconds = 10
    }),
    /is killed before it could end/,
  ],
  [
    'a service that may reach its database without TLS',
    pod(spec => {
      spec.initContainers.at(-1).env = []
    }),
    /container migrate, may reach its database without TLS/,
  ],
  [
    'a Secret in the repository',
    [...production(), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kafka', namespace: 'docket' } }],
    /Secret kafka is committed/,
  ],
  [
    'an object outside of the namespace',
    changed('ServiceAccount', 'management', (_, one) => {
      delete one.metadata.namespace
      one.kind = 'ConfigMap'
    }),
    /is not in the namespace/,
  ],
  ['an object that is there twice', [...production(), ...production().slice(-1)], /is there twice/],
]

for (const [what, all, expected] of wrongRules) {
  test(`the rules notice ${what}`, t => {
    t.regex(ruleProblems(all, 'production').join('\n'), expected)
  })
}

test('the command ends with 1, and says what is wrong, when an object is wrong', t => {
  const bad = JSON.stringify(
    pod(spec => {
      spec.hostNetwork = 'yes'
    }).find(({ kind, metadata }) => metadata.name === 'order-service' && kind === 'Deployment'),
  ) // also YAML
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'manifests.ts'), '--stdin', 'production'],
    { input: bad, encoding: 'utf8' },
  )
  t.is(status, 1)
  t.regex(stdout, /hostNetwork/)
})

test('a key that is there twice is refused', t => {
  t.throws(() => parseManifests('kind: Service\nkind: Pod\n', 'x.yaml'), { message: /x\.yaml.*unique/s })
})

test('what the renderer does not know is refused', t => {
  t.throws(() => render(join(import.meta.dirname, '../nowhere')), { message: /nowhere/ })
})

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0

/**
 * An object with its lists in one order: kubectl puts members that a patch adds in front, and the order of these says
 * nothing.
 */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, one]) => [key, inOrder(one)]),
  )
}

for (const name of ['local', 'production'] as const) {
  ;(hasKubectl ? test : test.skip)(`our renderer makes of ${name} what kubectl makes of it`, async t => {
    const { stdout } = await promisify(execFile)('kubectl', ['kustomize', overlay(name)], { maxBuffer: 4_000_000 })
    t.deepEqual(inOrder(render(overlay(name))), inOrder(parseManifests(stdout, 'kubectl')))
  })
}

;(hasKubectl ? test : test.skip)(
  'our renderer makes of production with monitoring what kubectl makes of it',
  async t => {
    // kubectl accepts only what is below or beside
    const folder = mkdtempSync(join(overlay('.'), '../.with-monitoring-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      'kind: Kustomization\nresources: [../overlays/production]\ncomponents: [../components/monitoring]\n',
    )
    const { stdout } = await promisify(execFile)('kubectl', ['kustomize', folder], { maxBuffer: 4_000_000 })
    const all = render(folder)
    t.deepEqual(inOrder(all), inOrder(parseManifests(stdout, 'kubectl')))
    t.like(
      all.find(({ kind }) => kind === 'ConfigMap'),
      { metadata: { name: 'docket-dashboards', namespace: 'docket', labels: { grafana_dashboard: '1' } } },
    )
    t.deepEqual((await Promise.all(all.map(schemaProblems))).flat(), [])
  },
)
