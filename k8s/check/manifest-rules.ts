import type { Manifest } from './kustomize.ts'

interface Probe {
  httpGet?: { path?: string }
  tcpSocket?: object
}

interface Container {
  name: string
  image?: string
  envFrom?: { secretRef?: { name: string; optional?: boolean } }[]
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; optional?: boolean } } }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  securityContext?: Record<string, unknown> & { capabilities?: { drop?: string[]; add?: string[] } }
  startupProbe?: Probe
  readinessProbe?: Probe
  livenessProbe?: Probe
}

interface PodSpec {
  containers?: Container[]
  initContainers?: Container[]
  serviceAccountName?: string
  automountServiceAccountToken?: boolean
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type?: string } }
  terminationGracePeriodSeconds?: number
  topologySpreadConstraints?: unknown[]
  volumes?: { name: string; hostPath?: object; secret?: { secretName?: string } }[]
  hostNetwork?: boolean
  hostPID?: boolean
  hostIPC?: boolean
}

interface Workload {
  manifest: Manifest
  label: string
  labels: Record<string, string>
  pod: PodSpec
  containers: Container[]
}

interface Spec {
  replicas?: number
  minReplicas?: number
  scaleTargetRef?: { name: string }
  template?: { metadata?: { labels?: Record<string, string> }; spec?: PodSpec }
}

const specOf = (manifest: Manifest) => (manifest.spec ?? {}) as Spec & Record<string, unknown>
const selectorOf = (manifest: Manifest) => specOf(manifest).selector as Record<string, string> | undefined
const labelsOf = (manifest: Manifest) =>
  (specOf(manifest).selector as { matchLabels?: Record<string, string> } | undefined)?.matchLabels

function workloadsIn(all: Manifest[]): Workload[] {
  return all.flatMap(manifest => {
    const { template } = specOf(manifest)
    if (!template) return []
    const pod = template.spec ?? {}
    const containers = [...(pod.initContainers ?? []), ...(pod.containers ?? [])]
    return [
      {
        manifest,
        label: `${manifest.kind} ${manifest.metadata.name}`,
        labels: template.metadata?.labels ?? {},
        pod,
        containers,
      },
    ]
  })
}

/** Secrets that are made at deploy time: bin/deploy-k8s-local.sh, k8s/README.md. */
const secretsOf = (overlay: string) =>
  new Set([
    'kafka',
    'kafka-mgmt',
    ...['user', 'order', 'inventory', 'payment', 'shipping'].map(service => `kafka-${service}-service`),
    'user-service',
    'order-service',
    'inventory-service',
    'payment-service',
    'shipping-service',
    'management',
    ...(overlay === 'local' ? ['postgres', 'mariadb'] : []),
  ])

export function ruleProblems(all: Manifest[], overlay: string): string[] {
  const workloads = workloadsIn(all)
  return [
    ...workloads.flatMap(one => [...podProblems(one), ...containerProblems(one), ...nameProblems(one, all, overlay)]),
    ...workloads.flatMap(one => probeProblems(one, all)),
    ...all.flatMap(one => objectProblems(one, workloads)),
    ...networkProblems(all, workloads),
    ...(overlay === 'production' ? workloads.flatMap(one => productionProblems(one, all)) : []),
    ...twins(all),
  ]
}

function podProblems({ label, pod }: Workload): string[] {
  const { securityContext: context = {} } = pod
  return [
    ...(context.runAsNonRoot === true && context.runAsUser !== 0 ? [] : [`${label} may run as root`]),
    ...(context.seccompProfile?.type === 'RuntimeDefault' ? [] : [`${label} has no seccomp profile RuntimeDefault`]),
    ...(pod.automountServiceAccountToken === false ? [] : [`${label} is given a token of its ServiceAccount`]),
    ...(pod.hostNetwork || pod.hostPID || pod.hostIPC ? [`${label} shares a namespace with its node`] : []),
    ...(pod.volumes ?? [])
      .filter(volume => volume.hostPath)
      .map(volume => `${label} mounts a folder of its node: ${volume.name}`),
  ]
}

