/**
 * The promises of k8s/ on a real cluster: `npm run k8s:test [-- --keep]`. Deploys, runs the main job, kills pods,
 * updates under load, reconciles, tears down.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import { contextArgs, expectCluster, kubectl, namespace, program, type ProgramOutput } from './cluster.ts'
import { readSecret } from './secrets.ts'

const bin = (name: string) => join(root, 'bin', name)
const sku = `mug-${randomBytes(3).toString('hex')}`
const counted = { passed: 0, failed: 0 }
const updateSeconds = 75

/** The command line in the pod, as an operator calls it. Throws when it ends in another way than expected. */
async function mgmt(args: string[], { input = '', expects = 0 } = {}): Promise<ProgramOutput> {
  const ended = await program(bin('management-cli-local.sh'), args, { input })
  if (ended.status !== expects)
    throw new Error(
      `mgmt ${args.join(' ')} ended with ${ended.status}, not ${expects}:\n${ended.stdout}${ended.stderr}`,
    )
  return ended
}

async function step(name: string, work: () => Promise<string | void>): Promise<boolean> {
  const began = Date.now()
  try {
    const summary = await work()
    counted.passed++
    console.log(`ok    ${name}  ${((Date.now() - began) / 1000).toFixed(1)} s${summary ? `\n      ${summary}` : ''}`)
    return true
  } catch (error) {
    counted.failed++
    console.log(
      `FAIL  ${name}  ${((Date.now() - began) / 1000).toFixed(1)} s\n${error instanceof Error ? error.message : error}`,
    )
    return false
  }
}

async function deploy(): Promise<string> {
  const { status, stdout, stderr } = await program(bin('deploy-k8s-local.sh'), [])
  if (status !== 0) throw new Error(stdout + stderr)
  return /all is up after \d+ s/.exec(stdout)?.[0] ?? stdout
}

async function mainJob(): Promise<void> {
  const password = (await readSecret('user-service'))?.BOOTSTRAP_OPERATOR_PASSWORD ?? ''
  await mgmt(['login', 'operator', '--password-stdin'], { input: password })
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

const podsOf = async (service: string) =>
  (await kubectl(['-n', namespace, 'get', 'pods', '-l', `app.kubernetes.io/name=${service}`, '-o', 'name']))
    .trim()
    .split('\n')
    .filter(Boolean)

async function rolledOut(): Promise<void> {
  for (const name of serviceNames)
    await kubectl(['-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=240s'])
}

/** Orders are under way while every service is killed, at once and without a warning. */
async function killing(): Promise<string> {
  const load = underLoad(20, 10)
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

interface Load {
  requests: number
  failures: Record<string, number>
  orders: number
  unfinished: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

async function underLoad(seconds: number, perSecond: number): Promise<Load> {
  const script = readFileSync(new URL('load.mjs', import.meta.url), 'utf8')
  const { status, stdout, stderr } = await program(
    'kubectl',
    [
      ...contextArgs(),
      '-n',
      namespace,
      'exec',
      '-i',
      'deploy/management',
      '--',
      'env',
      `SECONDS=${seconds}`,
      `PER_SECOND=${perSecond}`,
      `SKU=${sku}`,
      'node',
      '--input-type=module',
      '-',
    ],
    { input: script },
  )
  if (status !== 0) throw new Error(`the load ended with ${status}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as Load
}

/** Two of each, and then all of them replaced, while requests come at a steady pace and none is sent twice. */
async function updating(): Promise<string> {
  for (const name of serviceNames) await kubectl(['-n', namespace, 'scale', `deployment/${name}`, '--replicas=2'])
  await rolledOut()
  const before = new Set((await Promise.all(serviceNames.map(podsOf))).flat())
  const load = underLoad(updateSeconds, 10)
  await pause(3_000)
  const began = Date.now()
  await Promise.all(serviceNames.map(name => kubectl(['-n', namespace, 'rollout', 'restart', `deployment/${name}`])))
  await rolledOut()
  const took = (Date.now() - began) / 1_000
  const left = (await Promise.all(serviceNames.map(podsOf))).flat().filter(pod => before.has(pod))
  const { requests, failures, orders, unfinished, ...times } = await load
  if (Object.keys(failures).length > 0)
    throw new Error(`requests were lost: ${JSON.stringify(failures)} of ${requests}`)
  if (unfinished > 0) throw new Error(`${unfinished} of ${orders} acknowledged orders did not end`)
  const late = took > updateSeconds - 5 ? '; the update took longer than the load' : ''
  return `${requests} requests and ${orders} orders, none lost, in an update of ${took.toFixed(0)} s (${left.length} old pods were still ending${late}); ${JSON.stringify(times)}`
}

/** What is done before each release can be done again, beside the release that runs. */
async function jobsAgain(): Promise<void> {
  const names = ['topics', ...serviceNames.map(name => `migrate-${name}`)]
  const { items } = JSON.parse(await kubectl(['-n', namespace, 'get', 'job', ...names, '-o', 'json'])) as {
    items: { metadata: Record<string, unknown>; spec: Record<string, unknown> }[]
  }
  for (const job of items) {
    const {
      selector: _selector,
      template,
      ...spec
    } = job.spec as { selector: unknown; template: { metadata: { labels: Record<string, string> } } }
    const labels = Object.fromEntries(
      Object.entries(template.metadata.labels).filter(([label]) => !/controller-uid|job-name/.test(label)),
    )
    const again = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace, name: `${job.metadata.name}-again`, labels: job.metadata.labels },
      spec: { ...spec, template: { ...template, metadata: { labels } } },
    }
    await kubectl(['create', '-f', '-'], JSON.stringify(again))
  }
  await kubectl([
    '-n',
    namespace,
    'wait',
    '--for=condition=complete',
    '--timeout=120s',
    ...names.map(name => `job/${name}-again`),
  ])
}

async function reconciled(): Promise<string> {
  const { stdout } = await mgmt(['reconcile'])
  return stdout.trim().split('\n').at(-1) ?? ''
}

async function tearDown(): Promise<void> {
  const { status, stdout, stderr } = await program(bin('teardown-k8s-local.sh'), ['--yes'])
  if (status !== 0) throw new Error(stdout + stderr)
}

async function main(): Promise<void> {
  console.log(`cluster: ${await expectCluster()}`)
  if (await step('deploys, and becomes ready', deploy)) {
    await step('the main job, by the command line in its pod', mainJob)
    await step('the command line works in pipes, and gives its exit status', pipes)
    await step('every pod is killed, and no acknowledged order is lost', killing)
    await step('an update under load loses no request', updating)
    await step('topics and migrations can run again', jobsAgain)
    await step('deploying again changes nothing, and ends well', deploy)
    await step('everything is reconciled', reconciled)
  }
  if (!process.argv.includes('--keep')) await step('tears down', tearDown)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  counted.failed++
}
console.log(`\n${counted.passed} passed, ${counted.failed} failed`)
process.exitCode = counted.failed === 0 ? 0 : 1
