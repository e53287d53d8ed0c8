import { setTimeout as pause } from 'node:timers/promises'
import { query } from '@docket/reconciliation/query.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { pidOf } from '@docket/local/processes.ts'
import { adminUrl } from '@docket/test/support/database.ts'
import type { ServiceProcesses } from '@docket/test/support/services.ts'
import { rewind } from '@docket/test/support/rewind.ts'
import { until } from '@docket/test/support/until.ts'
import type { Load } from './load.ts'
import type { Step } from './schedule.ts'
import { poisonRecord } from './poison.ts'
import { untilServing, type World } from './world.ts'

export interface Poisoned {
  ids: string[]
}

const sentWithinMs = 600_000 // longer than any fault
const replayedAtMost = 5_000 // records of a partition; shorter topics are replayed whole

export interface Affected {
  poisoned: Poisoned
  load: Load
}

const poisonAtOnce = 300
const largeOrdersAtOnce = 120 // so that their events exceed one batch

export async function inject(world: World, step: Step, { poisoned, load }: Affected): Promise<void> {
  const { proxies, provider } = world
  const { fault, durationMs } = step
  const processes = replicaHit(world, step)
  switch (fault.kind) {
    case 'kill':
      return processes.kill(fault.service, 'SIGKILL').then(() => restarted(processes, fault.service))
    case 'restart':
      return processes.kill(fault.service, 'SIGTERM').then(() => restarted(processes, fault.service))
    case 'pause': {
      const process = processes.of(fault.service)
      process?.kill('SIGSTOP')
      await pause(durationMs)
      process?.kill('SIGCONT')
      return
    }
    case 'roll':
      return roll(world)
    case 'kill server':
    case 'restart server': {
      const before = pidOf(world.at.dir, fault.server)
      world.signal(
        fault.server,
        fault.kind === 'kill server' ? 'SIGKILL' : fault.server === 'postgres' ? 'SIGINT' : 'SIGTERM',
      )
      return untilServing(world, fault.server, before)
    }
    case 'pause server': {
      world.signal(fault.server, 'SIGSTOP')
      await pause(durationMs)
      world.signal(fault.server, 'SIGCONT')
      return
    }
    case 'cut':
      return proxies[fault.link].cut()
    case 'slow':
    case 'half-open': {
      if (fault.kind === 'slow') proxies[fault.link].slow(200)
      else proxies[fault.link].halfOpen()
      await pause(durationMs)
      proxies[fault.link].heal()
      return
    }
    case 'end backends':
      return endBackends()
    case 'replay':
      return replay(world, fault.service)
    case 'poison': {
      const id = `${fault.poison} ${poisoned.ids.length}`
      await sendPoison(world, [poisonRecord(fault.poison, id)])
      poisoned.ids.push(id)
      return
    }
    case 'poison in number': {
      const ids = Array.from({ length: poisonAtOnce }, (_, n) => `in number ${poisoned.ids.length + n}`)
      await sendPoison(
        world,
        ids.map(id => poisonRecord('breaks the contract', id)),
      )
      poisoned.ids.push(...ids)
      return
    }
    case 'large orders':
      return load.largeOrders(largeOrdersAtOnce)
    case 'kill provider': {
      await provider.kill()
      return provider.start()
    }
    default: {
      await provider.behave({
        ...(fault.kind === 'provider fails' && { fails: 1 }),
        ...(fault.kind === 'provider loses answers' && { losesAnswers: 0.5 }),
        ...(fault.kind === 'provider is slow' && { slowMs: 2_000 }),
        ...(fault.kind === 'provider hangs' && { hangs: 0.5 }),
        ...(fault.kind === 'provider declines refunds' && { declinesRefunds: 0.5 }),
        ...(fault.kind === 'provider fails refunds' && { failsRefunds: 0.5 }),
        ...(fault.kind === 'provider refuses' && { answers: { status: fault.status } }),
      })
      await pause(durationMs)
      await provider.behave({})
    }
  }
}

function replicaHit({ replicas }: World, { atMs }: Step): ServiceProcesses {
  return replicas[atMs % replicas.length] as ServiceProcesses // there is at least one
}

async function roll({ replicas }: World): Promise<void> {
  for (const service of serviceNames)
    for (const processes of replicas) {
      await processes.kill(service, 'SIGTERM')
      await restarted(processes, service)
      await processes.untilReady(service).catch(() => undefined) // another fault may prevent it; the rollout continues
    }
}

/** Waits for the supervisor to restart it, but not until it is ready, which is what the run measures. */
async function restarted(processes: ServiceProcesses, service: ServiceName): Promise<void> {
  const before = processes.of(service)
  while (processes.of(service) === before) await pause(20)
}

const endBackends = (): Promise<void> =>
  query(
    adminUrl(),
    `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> 'reconciliation'`,
  ).then(
    () => undefined,
    () => undefined,
  )

const replay = ({ stack, replicas }: World, service: ServiceName): Promise<void> =>
  replicas.reduce(
    (work, processes) => () => processes.whileDown(service, work),
    () => rewind(stack.sources.kafkaBrokers, service, replayedAtMost).catch(() => undefined),
  )()

const sendPoison = ({ stack }: World, records: OutgoingRecord[]) =>
  until(
    'the poison is sent',
    async () => {
      await produceOnce(kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'chaos' }), records)
      return true
    },
    sentWithinMs,
  )
