import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { topicOverview } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { root } from '@docket/addresses/addresses.ts'
import { fill, scratchTopic } from '../scratch-topic.ts'

export interface TailSpeed {
  events: number
  /** kafkajs alone: records are counted but not read. */
  barePerSecond: number
  perSecond: number
  peakMb: { half: number; all: number }
  lastTwentyMs: number
}

export async function tailSpeed(brokers: string[], events: number): Promise<TailSpeed> {
  const topic = await scratchTopic(brokers)
  await fill(brokers, topic, sent => sent < events / 2)
  const first = await mgmtTail(brokers, topic, ['--from-beginning', '-o', 'jsonl'])
  await fill(brokers, topic, sent => sent < events / 2)
  const all = await recordsIn(brokers, topic)
  const bare = readBare(brokers, topic, all)
  const second = await mgmtTail(brokers, topic, ['--from-beginning', '-o', 'jsonl'])
  const last = await mgmtTail(brokers, topic, ['--tail', '20', '-o', 'jsonl'])
  if (second.lines !== all || last.lines !== 20)
    throw new Error(`mgmt events tail showed ${second.lines} of ${all} events, and ${last.lines} of the last 20`)
  return {
    events: all,
    barePerSecond: (all / bare) * 1_000,
    perSecond: (all / second.ms) * 1_000,
    peakMb: { half: first.peakMb, all: second.peakMb },
    lastTwentyMs: last.ms,
  }
}

/** Counted in the topic rather than when sending, because a repeated send may leave more. */
async function recordsIn(brokers: string[], topic: string): Promise<number> {
  const found = (await topicOverview(kafkaClient({ brokers, clientId: 'bench' }))).find(one => one.topic === topic)
  if (!found) throw new Error(`${topic} is gone`)
  return found.records
}

function readBare(brokers: string[], topic: string, count: number): number {
  const { status, stdout } = spawnSync(
    process.execPath,
    [`${root}test/bench/bare-consumer.ts`, brokers.join(','), topic, String(count)],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the consumer ended with ${status}`)
  return Number(stdout)
}

async function mgmtTail(
  brokers: string[],
  topic: string,
  args: string[],
): Promise<{ ms: number; lines: number; peakMb: number }> {
  const fromMs = performance.now()
  const child = spawn(
    `${root}bin/mgmt`,
    ['events', 'tail', '--kafka-brokers', brokers.join(','), '--topic', topic, '--no-follow', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let [lines, peakMb] = [0, 0]
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === newline) lines++
    peakMb = Math.max(peakMb, peakOf(child.pid))
  })
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Error(`mgmt events tail ended with ${status}`)
  return { ms: performance.now() - fromMs, lines, peakMb }
}

const newline = 10

function peakOf(pid: number | undefined): number {
  try {
    return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024)
  } catch {
    return 0
  }
}
