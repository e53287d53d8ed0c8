import { rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import { makeFolder } from '@docket/addresses/own-folder.ts'
import { password } from '@docket/addresses/secrets.ts'
import { certificateAuthority } from '../certificates.ts'
import { kubectl, namespace, tryKubectl } from './cluster.ts'
import { images, imagesAs, serverImages, type Image } from './images.ts'
import { readSecret } from './secrets.ts'
import { logInAsOperator, mgmt, podsOf, reconciled } from './steps.ts'

// The production overlay, installed from nothing and updated by the lines of k8s/README.md. Its servers are elsewhere:
// those of the local overlay, in a namespace of their own, with TLS,
// a login of Kafka for each, and rights for each login.

const servers = 'docket-servers'
const overlay = join(root, '.local', 'k8s-production')
const secretNames = ['kafka', 'postgres', 'mariadb', 'user-service', 'management'] as const
const databaseServices = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const

export type Secrets = Record<string, Record<string, string>>
type Manifest = { kind: string; metadata: { name: string; namespace?: string; labels?: Record<string, string> } }

export async function localSecrets(): Promise<Secrets> {
  const names = [...secretNames, ...databaseServices]
  return Object.fromEntries(
    await Promise.all(names.map(async name => [name, (await readSecret(name)) ?? {}] as const)),
  ) as Secrets
}

const authority = certificateAuthority('docket-servers')
const kafkaLogins = Object.fromEntries([...serviceNames, 'mgmt', 'admin'].map(name => [name, password()]))
const caFile = '/ca/ca.pem'

const serverSecret = (name: string, secret: Record<string, string>) => {
  const { certificate, key } = authority.issue([`${name}.${servers}.svc`])
  const logins = Object.entries(kafkaLogins).map(([login, secret]) => `${login}=${secret}`)
  return {
    ...secret,
    TLS_CERT: certificate,
    TLS_KEY: key,
    ...(name === 'kafka' && { KAFKA_LOGINS: logins.join(' ') }),
  }
}

const kafkaSecret = {
  KAFKA_BROKERS: `kafka.${servers}.svc:9092`,
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA_FILE: caFile,
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
}
const loginSecret = (login: string) => ({
  KAFKA_SASL_USERNAME: login,
  KAFKA_SASL_PASSWORD: kafkaLogins[login] ?? '',
})

const withTls = (secret: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(secret).map(([key, value]) => [
      key,
      key.endsWith('DATABASE_URL') ? `${elsewhere(value)}?sslmode=verify-full` : value,
    ]),
  )

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

export async function serversElsewhere(secrets: Secrets, context: string): Promise<void> {
  const folder = writeOverlay('local', await serverImages(context, () => undefined, ['kafka', 'postgres', 'mariadb']))
  const { items } = JSON.parse(await kubectl(['apply', '--dry-run=client', '-o', 'json', '-k', folder])) as {
    items: Manifest[]
  }
  const namespaceManifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: servers } }
  await kubectl(['apply', '-f', '-'], JSON.stringify(namespaceManifest))
  for (const name of ['kafka', 'postgres', 'mariadb'])
    await createSecret(name, serverSecret(name, secrets[name] ?? {}), servers)
  for (const one of items.filter(isServer)) {
    one.metadata.namespace = servers
    await kubectl(['apply', '-f', '-'], elsewhere(JSON.stringify(one)))
  }
  for (const name of ['kafka', 'postgres', 'mariadb'])
    await kubectl(['-n', servers, 'rollout', 'status', `statefulset/${name}`, '--timeout=180s'])
}

async function granted(made: Image[]): Promise<void> {
  const image = made.find(({ name }) => name === 'docket/user-service')
  if (!image) throw new Error('there is no image of user-service')
  await createSecret('admin', { ...kafkaSecret, ...loginSecret('admin'), ca: authority.certificate }, servers)
  const name = 'grant'
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: servers },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      containers: [
        {
          name,
          image: `${image.newName}:${image.newTag}`,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '/app/packages/kafka/create-topics.ts', '--acls'],
          envFrom: [{ secretRef: { name: 'admin' } }],
          volumeMounts: [{ name: 'ca', mountPath: '/ca' }],
        },
      ],
      volumes: [{ name: 'ca', secret: { secretName: 'admin', items: [{ key: 'ca', path: 'ca.pem' }] } }],
    },
  }
  await kubectl(['apply', '-f', '-'], JSON.stringify(pod))
  await kubectl(['-n', servers, 'wait', `pod/${name}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=120s'])
}

/** An overlay of one's own, as k8s/README.md says: the images of a release, above one of ours. */
function writeOverlay(above: 'local' | 'production', all: Image[]): string {
  makeFolder(overlay)
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

export async function installed(secrets: Secrets, context: string): Promise<Image[]> {
  const made = await images(context, () => undefined)
  await kubectl(['apply', '-f', join(root, 'k8s/base/namespace.yaml')])
  await granted(made)
  await createSecret('kafka', kafkaSecret, namespace)
  await createSecret('ca', { 'ca.pem': authority.certificate }, namespace)
  for (const login of [...serviceNames, 'mgmt']) await createSecret(`kafka-${login}`, loginSecret(login), namespace)
  for (const name of ['user-service', ...databaseServices])
    await createSecret(name, { ...withTls(secrets[name] ?? {}), DATABASE_CA_FILE: caFile }, namespace)
  const management = { ...withTls(secrets.management ?? {}), MGMT_DATABASE_CA_FILE: caFile }
  await createSecret('management', management, namespace)
  await kubectl(['apply', '-k', writeOverlay('production', made)])
  await untilItSays('payment-service', /PAYMENT_PROVIDER/)
  await createSecret(
    'payment-service',
    { ...withTls(secrets['payment-service'] ?? {}), DATABASE_CA_FILE: caFile, PAYMENT_PROVIDER: 'simulated' },
    namespace,
  )
  await kubectl(['-n', namespace, 'rollout', 'restart', 'deployment/payment-service'])
  await applied(made)
  return made
}

const refusedWithinMs = 120_000

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

export async function worksFor(sku: string): Promise<string> {
  await logInAsOperator()
  await mgmt(['items', 'create', sku, '--name', 'Mug', '--price', '4.50', '--currency', 'EUR', '--quantity', '100'])
  await mgmt(['orders', 'create', '--line', `${sku}=1`, '--wait', '--timeout', '60s'])
  return reconciled()
}

const drainedWithinMs = 60_000

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
