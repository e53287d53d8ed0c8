import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import { overlay, render, type Manifest } from './kustomize.ts'

// What bin/deploy-k8s-local.sh and bin/push-images.sh would do to a cluster and a registry. There are none here: fake
// kubectl, docker and buildah record their calls, and report success. `npm run k8s:test` uses a cluster.

const noting = `#!/bin/sh
printf '%s %s\\n' "$(basename "$0")" "$*" >>"$CALLS"
`
const builders = (fails: string) => `${noting}
case "$(basename "$0") $*" in ${fails}) echo "$FAILS_WITH" >&2; exit 1 ;; esac
`
const kubectl = `${noting}
case "$*" in
  'config view'*) echo '{"current-context":"docker-desktop","clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}]}' ;;
  'get nodes'*) echo '{"items":[{"status":{"images":[]}}]}' ;;
  *'get pods'*)
    case "$(cat "$CALLS")" in *' delete pod/'*) echo "$PODS_LEFT" ;; *) echo "$PODS" ;; esac ;;
  *'get secret'*) exit 1 ;;
  *'get statefulset/'* | *'get deployment/'*)
    items= ready=1
    case $* in *deployment/*) [ "$(grep -c ' get deployment/' "$CALLS")" -ge "$READY_AT_LOOK" ] || ready=0 ;; esac
    for word; do
      case $word in statefulset/*) kind=StatefulSet ;; deployment/*) kind=Deployment ;; *) continue ;; esac
      items="$items\${items:+,}{\\"kind\\":\\"$kind\\",\\"metadata\\":{\\"name\\":\\"\${word#*/}\\",\\"generation\\":1},\\"spec\\":{\\"replicas\\":1},
        \\"status\\":{\\"observedGeneration\\":1,\\"replicas\\":1,\\"readyReplicas\\":1,\\"updatedReplicas\\":1,\\"availableReplicas\\":$ready}}"
    done
    echo "{\\"items\\":[$items]}" ;;
  'apply -k '*) cat "$3/kustomization.yaml" >"$CALLS.kustomization" ;;
esac
`

interface Ran {
  status: number | null
  stdout: string
  stderr: string
  calls: string[]
  kustomization: { images: { name: string }[] }
}

/** What kubectl answers: no pods, and what is deployed is ready at the first look. */
const atRest = { PODS: podList(), PODS_LEFT: podList(), READY_AT_LOOK: '1' }

/** Pods of these names whose image could not be pulled. */
function podList(...names: string[]): string {
  return JSON.stringify({
    items: names.map(name => ({
      metadata: { name, labels: { 'app.kubernetes.io/name': name.replace(/-\d+$/, '') } },
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'topics', restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      },
    })),
  })
}

