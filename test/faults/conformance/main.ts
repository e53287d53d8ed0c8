/**
 * Drives one service by its topics, /livez, /readyz and signals only, and says what does not hold: npm run conformance
 * -- --service NAME [--command CMD]. In any language; docs/add-a-service.md tells what each check means. On servers of its own. Exit status 1 when something
 * did not hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import { onOwnServers, type OwnServers } from '@docket/local/own-servers.ts'
import { signIn } from '@docket/local/processes.ts'
import { startStack } from '@docket/local/stack.ts'
import { readContract } from '@docket/tools/generate/contract/read.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { checks, isConforming, type Check } from './checks.ts'
import { conform } from './conform.ts'
import { environmentIn, knownOf } from './known.ts'
import { usualPace } from './lab.ts'
import { heading, lineOf, summaryOf } from './report.ts'
import { subjectOf } from './subject.ts'

const usage = `npm run conformance -- --service NAME [--command CMD] [--consumes LIST] [--observes]

  --service NAME    one of ${serviceNames.join(', ')}, sales-report; or your own: its consumer group,
                    and as the producer in a topic.json below events/ if it publishes
  --command CMD     how it is started: one program with its arguments, VARIABLE=value before it. Signals go to it, so
                    not "go run", "cargo run" or "npm start". It finds KAFKA_BROKERS, PORT and OPS_PORT in its
                    environment, as in the local stack, and an empty folder for its data in STATE_DIR
  --consumes LIST   event types or whole topics, with commas between them
  --observes        it writes no dead letters: what it cannot use it keeps to itself
  --only LIST       some checks: ${checks.map(({ name }) => name).join(', ')}
  --seed N          the same events, and the same moments of kill -9
  -o json           for programs

  npm run conformance -- --service returns --consumes shipment.shipped --command './returns --data "$STATE_DIR"'`

const listOf = (text: string | undefined) =>
  text
    ?.split(',')
    .map(one => one.trim())
    .filter(Boolean)

class WrongUsage extends Error {}

function options(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      service: { type: 'string' },
      command: { type: 'string' },
      consumes: { type: 'string' },
      observes: { type: 'boolean' },
      only: { type: 'string' },
      seed: { type: 'string', default: String(Math.trunc(Math.random() * 2 ** 31)) },
      output: { type: 'string', short: 'o', default: 'text' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new WrongUsage(`--seed: ${values.seed} is not a whole number`)
  if (!['text', 'json'].includes(values.output)) throw new WrongUsage(`-o: ${values.output} is neither text nor json`)
  return { ...values, seed, consumes: listOf(values.consumes), only: listOf(values.only) }
}

function chosenOf(only: readonly string[] | undefined): readonly Check[] {
  const unknown = only?.find(name => checks.every(check => check.name !== name))
  if (unknown !== undefined)
    throw new WrongUsage(`--only: ${unknown} is not one of ${checks.map(({ name }) => name).join(', ')}`)
  return only ? checks.filter(({ name }) => only.includes(name)) : checks
}

async function main(): Promise<number> {
  const { service: name, command, consumes, observes, only, seed, output, help } = options(process.argv.slice(2))
  if (help) {
    console.log(usage)
    return 0
  }
  if (name === undefined || !/^[a-z][a-z0-9-]*$/.test(name))
    throw new WrongUsage(`--service: ${name ?? 'nothing'} is not the name of a service, such as returns-service`)
  const chosen = chosenOf(only)
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const known = await knownOf(name, folder)
    const argv = command === undefined ? known.argv : ['/bin/sh', '-c', `exec env ${command}`]
    if (!argv) throw new WrongUsage(`--command is needed: how ${name} is started`)
    const contract = await readContract(new URL('../../../events/', import.meta.url))
    const subject = subjectOf(contract, name, {
      handles: consumes ?? known.handles,
      observes: observes ?? known.observes,
    })
    const [say, print] = output === 'json' ? [console.error, () => undefined] : [console.log, console.log]
    print(heading(subject, seed))

    const run = async ({ at, signal }: OwnServers) => {
      await startStack({ servers: known.servers, services: [] }, say)
      const { port, env } = environmentIn(name, at)
      const logFile = join(root, '.local', 'reports', `conformance-${name}.log`)
      ownFolder(join(root, '.local', 'reports'))
      rmSync(logFile, { force: true })
      const beganMs = performance.now()
      const findings = await conform({
        kafka: { brokers: at.kafkaBrokers, clientId: 'conformance' },
        contract,
        subject,
        command: {
          argv,
          env: { PATH: process.env.PATH, HOME: process.env.HOME, ...known.env, ...env, STATE_DIR: folder },
          cwd: root,
          port,
          logFile,
          onPid: pid => signIn(at.dir, 'conformance', pid),
        },
        chosen,
        seed,
        pace: usualPace,
        signal,
        onFinding: finding => print(lineOf(finding)),
      })
      const seconds = (performance.now() - beganMs) / 1_000
      print(summaryOf(findings, seconds, logFile))
      const conforms = isConforming(findings)
      if (output === 'json')
        console.log(JSON.stringify({ service: name, seed, conforms, seconds, checks: findings }, undefined, 2))
      return conforms ? 0 : 1
    }
    return await onOwnServers(run, { print: say })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof WrongUsage || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  console.error(isUsage ? `${(error as Error).message}\n\n${usage}` : messageOf(error))
  process.exitCode = 1
}
