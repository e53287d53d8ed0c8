import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { contextArgs, kubectl, namespace, program, type ProgramOutput } from './cluster.ts'
import { readSecret } from './secrets.ts'

export const counted = { passed: 0, failed: 0 }

/** Runs a step, and prints what came of it. Returns whether it passed; a step that fails is counted, and does not throw. */
export async function step(name: string, work: () => Promise<string | void>): Promise<boolean> {
  const began = Date.now()
  const took = () => `${((Date.now() - began) / 1000).toFixed(1)} s`
  try {
    const summary = await work()
    counted.passed++
    console.log(`ok    ${name}  ${took()}${summary ? `\n      ${summary}` : ''}`)
    return true
  } catch (error) {
    counted.failed++
    console.log(`FAIL  ${name}  ${took()}\n${messageOf(error)}`)
    return false
  }
}

export const bin = (name: string) => join(root, 'bin', name)

/** Runs mgmt in the pod, as an operator does. Throws on any other exit status than the expected one. */
export async function mgmt(args: string[], { input = '', expects = 0 } = {}): Promise<ProgramOutput> {
  const ended = await program(bin('management-cli-local.sh'), args, { input })
  if (ended.status !== expects)
    throw new Error(
      `mgmt ${args.join(' ')} ended with ${ended.status}, not ${expects}:\n${ended.stdout}${ended.stderr}`,
    )
  return ended
}

export async function logInAsOperator(): Promise<void> {
  const password = (await readSecret('user-service'))?.BOOTSTRAP_OPERATOR_PASSWORD ?? ''
  await mgmt(['login', 'operator', '--password-stdin'], { input: password })
}

export const podsOf = async (service: string) =>
  (await kubectl(['-n', namespace, 'get', 'pods', '-l', `app.kubernetes.io/name=${service}`, '-o', 'name']))
    .trim()
    .split('\n')
    .filter(Boolean)

export async function rolledOut(): Promise<void> {
  for (const name of serviceNames)
    await kubectl(['-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=240s'])
}

export async function reconciled(): Promise<string> {
  const { stdout } = await mgmt(['reconcile'])
  return stdout.trim().split('\n').at(-1) ?? ''
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

interface LoadOptions {
  sku: string
  seconds: number
  perSecond: number
  newConnections?: boolean
}

export async function underLoad({ sku, seconds, perSecond, newConnections = false }: LoadOptions): Promise<Load> {
  const settings = [
    `SECONDS=${seconds}`,
    `PER_SECOND=${perSecond}`,
    `SKU=${sku}`,
    `NEW_CONNECTIONS=${newConnections ? 'yes' : 'no'}`,
  ]
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
      ...settings,
      'node',
      '--input-type=module',
      '-',
    ],
    { input: readFileSync(new URL('load.mjs', import.meta.url), 'utf8') },
  )
  if (status !== 0) throw new Error(`the load ended with ${status}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as Load
}

/** In words; throws when a request was lost, or an acknowledged order did not end. */
export function nothingLost({ requests, failures, orders, unfinished, ...times }: Load): string {
  if (Object.keys(failures).length > 0)
    throw new Error(`requests were lost: ${JSON.stringify(failures)} of ${requests}`)
  if (unfinished > 0 || orders === 0) throw new Error(`${unfinished} of ${orders} acknowledged orders did not end`)
  return `${requests} requests and ${orders} orders, none lost; ${JSON.stringify(times)}`
}