const fixedTag = /^[^:@]+(?:[:][^:@/]+)?(?:@sha256:[0-9a-f]{64})$|^(?:[^/]+\/)*[^:/@]+:(?!latest$)[^:/@]+$/

function containerProblems({ label, containers }: Workload): string[] {
  return containers.flatMap(({ name, image = '', resources = {}, securityContext: context = {} }) => {
    const who = `${label}, container ${name},`
    return [
      ...(fixedTag.test(image) ? [] : [`${who} has an image without a fixed tag: ${image}`]),
      ...(context.allowPrivilegeEscalation === false && !context.privileged ? [] : [`${who} may gain privileges`]),
      ...(context.readOnlyRootFilesystem === true ? [] : [`${who} may write to its root file system`]),
      ...(context.capabilities?.drop?.includes('ALL') && !context.capabilities.add
        ? []
        : [`${who} keeps capabilities`]),
      ...(context.runAsNonRoot === false || context.runAsUser === 0 ? [`${who} may run as root`] : []),
      ...(resources.requests?.cpu && resources.requests.memory ? [] : [`${who} does not say what it needs (requests)`]),
      ...(resources.limits?.memory ? [] : [`${who} has no limit of memory`]),
    ]
  })
}

function nameProblems({ label, pod, containers }: Workload, all: Manifest[], overlay: string): string[] {
  const made = secretsOf(overlay)
  const named = containers.flatMap(({ envFrom = [], env = [] }) => [
    ...envFrom.flatMap(({ secretRef }) => (secretRef ? [secretRef.name] : [])),
    ...env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef ? [valueFrom.secretKeyRef.name] : [])),
  ])
  const has = (kind: string, name: string | undefined) =>
    all.some(one => one.kind === kind && one.metadata.name === name)
  return [
    ...(has('ServiceAccount', pod.serviceAccountName)
      ? []
      : [`${label} names no ServiceAccount of its own: ${pod.serviceAccountName ?? 'default'}`]),
    ...named.filter(name => !made.has(name)).map(name => `${label} wants the Secret ${name}, which nothing creates`),
  ]
}

const selects = (selector: Record<string, string> | undefined, labels: Record<string, string>) =>
  Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value)

/** The target of a Service must have probes; a service of ours uses the endpoints that are made for them. */
function probeProblems({ label, labels, pod }: Workload, all: Manifest[]): string[] {
  const isServed = all.some(one => one.kind === 'Service' && selects(selectorOf(one), labels))
  return (pod.containers ?? []).flatMap(({ name, startupProbe, readinessProbe, livenessProbe }) => {
    const probes = { startupProbe, readinessProbe, livenessProbe }
    const expected = { startupProbe: '/livez', readinessProbe: '/readyz', livenessProbe: '/livez' }
    return Object.entries(probes).flatMap(([kind, probe]) => {
      if (isServed && !probe) return [`${label}, container ${name}, has no ${kind}`]
      const path = expected[kind as keyof typeof probes]
      return labels.tier === 'service' && probe?.httpGet?.path !== path
        ? [`${label}, container ${name}: its ${kind} does not ask ${path}`]
        : []
    })
  })
}

function objectProblems(one: Manifest, workloads: Workload[]): string[] {
  const label = `${one.kind} ${one.metadata.name}`
  const isThere = (name: unknown) => workloads.some(({ manifest }) => manifest.metadata.name === name)
  switch (one.kind) {
    case 'Secret':
      return [`${label} is committed: Secrets are made at deploy time`]
    case 'Namespace':
      return one.metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted'
        ? []
        : [`${label} does not enforce restricted Pod Security`]
    case 'ServiceAccount':
      return one.automountServiceAccountToken === false ? [] : [`${label} gives out its token`]
    case 'Service':
      return workloads.some(({ labels }) => selects(selectorOf(one), labels)) ? [] : [`${label} leads to no pod`]
    case 'HorizontalPodAutoscaler':
      return isThere(specOf(one).scaleTargetRef?.name) ? [] : [`${label} scales nothing`]
    case 'PodDisruptionBudget':
      return workloads.some(({ labels }) => selects(labelsOf(one), labels)) ? [] : [`${label} protects no pod`]
    default:
      return one.kind === 'Namespace' || one.metadata.namespace === 'docket'
        ? []
        : [`${label} is not in the namespace docket`]
  }
}

