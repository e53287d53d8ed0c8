import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export const namespace = 'docket'

export interface ProgramOutput {
  status: number
  stdout: string
  stderr: string
}

/** Input is passed by stdin, so that no secret is ever an argument. */
export async function program(
  name: string,
  args: string[],
  { input = '', cwd }: { input?: string; cwd?: string } = {},
): Promise<ProgramOutput> {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  child.stdin.on('error', () => undefined) // it ended without reading; its status says why
  child.stdin.end(input)
  const [status] = (await once(child, 'close')) as [number | null]
  return { status: status ?? 1, ...output }
}

export const isInstalled = (name: string, ...args: string[]) => spawnSync(name, args, { stdio: 'ignore' }).status === 0

/** kubectl, in the context that KUBE_CONTEXT names, or else in the current one. Throws what it says when it fails. */
export async function kubectl(args: string[], input?: string): Promise<string> {
  const { status, stdout, stderr } = await tryKubectl(args, input)
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || stdout.trim()}`)
  return stdout
}

export const tryKubectl = (args: string[], input?: string) =>
  program('kubectl', [...contextArgs(), ...args], { ...(input !== undefined && { input }) })

export const contextArgs = () => (process.env.KUBE_CONTEXT ? ['--context', process.env.KUBE_CONTEXT] : [])

const knownAsLocal = /^(kind-|k3d-|minikube|docker-desktop|rancher-desktop|colima|orbstack|microk8s)/
const thisMachine = /^https?:\/\/(127\.|localhost|\[::1\]|kubernetes\.docker\.internal)/

/**
 * Throws without kubectl or a cluster, and for a cluster that is not on this machine, unless KUBE_CONTEXT names it,
 * which means that it is intended.
 */
export async function expectCluster(): Promise<string> {
  if (!isInstalled('kubectl', 'version', '--client'))
    throw new Error('kubectl is needed: https://kubernetes.io/docs/tasks/tools')
  const { stdout } = await program('kubectl', ['config', 'view', '--minify', '-o', 'json', ...contextArgs()])
  const config = JSON.parse(stdout || '{}') as {
    'current-context'?: string
    clusters?: { cluster: { server: string } }[] | null
  }
  const name = process.env.KUBE_CONTEXT || config['current-context']
  const server = config.clusters?.[0]?.cluster.server
  if (!name || !server)
    throw new Error(
      'kubectl has no cluster configured: start one (kind create cluster, minikube start), or set KUBECONFIG',
    )
  if (!process.env.KUBE_CONTEXT && !knownAsLocal.test(name) && !thisMachine.test(server)) {
    throw new Error(
      `the current context is ${name} (${server}), not a cluster on this machine; if you mean it: KUBE_CONTEXT=${name}`,
    )
  }
  const { status, stderr } = await tryKubectl(['get', '--raw', '/readyz', '--request-timeout=10s'])
  if (status !== 0) throw new Error(`the cluster of ${name} does not answer: ${stderr.trim().split('\n').at(-1)}`)
  return name
}

interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
}

interface ContainerStatus {
  name: string
  ready: boolean
  restartCount: number
  state: { waiting?: { reason?: string; message?: string }; terminated?: { reason?: string; exitCode: number } }
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string; labels?: Record<string, string> }
  status: {
    phase: string
    conditions?: Condition[]
    initContainerStatuses?: ContainerStatus[]
    containerStatuses?: ContainerStatus[]
  }
}

const hopeless = new Set(['ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'CreateContainerConfigError'])
const patience = 4 // restarts

const containersOf = ({ initContainerStatuses = [], containerStatuses = [] }: Pod['status']) => [
  ...initContainerStatuses,
  ...containerStatuses,
]

async function podsOf(names: readonly string[]): Promise<Pod[]> {
  const { items } = JSON.parse(await kubectl(['-n', namespace, 'get', 'pods', '-o', 'json'])) as { items: Pod[] }
  return items.filter(({ metadata: { labels } }) => names.includes(labels?.['app.kubernetes.io/name'] ?? ''))
}

export async function restarts(names: readonly string[]): Promise<Map<string, number>> {
  return new Map(
    (await podsOf(names)).flatMap(({ metadata, status }) =>
      containersOf(status).map((one): [string, number] => [`${metadata.name}/${one.name}`, one.restartCount]),
    ),
  )
}

const hasHopeless = ({ status }: Pod) =>
  containersOf(status).some(({ state: { waiting } }) => hopeless.has(waiting?.reason ?? ''))

/**
 * Deletes pods that an earlier attempt left without an image or a Secret, so that new ones retry at once: the cluster
 * would wait for up to five minutes, although what was missing may be there now.
 */
export async function forgetFailedStarts(names: readonly string[]): Promise<void> {
  const failed = (await podsOf(names)).filter(hasHopeless).map(({ metadata }) => `pod/${metadata.name}`)
  if (failed.length > 0) await kubectl(['-n', namespace, 'delete', ...failed, '--ignore-not-found'])
}

/** Whether waiting longer is pointless: no image, no Secret, or starts that have failed repeatedly since `before`. */
export async function isHopeless(names: readonly string[], before: ReadonlyMap<string, number>): Promise<boolean> {
  return (await podsOf(names)).some(
    pod =>
      hasHopeless(pod) ||
      containersOf(pod.status).some(
        ({ name, state: { waiting }, restartCount }) =>
          waiting?.reason === 'CrashLoopBackOff' &&
          restartCount - (before.get(`${pod.metadata.name}/${name}`) ?? 0) >= patience,
      ),
  )
}

export async function whatIsWrong(names: readonly string[]): Promise<string> {
  const bad = (await podsOf(names)).filter(
    pod => pod.status.phase !== 'Succeeded' && !pod.status.containerStatuses?.every(one => one.ready),
  )
  return (await Promise.all(bad.map(describe))).join('\n\n')
}

async function describe({ metadata: { name }, status }: Pod): Promise<string> {
  const conditions = (status.conditions ?? [])
    .filter(one => one.status === 'False' && one.message)
    .map(one => `  ${one.reason ?? one.type}: ${one.message}`)
  const containers = containersOf(status).map(
    ({ state: { waiting, terminated }, restartCount }) =>
      `  ${waiting?.reason ?? terminated?.reason ?? 'running'}${waiting?.message ? `: ${waiting.message}` : ''}${terminated ? `, ended with ${terminated.exitCode}` : ''}, ${restartCount} restarts`,
  )
  const { stdout: events } = await tryKubectl([
    '-n',
    namespace,
    'get',
    'events',
    `--field-selector=involvedObject.name=${name},type=Warning`,
    '-o',
    'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
  ])
  const { stdout: log } = await tryKubectl(['-n', namespace, 'logs', name, '--all-containers', '--tail=8'])
  const indented = (text: string) =>
    text
      .trim()
      .split('\n')
      .filter(Boolean)
      .slice(-8)
      .map(line => `  | ${line}`)
  return [
    `pod ${name}: ${status.phase}`,
    ...new Set([...conditions, ...containers]),
    ...indented(events),
    ...indented(log),
  ].join('\n')
}
