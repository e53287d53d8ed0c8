/**
 * The promises of k8s/ on a real cluster: `npm run k8s:test [-- --keep]`. Deploys, runs the main job, kills pods,
 * updates under load, takes Kafka away, rolls out a wrong password, reconciles, tears down; then the same for the
 * production overlay, by the lines of k8s/README.md. With --keep the local overlay stays, and production is left out.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { expectCluster, kubectl, namespace, program } from './cluster.ts'
import type { Image } from './images.ts'
import {
  installed,
  localSecrets,
  removed,
  serversElsewhere,
  updated,
  worksFor,
  type Secrets,
} from './production-steps.ts'
import {
  bin,
  counted,
  logInAsOperator,
  mgmt,
  nothingLost,
  podsOf,
  reconciled,
  rolledOut,
  step,
  underLoad,
} from './steps.ts'

const sku = `mug-${randomBytes(3).toString('hex')}`
const updateSeconds = 75

async function deploy(): Promise<string> {
  const { status, stdout, stderr } = await program(bin('deploy-k8s-local.sh'), [])
  if (status !== 0) throw new Error(stdout + stderr)
  return /all is up after \d+ s/.exec(stdout)?.[0] ?? stdout
}

async function mainJob(): Promise<void> {
  await logInAsOperator()
  await mgmt(['items', 'create', sku, '--name', 'Mug', '--price', '4.50', '--currency', 'EUR', '--quantity', '100000'])
  const as = ['--context', 'customer']
  await mgmt(['signup', `k8s-${randomBytes(4).toString('hex')}`, '--password-stdin', ...as], {
    input: randomBytes(12).toString('base64url'),
  })
  await mgmt(['orders', 'create', '--line', `${sku}=2`, '--wait', '--timeout', '60s', ...as])
  await mgmt(['orders', 'create', '--line', `${sku}=900000`, '--wait', '--timeout', '60s', ...as], { expects: 3 })
  await mgmt(
    ['orders', 'create', '--line', `${sku}=1`, '--payment-token', 'tok_declined', '--wait', '--timeout', '60s', ...as],
    { expects: 3 },
  )
  const { stdout } = await mgmt(['orders', 'list', '-o', 'json', ...as])
  const ended = (JSON.parse(stdout) as { status: string }[]).map(order => order.status)
  if (ended.join(' ') !== 'cancelled rejected completed') throw new Error(`the orders ended ${ended.join(' ')}`)
}

async function pipes(): Promise<void> {
  const { status, stdout } = await program('sh', [
    '-c',
    `"${bin('management-cli-local.sh')}" events tail --from-beginning --no-follow -o jsonl | head -n 3 | wc -l`,
  ])
  if (status !== 0 || stdout.trim() !== '3') throw new Error(`three lines were expected, not ${stdout}`)
  await mgmt(['orders', 'show', 'no-such-order'], { expects: 1 })
  await mgmt(['no-such-command'], { expects: 2 })
}

async function killing(): Promise<string> {
  const load = underLoad({ sku, seconds: 20, perSecond: 10 })
  await pause(5_000)
  await Promise.all(
    serviceNames.map(async name =>
      kubectl(['-n', namespace, 'delete', ...(await podsOf(name)), '--grace-period=0', '--force']),
    ),
  )
  await rolledOut()
  const { orders, unfinished, requests, failures } = await load
  if (unfinished > 0 || orders === 0) throw new Error(`${unfinished} of ${orders} acknowledged orders did not end`)
  const unanswered = Object.values(failures).reduce((sum, count) => sum + count, 0)
  return `${orders} acknowledged orders ended, all of them; ${unanswered} of ${requests} requests had no answer while all pods were down`
}

async function updating(): Promise<string> {
  for (const name of serviceNames) await kubectl(['-n', namespace, 'scale', `deployment/${name}`, '--replicas=2'])
  await rolledOut()
  const before = new Set((await Promise.all(serviceNames.map(podsOf))).flat())
  const load = underLoad({ sku, seconds: updateSeconds, perSecond: 10 })
  await pause(3_000)
  const began = Date.now()
  await Promise.all(serviceNames.map(name => kubectl(['-n', namespace, 'rollout', 'restart', `deployment/${name}`])))
  await rolledOut()
  const took = (Date.now() - began) / 1_000
  const left = (await Promise.all(serviceNames.map(podsOf))).flat().filter(pod => before.has(pod))
  const late = took > updateSeconds - 5 ? '; the update took longer than the load' : ''
  return `${nothingLost(await load)}, in an update of ${took.toFixed(0)} s (${left.length} old pods were still ending${late})`
}

const kafkaAwayMs = 40_000

async function withoutKafka(): Promise<string> {
  const load = underLoad({ sku, seconds: 75, perSecond: 10, newConnections: true })
  await pause(3_000)
  await kubectl(['-n', namespace, 'scale', 'statefulset/kafka', '--replicas=0'])
  await pause(kafkaAwayMs)
  await kubectl(['-n', namespace, 'scale', 'statefulset/kafka', '--replicas=1'])
  return nothingLost(await load)
}

const longerThanGraceMs = 75_000 // a service that Kafka refuses is not ready after its minute either

async function wrongPassword(): Promise<string> {
  const load = underLoad({ sku, seconds: 90, perSecond: 10 })
  const deployments = serviceNames.map(name => `deployment/${name}`)
  const password = randomBytes(12).toString('base64url')
  await kubectl(['-n', namespace, 'set', 'env', ...deployments, `KAFKA_SASL_PASSWORD=${password}`])
  await pause(longerThanGraceMs)
  const states = await Promise.all(serviceNames.map(updatedAndReady))
  const came = await load
  await kubectl(['-n', namespace, 'set', 'env', ...deployments, 'KAFKA_SASL_PASSWORD-'])
  await rolledOut()
  const wrong = states.filter(state => !state.isHeld).map(state => state.text)
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  return nothingLost(came)
}

/** Whether a roll-out is held: a replica of the new kind is there and not ready, and all of the old kind are. */
async function updatedAndReady(name: string): Promise<{ isHeld: boolean; text: string }> {
  const { spec, status } = JSON.parse(await kubectl(['-n', namespace, 'get', `deployment/${name}`, '-o', 'json'])) as {
    spec: { replicas: number }
    status: { updatedReplicas?: number; readyReplicas?: number; replicas: number }
  }
  const { updatedReplicas = 0, readyReplicas = 0, replicas } = status
  return {
    isHeld: updatedReplicas === 1 && readyReplicas === spec.replicas && replicas === spec.replicas + 1,
    text: `${name}: ${updatedReplicas} of the new kind, ${readyReplicas} of ${replicas} ready`,
  }
}