interface Peer {
  podSelector?: { matchLabels?: Record<string, string> }
  namespaceSelector?: object
}

interface Policy {
  podSelector: { matchLabels?: Record<string, string> }
  policyTypes?: string[]
  ingress?: { from?: Peer[]; ports?: unknown[] }[]
  egress?: { to?: Peer[]; ports?: unknown[] }[]
}

function networkProblems(all: Manifest[], workloads: Workload[]): string[] {
  const policies = all
    .filter(one => one.kind === 'NetworkPolicy')
    .map(one => ({ name: one.metadata.name, spec: specOf(one) as unknown as Policy }))
  const deniesAll = policies.some(
    ({ spec }) => !spec.podSelector.matchLabels && !spec.ingress && !spec.egress && spec.policyTypes?.length === 2,
  )
  const isAnybody = (selector: Peer['podSelector']) =>
    workloads.some(({ labels }) => selects(selector?.matchLabels, labels))
  return [
    ...(deniesAll ? [] : ['no NetworkPolicy denies everything that is not allowed']),
    ...policies.flatMap(({ name, spec }) => {
      const ways = [
        ...(spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
        ...(spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
      ]
      const peers = ways.flatMap(way => way.peers ?? []).filter(peer => peer.podSelector && !peer.namespaceSelector)
      return [
        ...(isAnybody(spec.podSelector) ? [] : [`NetworkPolicy ${name} is about no pod`]),
        ...(ways.every(way => way.peers?.length && way.ports?.length)
          ? []
          : [`NetworkPolicy ${name} allows any peer, or any port`]),
        ...(peers.every(peer => isAnybody(peer.podSelector))
          ? []
          : [`NetworkPolicy ${name} allows a pod that does not exist`]),
      ]
    }),
  ]
}

const shutdownSeconds = 20

/** What a service needs so that neither a node that goes nor a release that comes is noticed. */
function productionProblems({ label, manifest, labels, pod, containers }: Workload, all: Manifest[]): string[] {
  if (labels.tier !== 'service') return []
  const { name } = manifest.metadata
  const scaled = all.map(specOf).find(spec => spec.scaleTargetRef?.name === name)
  const { replicas } = specOf(manifest)
  const isTold = ({ env = [] }: Container) => env.some(one => one.name === 'DATABASE_TLS' && one.value === 'required')
  const budget = all.some(one => one.kind === 'PodDisruptionBudget' && selects(labelsOf(one), labels))
  return [
    ...((scaled?.minReplicas ?? replicas ?? 1) >= 2 ? [] : [`${label} has fewer than two replicas`]),
    ...(scaled && replicas !== undefined ? [`${label} says how many replicas it has, and so does an autoscaler`] : []),
    ...containers
      .filter(one => one.envFrom?.some(({ secretRef }) => secretRef?.name === name) && !isTold(one))
      .map(one => `${label}, container ${one.name}, may reach its database without TLS`),
    ...(budget ? [] : [`${label} has no PodDisruptionBudget`]),
    ...(pod.topologySpreadConstraints?.length ? [] : [`${label} is not spread over nodes`]),
    ...((pod.terminationGracePeriodSeconds ?? 30) > shutdownSeconds ? [] : [`${label} is killed before it could end`]),
  ]
}

function twins(all: Manifest[]): string[] {
  const names = all.map(one => `${one.kind} ${one.metadata.name}`)
  return names.filter((name, position) => names.indexOf(name) < position).map(name => `${name} is there twice`)
}
