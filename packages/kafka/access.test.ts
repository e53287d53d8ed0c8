import test from 'ava'
import { flows } from '@docket/contract/flows.ts'
import { accessList, connectPrincipal, mgmtPrincipal, setUpPrincipal } from './access.ts'
import { declaredTopics, isDeadLetterTopic } from './topics.ts'

const who = (operation: string, topic: string) =>
  accessList.filter(one => one.resource === 'topic' && one.name === topic && one.operation === operation)
const loginsOf = (operation: string, topic: string) =>
  who(operation, topic)
    .map(({ principal }) => principal)
    .sort()

for (const { topic } of declaredTopics.filter(one => !isDeadLetterTopic(one.topic))) {
  test(`one login writes ${topic}, and mgmt reads it`, t => {
    t.deepEqual(loginsOf('Write', topic), [topic.replace('-events', '-service')])
    t.true(loginsOf('Read', topic).includes(mgmtPrincipal))
  })

  test(`whoever consumes ${topic} may dead-letter what it cannot handle, and its publisher redrives that`, t => {
    const [publisher] = loginsOf('Write', topic)
    const consumers = Object.keys(flows).filter(service => flows[service]?.consumes.some(one => one === topic))
    for (const login of [...consumers, publisher])
      t.true(loginsOf('Write', `${topic}.dlq`).includes(login ?? ''), login)
    const readers = [mgmtPrincipal, publisher, 'order-service'] // which serves the feed of all events
    t.deepEqual(loginsOf('Read', `${topic}.dlq`), [...new Set(readers)].sort())
  })
}

test('whoever serves the feed reads every topic, and for that joins no group but its own', t => {
  for (const { topic } of declaredTopics) t.true(loginsOf('Read', topic).includes('order-service'), topic)
})

test('the logins of mgmt and of who makes topics write nothing, and that of Kafka Connect only its own topics', t => {
  const writes = accessList.filter(({ operation }) => ['Write', 'Alter', 'Create'].includes(operation))
  t.deepEqual(
    writes.filter(({ principal }) => principal === mgmtPrincipal),
    [],
  )
  t.deepEqual(
    writes
      .filter(({ principal }) => principal === setUpPrincipal)
      .map(({ resource, operation }) => `${operation} ${resource}`),
    ['Create cluster', 'Alter cluster'],
  )
  t.true(
    writes
      .filter(({ principal }) => principal === connectPrincipal)
      .every(({ name, pattern }) => name === connectPrincipal && pattern === 'prefixed'),
  )
})

test('every service reads who was logged out; a group belongs to one login', t => {
  t.deepEqual(loginsOf('Read', 'user-events').length, 6)
  for (const { principal, name, operation } of accessList.filter(one => one.resource === 'group'))
    if (operation === 'Read') t.is(name, principal)
})