async function programsCalled(
  t: ExecutionContext,
  [program = '', ...args]: string[],
  fails = '-',
  saying = '',
  cluster: Record<string, string> = {},
): Promise<Ran> {
  const dir = mkdtempSync(join(tmpdir(), 'docket-k8s-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const programs = { kubectl, docker: builders(fails), buildah: builders(fails) }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(dir, name), text)
    chmodSync(join(dir, name), 0o755)
  }
  const calls = join(dir, 'calls')
  const child = spawn(program, args, {
    env: {
      PATH: `${dir}:${process.env.PATH}`,
      HOME: process.env.HOME,
      CALLS: calls,
      FAILS_WITH: saying,
      ...atRest,
      ...cluster,
    },
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  const [status] = (await once(child, 'close')) as [number | null]
  const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
  return {
    status,
    ...output,
    calls: linesOf(calls),
    kustomization: JSON.parse(linesOf(`${calls}.kustomization`).join('\n') || '{"images":[]}'),
  }
}

const run = (t: ExecutionContext, script: string, args: string[], fails?: string, saying?: string): Promise<Ran> =>
  programsCalled(t, [join(root, 'bin', script), ...args], fails, saying)

const labelsApplied = ({ calls }: Ran) => calls.flatMap(call => /^kubectl apply -k .+? -l (.*)$/.exec(call)?.[1] ?? [])
const imagesBuilt = ({ calls }: Ran) => calls.flatMap(call => /^docker build .*SERVICE=(\S+)/.exec(call)?.[1] ?? [])

function selected(selector: string): Manifest[] {
  const [, key = '', not, list = ''] = /^(\S+) (not)?in \((.*)\)$/.exec(selector) ?? []
  const values = list.split(',')
  return render(overlay('local')).filter(
    ({ metadata: { labels = {} } }) => values.includes(labels[key] ?? '') !== Boolean(not),
  )
}
const named = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`

test.serial(
  'one service is deployed alone: its image, the servers that it needs, and nothing of the others',
  async t => {
    const ran = await run(t, 'deploy-k8s-local.sh', ['inventory-service'])
    t.is(ran.status, 0, ran.stderr)
    t.regex(ran.stdout, /\ninventory-service is up after \d+ s/)
    t.deepEqual(imagesBuilt(ran), ['inventory-service'])
    t.deepEqual(
      ran.kustomization.images.map(({ name }) => name),
      ['docket/inventory-service'],
    )
    const [shared = [], ...parts] = labelsApplied(ran).map(selected)
    t.deepEqual(
      parts.map(objects => objects.map(named).sort()),
      [
        ['Service kafka', 'Service postgres', 'StatefulSet kafka', 'StatefulSet postgres'],
        ['Deployment inventory-service', 'Service inventory-service'],
      ],
    )
    t.deepEqual(
      [...shared].filter(({ kind }) => ['Deployment', 'StatefulSet', 'Service'].includes(kind)),
      [],
    )
    const waited = ran.calls.filter(call => / get (?:statefulset|deployment)\//.test(call)).join('\n')
    t.regex(waited, /statefulset\/kafka statefulset\/postgres[^]*deployment\/inventory-service/)
    t.notRegex(waited, /mariadb|order-service|management/)
    t.false(
      ran.calls.some(call => call.includes('PRODUCES_FROM')),
      'the others may be of another release',
    )
  },
)

test.serial(
  'a pod that an earlier attempt left without its image is made anew; one of another service is no reason to give up',
  async t => {
    const other = 'order-service-1'
    const cluster = { PODS: podList('inventory-service-1', other), PODS_LEFT: podList(other), READY_AT_LOOK: '2' }
    const script = [join(root, 'bin/deploy-k8s-local.sh'), 'inventory-service']
    const ran = await programsCalled(t, script, '-', '', cluster)
    t.is(ran.status, 0, ran.stderr)
    t.deepEqual(
      ran.calls.flatMap(call => / delete (\S+)/.exec(call)?.[1] ?? []),
      ['pod/inventory-service-1'],
    )
  },
)

test.serial('user-service is deployed with MariaDB', async t => {
  const ran = await run(t, 'deploy-k8s-local.sh', ['user-service'])
  t.is(ran.status, 0, ran.stderr)
  t.true(labelsApplied(ran).includes('app.kubernetes.io/name in (kafka,mariadb)'))
})

test.serial(
  'without a service every object is applied once, servers before services, and new event types are let out',
  async t => {
    const ran = await run(t, 'deploy-k8s-local.sh', [])
    t.is(ran.status, 0, ran.stderr)
    t.deepEqual(imagesBuilt(ran), [...serviceNames, 'cli'])
    const parts = labelsApplied(ran).map(selected)
    t.deepEqual(parts.flat().map(named).sort(), render(overlay('local')).map(named).sort())
    t.deepEqual(
      parts.map(objects => objects.some(({ kind }) => kind === 'StatefulSet')),
      [false, true, false],
    )
    t.true(ran.calls.some(call => /set env deployment -l tier=service PRODUCES_FROM=\d/.test(call)))
  },
)

test.serial('a service that there is not is refused before anything is done', async t => {
  const ran = await run(t, 'deploy-k8s-local.sh', ['stock-service'])
  t.is(ran.status, 1)
  t.regex(ran.stderr, /^stock-service is not one of user-service, order-service/)
  t.deepEqual(ran.calls, [])
})

const registry = 'registry.example:5000/docket'
const changes = (calls: string[]) => calls.filter(call => !call.endsWith(' version'))

test.serial('images are built, tagged and pushed, by the very commands that --dry-run prints', async t => {
  const dry = await run(t, 'push-images.sh', [registry, '--tag', '0.2.0', '--dry-run'])
  t.is(dry.status, 0, dry.stderr)
  t.deepEqual(changes(dry.calls), [])
  t.regex(dry.stdout, /\nnothing was run\n$/)
  const ran = await run(t, 'push-images.sh', [registry, '--tag', '0.2.0'])
  t.is(ran.status, 0, ran.stderr)
  const byHand = await programsCalled(t, ['sh', '-ec', dry.stdout.trim().split('\n').slice(0, -2).join('\n')])
  t.is(byHand.status, 0, byHand.stderr)
  t.deepEqual(byHand.calls, changes(ran.calls))
  t.deepEqual(imagesBuilt(ran), [...serviceNames, 'cli'])
  t.deepEqual(changes(ran.calls).slice(1, 3), [
    `docker tag docker.io/docket/user-service:0.2.0 ${registry}/user-service:0.2.0`,
    `docker push ${registry}/user-service:0.2.0`,
  ])
  t.regex(ran.stdout, /- \{name: docket\/cli, newName: registry\.example:5000\/docket\/cli, newTag: 0\.2\.0\}/)
  t.regex(ran.stdout, /IMAGE_PREFIX=registry\.example:5000\/docket IMAGE_TAG=0\.2\.0 \.\/bin\/deploy-k8s-local\.sh\n$/)
})

test.serial('where there is no docker, buildah does it', async t => {
  const ran = await run(t, 'push-images.sh', [registry, '--tag', '1'], "'docker version'")
  t.is(ran.status, 0, ran.stderr)
  t.deepEqual(
    changes(ran.calls)
      .map(call => call.split(' ', 2).join(' '))
      .slice(0, 3),
    ['buildah build', 'buildah tag', 'buildah push'],
  )
})

test.serial('a push that is refused says what is pushed, what is not, and how to log in', async t => {
  const ran = await run(t, 'push-images.sh', [registry, '--tag', '1'], '*push*inventory*', 'denied: requested access')
  t.is(ran.status, 1)
  t.is(
    ran.stderr,
    `${registry}/inventory-service:1 was not pushed; 2 of 6 images are pushed. The same command goes on.
docker push ${registry}/inventory-service:1 failed:
denied: requested access
log in first: docker login registry.example:5000
`,
  )
})

test.serial('arguments that are wrong end it with 2, before anything is done', async t => {
  const ran = await run(t, 'push-images.sh', ['https://registry.example'])
  t.is(ran.status, 2)
  t.regex(ran.stderr, /^https:\/\/registry\.example: write it without the scheme/)
  t.deepEqual(ran.calls, [])
})

test.serial('without docker and buildah it says what is needed', async t => {
  const ran = await run(t, 'push-images.sh', [registry], '*version')
  t.is(ran.status, 1)
  t.is(ran.stderr, 'docker or buildah is needed to build images\n')
})
