/**
 * Deploys everything, or the named services with the servers that they need, to a small cluster of your own, and waits
 * until it is ready: see bin/deploy-k8s-local.sh.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expectServices, root, serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { makeFolder } from '@docket/addresses/own-folder.ts'
import { newerTypes, releaseBefore } from '@docket/chassis/messaging/published-types.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { needsOf } from '../stack.ts'
import { expectCluster, forgetFailedStarts, isHopeless, kubectl, namespace, restarts, whatIsWrong } from './cluster.ts'
import { imageNames, images, serverImages, type Image } from './images.ts'
import { makeSecrets } from './secrets.ts'

const print = (line: string) => console.log(line)
const limitMs = 1_000 * Number(process.env.DEPLOY_TIMEOUT_SECONDS || 300)

/** `kubectl apply -k` needs a folder, so the overlay with these images is written to one. */
function withImages(all: Image[]): string {
  const folder = join(root, '.local', 'k8s')
  makeFolder(folder)
  writeFileSync(
    join(folder, 'kustomization.yaml'),
    JSON.stringify(
      {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        resources: [relative(folder, join(root, 'k8s/overlays/local'))],
        images: all,
      },
      undefined,
      2,
    ),
  ) // JSON is valid YAML
  return folder
}

interface Status {
  kind: string
  metadata: { name: string; generation: number }
  spec: { replicas?: number }
  status: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    conditions?: { type: string; status: string; message?: string }[]
  }
}

/** Undefined while it is on its way. */
function outcome({ kind, metadata, spec, status }: Status): 'done' | 'failed' | undefined {
  if (status.conditions?.some(one => one.type === 'Progressing' && one.status === 'False')) return 'failed'
  const wanted = spec.replicas ?? 1
  const all =
    kind === 'StatefulSet'
      ? [status.readyReplicas, status.updatedReplicas]
      : [status.availableReplicas, status.updatedReplicas, status.replicas]
  return status.observedGeneration === metadata.generation && all.every(number => number === wanted)
    ? 'done'
    : undefined
}

/**
 * Waits until they are done, and says so, one by one. Throws, with the pods and their reasons, when that takes too
 * long.
 */
async function untilDone(what: string[]): Promise<void> {
  const began = Date.now()
  const names = what.map(one => one.slice(one.indexOf('/') + 1))
  await forgetFailedStarts(names)
  const before = await restarts(names)
  const waiting = new Set(what)
  while (waiting.size > 0) {
    const found = JSON.parse(await kubectl(['-n', namespace, 'get', ...waiting, '-o', 'json'])) as
      Status | { items: Status[] }
    for (const one of 'items' in found ? found.items : [found]) {
      const name = `${one.kind.toLowerCase()}/${one.metadata.name}`
      const is = outcome(one)
      if (is === 'failed') throw new Error(`${name} failed:\n${await whatIsWrong(names)}`)
      if (is !== 'done') continue
      waiting.delete(name)
      print(`${name.padEnd(40)} ready  ${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s`)
    }
    if (waiting.size > 0 && Date.now() - began > limitMs) {
      throw new Error(
        `not ready within ${limitMs / 1_000} s (DEPLOY_TIMEOUT_SECONDS): ${[...waiting].join(', ')}\n${await whatIsWrong(names)}`,
      )
    }
    if (waiting.size > 0 && (await isHopeless(names, before)))
      throw new Error(`${[...waiting].join(', ')} cannot become ready:\n${await whatIsWrong(names)}`)
    if (waiting.size > 0) await pause(500)
  }
}

async function publishNewTypes(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const types = newerTypes(releaseBefore(version))
  if (types.size === 0) return
  print(`new event types    ${[...types].join(', ')}`)
  await kubectl(['-n', namespace, 'set', 'env', 'deployment', '-l', 'tier=service', `PRODUCES_FROM=${version}`])
  await untilDone(serviceNames.map(name => `deployment/${name}`))
}

interface Wanted {
  servers: string[]
  deployments: (ServiceName | 'management')[]
  images: (typeof imageNames)[number][]
}

const everything: Wanted = {
  servers: ['kafka', 'postgres', 'mariadb'],
  deployments: [...serviceNames, 'management'],
  images: [...imageNames],
}

const only = (services: ServiceName[]): Wanted => ({
  servers: needsOf(services).servers,
  deployments: services,
  images: services,
})

/**
 * Servers come first, then the release that needs them, because its pods create topics and update schemas before they
 * start.
 */
async function deploy({ servers, deployments, images: names }: Wanted): Promise<void> {
  const context = await expectCluster()
  print(`cluster            ${context}`)
  const all = [...(await serverImages(context, print, servers)), ...(await images(context, print, names))]
  await kubectl(['apply', '-f', join(root, 'k8s/base/namespace.yaml')])
  await makeSecrets()
  const folder = withImages(all)
  try {
    const apply = (label: string) => kubectl(['apply', '-k', folder, '-l', label])
    await apply('tier notin (server,service,management)')
    await apply(`app.kubernetes.io/name in (${servers.join(',')})`)
    await untilDone(servers.map(name => `statefulset/${name}`))
    await apply(`app.kubernetes.io/name in (${deployments.join(',')})`)
    await untilDone(deployments.map(name => `deployment/${name}`))
    // a single service says nothing about the release of the others
    if (serviceNames.every(name => deployments.includes(name))) await publishNewTypes()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const howToGoOn = `
  kubectl -n ${namespace} get secret user-service -o jsonpath='{.data.BOOTSTRAP_OPERATOR_PASSWORD}' | base64 -d |
    ./bin/management-cli-local.sh login operator --password-stdin
  ./bin/management-cli-local.sh items create mug --name Mug --price 4.50 --currency EUR --quantity 100
  ./bin/management-cli-local.sh orders create --line mug=2 --wait
  ./bin/management-cli-local.sh events tail
  ./bin/teardown-k8s-local.sh`

const howToGoOnWith = (services: ServiceName[]) =>
  services
    .map(
      name => `
  kubectl -n ${namespace} logs -f deployment/${name}
  kubectl -n ${namespace} port-forward deployment/${name} 8080 8091`,
    )
    .join('')

try {
  const began = Date.now()
  const services = expectServices(process.argv.slice(2), [])
  await deploy(services.length > 0 ? only(services) : everything)
  const took = `${((Date.now() - began) / 1000).toFixed(0)} s, in the namespace ${namespace}. Go on with:`
  console.log(
    services.length > 0
      ? `\n${services.join(' and ')} ${services.length === 1 ? 'is' : 'are'} up after ${took}${howToGoOnWith(services)}`
      : `\nall is up after ${took}${howToGoOn}`,
  )
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