async function tearDown(): Promise<void> {
  const { status, stdout, stderr } = await program(bin('teardown-k8s-local.sh'), ['--yes'])
  if (status !== 0) throw new Error(stdout + stderr)
}

async function localOverlay(): Promise<void> {
  if (!(await step('deploys, and becomes ready', deploy))) return
  await step('the main job, by the command line in its pod', mainJob)
  await step('the command line works in pipes, and gives its exit status', pipes)
  await step('every pod is killed, and no acknowledged order is lost', killing)
  await step('an update under load loses no request', updating)
  await step('Kafka is unavailable for 40 s, and no request is lost', withoutKafka)
  await step('a roll-out with a wrong password of Kafka stops, and no request is lost', wrongPassword)
  await step('deploying again changes nothing, and ends well', deploy)
  await step('everything is reconciled', reconciled)
}

async function productionOverlay(secrets: Secrets, context: string): Promise<void> {
  let made: Image[] = []
  const isInstalled = await step('the production overlay is installed from nothing', async () => {
    await serversElsewhere(secrets, context)
    made = await installed(secrets, context)
  })
  if (!isInstalled) return
  await step('it does its work', () => worksFor('first'))
  await step('the release after is applied over it', () => updated(made, context))
  await step('that does its work too', () => worksFor('second'))
}

async function main(): Promise<void> {
  const context = await expectCluster()
  console.log(`cluster: ${context}`)
  await localOverlay()
  if (process.argv.includes('--keep')) return
  const secrets = await localSecrets()
  await step('tears down', tearDown)
  await productionOverlay(secrets, context)
  await step('tears down production', removed)
}

try {
  await main()
} catch (error) {
  console.error(messageOf(error))
  counted.failed++
}
console.log(`\n${counted.passed} passed, ${counted.failed} failed`)
process.exitCode = counted.failed === 0 ? 0 : 1
