import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '@docket/addresses/addresses.ts'
import { kubectl, namespace, tryKubectl } from './cluster.ts'
import { images, imagesAs, serverImages, type Image } from './images.ts'
import { readSecret } from './secrets.ts'
import { logInAsOperator, mgmt, podsOf, reconciled } from './steps.ts'

// The production overlay, installed from nothing and updated by the lines of k8s/README.md. Its servers are elsewhere:
// those of the local overlay, in a namespace of their own.

const servers = 'docket-servers'
const overlay = join(root, '.local', 'k8s-production')
const secretNames = ['kafka', 'postgres', 'mariadb', 'user-service', 'management'] as const
const databaseServices = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const

export type Secrets = Record<string, Record<string, string>>
type Manifest = { kind: string; metadata: { name: string; namespace?: string; labels?: Record<string, string> } }

/** The Secrets of the local overlay, which know how its servers are reached. */
export async function localSecrets(): Promise<Secrets> {
  const names = [...secretNames, ...databaseServices]
  return Object.fromEntries(
    await Promise.all(names.map(async name => [name, (await readSecret(name)) ?? {}] as const)),
  ) as Secrets
}

const elsewhere = (text: string) =>
  text.replaceAll('kafka:9092', `kafka.${servers}.svc:9092`).replaceAll(/@(postgres|mariadb):/g, `@$1.${servers}.svc:`)

async function createSecret(name: string, stringData: Record<string, string>, within: string): Promise<void> {
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: within }, stringData }
  await kubectl(['apply', '-f', '-'], JSON.stringify(manifest))
}

const isServer = ({ kind, metadata }: Manifest) =>
  metadata.labels?.tier === 'server' ||
  (kind === 'ConfigMap' && metadata.name.startsWith('start-')) ||
  (kind === 'ServiceAccount' && metadata.name === 'servers')

/** Kafka, PostgreSQL and MariaDB outside of the namespace, with nothing in them. */
export async function serversElsewhere(secrets: Secrets, context: string): Promise<void> {
  const folder = writeOverlay('local', await serverImages(context, () => undefined))
  const { items } = JSON.parse(await kubectl(['apply', '--dry-run=client', '-o', 'json', '-k', folder])) as {
    items: Manifest[]
  }
  const namespaceManifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: servers } }
  await kubectl(['apply', '-f', '-'], JSON.stringify(namespaceManifest))
  for (const name of ['kafka', 'postgres', 'mariadb']) await createSecret(name, secrets[name] ?? {}, servers)
  for (const one of items.filter(isServer)) {
    one.metadata.namespace = servers
    await kubectl(['apply', '-f', '-'], elsewhere(JSON.stringify(one)))
  }
  for (const name of ['kafka', 'postgres', 'mariadb'])
    await kubectl(['-n', servers, 'rollout', 'status', `statefulset/${name}`, '--timeout=180s'])
}

/** An overlay of one's own, as k8s/README.md says: the images of a release, above one of ours. */
function writeOverlay(above: 'local' | 'production', all: Image[]): string {
  mkdirSync(overlay, { recursive: true })
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(overlay, join(root, 'k8s/overlays', above))],
    images: all,
  }
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization)) // JSON is YAML
  return overlay
}

async function applied(all: Image[]): Promise<void> {
  await kubectl(['apply', '-k', writeOverlay('production', all)])
  await kubectl(['-n', namespace, 'rollout', 'status', 'deployment', '-l', 'tier=service', '--timeout=300s'])
  await kubectl(['-n', namespace, 'rollout', 'status', 'deployment/management', '--timeout=120s'])
}

/** Namespace and Secrets by hand, and then one line. A payment-service that is not told its provider does not start. */
export async function installed(secrets: Secrets, context: string): Promise<Image[]> {
  const made = await images(context, () => undefined)
  await kubectl(['apply', '-f', join(root, 'k8s/base/namespace.yaml')])
  for (const name of ['kafka', 'user-service', 'management', ...databaseServices]) {
    const values = Object.entries(secrets[name] ?? {}).map(([key, value]) => [key, elsewhere(value)] as const)
    await createSecret(name, Object.fromEntries(values), namespace)
  }
  await kubectl(['apply', '-k', writeOverlay('production', made)])
  await untilItSays('payment-service', /PAYMENT_PROVIDER/)
  await createSecret(
    'payment-service',
    { DATABASE_URL: elsewhere(secrets['payment-service']?.DATABASE_URL ?? ''), PAYMENT_PROVIDER: 'simulated' },
    namespace,
  )
  await kubectl(['-n', namespace, 'rollout', 'restart', 'deployment/payment-service'])
  await applied(made)
  return made
}

const refusedWithinMs = 120_000

/** Waits until the log of one of its pods has said so. */
async function untilItSays(service: string, sentence: RegExp): Promise<void> {
  for (const endMs = Date.now() + refusedWithinMs; Date.now() < endMs;) {
    for (const pod of await podsOf(service)) {
      const { stdout, stderr } = await tryKubectl(['-n', namespace, 'logs', pod, '--all-containers', '--tail=20'])
      if (sentence.test(stdout + stderr)) return
    }
    await pause(1_000)
  }
  throw new Error(`${service} did not say ${sentence} within ${refusedWithinMs / 1_000} s`)
}

/** An item, and an order of it that ends. */
export async function worksFor(sku: string): Promise<string> {
  await logInAsOperator()
  await mgmt(['items', 'create', sku, '--name', 'Mug', '--price', '4.50', '--currency', 'EUR', '--quantity', '100'])
  await mgmt(['orders', 'create', '--line', `${sku}=1`, '--wait', '--timeout', '60s'])
  return reconciled()
}

const drainedWithinMs = 60_000

/** The release after, by the same line. */
export async function updated(made: Image[], context: string): Promise<string> {
  const pods = async () => (await Promise.all(databaseServices.map(podsOf))).flat()
  const before = new Set(await pods())
  await applied(await imagesAs(`${made[0]?.newTag ?? ''}-next`, made, context, () => undefined))
  for (const endMs = Date.now() + drainedWithinMs; ; await pause(1_000)) {
    const after = await pods()
    const left = after.filter(pod => before.has(pod))
    if (left.length === 0) return `${after.length} pods of four services, none of the release before`
    if (Date.now() > endMs) throw new Error(`pods of the release before are left: ${left.join(', ')}`)
  }
}

export async function removed(): Promise<void> {
  rmSync(overlay, { recursive: true, force: true })
  await kubectl(['delete', 'namespace', namespace, servers, '--timeout=240s', '--ignore-not-found'])
}
