import { databases } from '@docket/addresses/environment.ts'
import { password, signingKey } from '@docket/addresses/secrets.ts'
import { kubectl, namespace, tryKubectl } from './cluster.ts'

type Secret = Record<string, string>

/** A Secret that is there stays as it is: what was made with its passwords is still in the volumes. */
export async function readSecret(name: string): Promise<Secret | undefined> {
  const { status, stdout } = await tryKubectl(['-n', namespace, 'get', 'secret', name, '-o', 'json'])
  if (status !== 0) return undefined
  const { data = {} } = JSON.parse(stdout) as { data?: Record<string, string> }
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

async function ensure(name: string, make: () => Secret): Promise<Secret> {
  const there = await readSecret(name)
  if (there) return there
  const made = make()
  const manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'docket' } },
    stringData: made,
  }
  await kubectl(['create', '-f', '-'], JSON.stringify(manifest))
  return made
}

export async function makeSecrets(): Promise<void> {
  const postgres = await ensure('postgres', () => ({
    POSTGRES_PASSWORD: password(),
    ...Object.fromEntries(Object.values(databases).map(name => [`${name.toUpperCase()}_PASSWORD`, password()])),
  }))
  const mariadb = await ensure('mariadb', () => ({ MARIADB_ROOT_PASSWORD: password(), USERS_PASSWORD: password() }))
  const urlOf = (name: string) =>
    `postgres://${name}:${postgres[`${name.toUpperCase()}_PASSWORD`]}@postgres:5432/${name}`
  await ensure('kafka', () => ({
    KAFKA_BROKERS: 'kafka:9092',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'docket',
    KAFKA_SASL_PASSWORD: password(),
  }))
  for (const [service, database] of Object.entries(databases))
    await ensure(service, () => ({ DATABASE_URL: urlOf(database) }))
  await ensure('user-service', () => ({
    DATABASE_URL: `mysql://users:${mariadb.USERS_PASSWORD}@mariadb:3306/users`,
    JWT_SIGNING_KEY: signingKey(),
    BOOTSTRAP_OPERATOR_USERNAME: 'operator',
    BOOTSTRAP_OPERATOR_PASSWORD: password(),
  }))
  await ensure('management', () =>
    Object.fromEntries(Object.values(databases).map(name => [`MGMT_${name.toUpperCase()}_DATABASE_URL`, urlOf(name)])),
  )
}
