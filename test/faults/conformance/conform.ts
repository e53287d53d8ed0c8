import type { TopicContract } from '@docket/tools/generate/contract/read.ts'
import type { KafkaSettings } from '@docket/kafka/client.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import { randomFrom } from '../chaos/random.ts'
import { runChecks, type Check, type Finding } from './checks.ts'
import type { Pace } from './lab.ts'
import { observed } from './observed.ts'
import { serviceProcess, type Command } from './process.ts'
import { storyteller } from './stories.ts'
import type { Subject } from './subject.ts'
import { wireTo } from './wire.ts'

export interface Trial {
  kafka: KafkaSettings
  contract: readonly TopicContract[]
  subject: Subject
  command: Command
  chosen: readonly Check[]
  seed: number
  pace: Pace
  signal: AbortSignal
  onFinding(finding: Finding): void
}

export async function conform(trial: Trial): Promise<Finding[]> {
  const { kafka, contract, subject, command, chosen, seed, pace, signal, onFinding } = trial
  const seen = observed(subject)
  const topics = contract.flatMap(({ topic }) => [topic, deadLetterTopic(topic)])
  const wire = await wireTo(kafka, { ...subject, topics }, seen.see)
  const service = serviceProcess(command, pace.readyMs)
  const random = randomFrom(seed)
  try {
    const lab = {
      subject,
      service,
      wire,
      observed: seen,
      teller: storyteller(random),
      random,
      pace,
      deadlineMs: performance.now() + pace.budgetMs,
      signal,
      typesOf: (name: string) =>
        contract
          .filter(({ topic }) => topic === name)
          .flatMap(({ topic, producer, events }) =>
            events.map(({ type, schema }) => ({ type, topic, producer, schema })),
          ),
      calm: new Map(),
      deadLettered: new Set<string>(),
      told: [],
      poisons: [],
    }
    return await runChecks(lab, chosen, onFinding)
  } finally {
    await service.end('SIGKILL')
    await wire.close()
  }
}
