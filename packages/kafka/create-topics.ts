/**
 * The one declared step that creates topics: `KAFKA_BROKERS=host:port node packages/kafka/create-topics.ts
 * [--if-possible] [--acls]`. Safe to run again, and by several at a time. KAFKA_REPLICATION_FACTOR: copies of a new topic; unless
 * set three, or as many as there are brokers. Says what is wrong with topics that are there already, and how to set it.
 *
 * With `--acls` it grants the logins of services and mgmt what they need (access.ts), as a login that may. It takes
 * nothing away, and says what is there that it did not expect.
 *
 * With `--if-possible` it ends well, too, when Kafka cannot be reached or refuses it: for what runs before a service,
 * which looks at its topics itself and is not ready without them.
 */
import { parseArgs } from 'node:util'
import { messageOf } from '@docket/foundation/errors.ts'
import { grantAccess } from './access-admin.ts'
import { createTopics } from './admin.ts'
import { kafkaClient, kafkaSettings } from './client.ts'
import { problemsOf, topicStates } from './topic-check.ts'
import { declaredTopics } from './topics.ts'

const { values: options } = parseArgs({
  options: { 'if-possible': { type: 'boolean', default: false }, acls: { type: 'boolean', default: false } },
})
const text = process.env.KAFKA_REPLICATION_FACTOR || undefined
const copies = text === undefined ? undefined : Number(text)
if (copies !== undefined && !(Number.isInteger(copies) && copies >= 1 && copies <= 32_767)) {
  console.error(`KAFKA_REPLICATION_FACTOR: ${text} is not a whole number from 1`)
  process.exit(78) // EX_CONFIG of sysexits.h: retrying does not help
}
const kafka = kafkaClient(kafkaSettings(process.env, 'create-topics'), (level, message) => {
  if (level === 'error') console.error(message)
})

async function createAndCheck(): Promise<void> {
  const { created, replicationFactor, minInsyncReplicas, brokers } = await createTopics(kafka, copies)
  if (created.length === 0) console.log('all topics are there')
  else
    console.log(
      `created ${created.join(', ')}: ${replicationFactor} copies on ${brokers} brokers; ${minInsyncReplicas} of them must have an event before it is acknowledged`,
    )
  if (created.length > 0 && replicationFactor < 3)
    console.error(
      'an event that was acknowledged may be lost with one broker: production wants three brokers and copies',
    )
  const { states } = await topicStates(
    kafka,
    declaredTopics.map(({ topic }) => topic),
  )
  for (const { topic, text: problem, remedy } of problemsOf(states, brokers))
    console.error(`${topic} ${problem}; ${remedy}`)
}

async function grant(): Promise<void> {
  const { added, unexpected } = await grantAccess(kafka)
  console.log(added.length === 0 ? 'all rights are there' : `granted ${added.length} rights`)
  for (const sentence of unexpected)
    console.error(`${sentence}, which this release does not need: take it away by kafka-acls.sh --remove`)
}

try {
  await createAndCheck()
} catch (error) {
  console.error(`topics were not created or looked at: ${messageOf(error)}`)
  if (!options['if-possible']) process.exitCode = 1
}
if (options.acls) {
  try {
    await grant()
  } catch (error) {
    console.error(`rights were not granted: ${messageOf(error)}`)
    if (!options['if-possible']) process.exitCode = 1
  }
}
