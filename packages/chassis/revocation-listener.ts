import type { kafkaClient } from '@docket/kafka/client.ts'
import { followTopic } from '@docket/kafka/follow-topic.ts'
import { header, type IncomingRecord } from '@docket/kafka/record-codec.ts'
import { refusalOf } from '@docket/kafka/security.ts'
import type { Topic } from '@docket/contract/event.ts'
import { accessTokenSeconds } from '@docket/foundation/access-token.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { rememberedMs, type Revocations } from './http/revocations.ts'
import type { Logger } from './log.ts'

const revocationTopic: Topic = 'user-events'

export interface RevocationListener {
  /** Why revocations do not arrive at the moment, so that tokens end only by expiring. Undefined while they do. */
  trouble(): string | undefined
  /** Whether Kafka refuses us, which retrying does not fix. */
  isRefused(): boolean
  stop(): void
}

/**
 * Every replica learns of every revocation: it reads the topic without a consumer group, because a group would deliver
 * to one replica only. Starts with the revocations that may concern tokens still valid.
 */
export function listenForRevocations(
  kafka: ReturnType<typeof kafkaClient>,
  revocations: Revocations,
  log: Logger,
  topic: string = revocationTopic,
): RevocationListener {
  const ending = new AbortController()
  const state = { trouble: unheard('not read yet') as string | undefined, isRefused: false }
  void followTopic({
    kafka,
    topic,
    since: () => Date.now() - rememberedMs,
    onRecords(records) {
      for (const record of records) revocations.apply(header(record, 'ce_type'), dataOf(record))
    },
    onCaughtUp() {
      if (state.trouble !== undefined) log.info({ topic, remembered: revocations.size() }, 'revocations are heard')
      state.trouble = undefined
      state.isRefused = false
    },
    onTrouble(error) {
      const reason = messageOf(error)
      if (state.trouble !== unheard(reason)) log.warn({ topic, reason }, 'revocations are not heard; trying again')
      state.trouble = unheard(reason)
      state.isRefused = refusalOf(error) !== undefined
    },
    signal: ending.signal,
  })
  return {
    trouble: () => state.trouble,
    isRefused: () => state.isRefused,
    stop: () => ending.abort(),
  }
}

const unheard = (reason: string) =>
  `revocations are not heard (${reason}); a token is good until it ends, ${accessTokenSeconds / 60} minutes at most`

/** A broken record is dead-lettered by the owner of the topic, so it is ignored here. */
function dataOf({ value }: IncomingRecord): unknown {
  try {
    return JSON.parse(String(value))
  } catch {
    return undefined
  }
}
