import test from 'ava'
import { TopicsMissing } from '@docket/kafka/security.ts'
import { kafkaContact } from './kafka-contact.ts'

function aContact() {
  let now = 0
  const contact = kafkaContact(() => now)
  contact.begin()
  return { contact, after: (seconds: number) => (now += seconds * 1_000) }
}
const refused = Object.assign(new Error('wrong password'), { name: 'KafkaJSSASLAuthenticationError' })
const unreachable = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

test('a service that has reached Kafka once is ready from then on, whatever Kafka does', t => {
  const { contact } = aContact()
  t.truthy(contact.waitsFor())
  contact.made()
  contact.failed(unreachable)
  t.is(contact.waitsFor(), undefined)
})

test('a service that cannot reach Kafka is ready after a minute, and says what is wrong', t => {
  const { contact, after } = aContact()
  contact.failed(unreachable)
  after(59)
  t.is(contact.waitsFor(), 'Kafka: connect ECONNREFUSED')
  after(1)
  t.is(contact.waitsFor(), undefined)
  t.is(contact.trouble(), 'Kafka: connect ECONNREFUSED')
})

const certificate = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
const noRight = Object.assign(new Error('not authorized to access topics'), { code: 29 })
for (const error of [refused, certificate, noRight, new TopicsMissing(['order-events'])]) {
  test(`a service that Kafka refuses is never ready: ${error.message}`, t => {
    const { contact, after } = aContact()
    contact.failed(new Error('retries exceeded', { cause: error }))
    after(3_600)
    t.regex(contact.waitsFor() ?? '', /^Kafka: /)
  })
}

test('a refusal that is mended counts no more', t => {
  const { contact, after } = aContact()
  contact.failed(refused)
  after(61)
  t.truthy(contact.waitsFor())
  contact.failed(unreachable)
  t.is(contact.waitsFor(), undefined)
})
