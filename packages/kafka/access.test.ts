import test from 'ava'
import { flows } from '@docket/contract/flows.ts'
import { accessList, connectPrincipal, mgmtPrincipal, setUpPrincipal } from './access.ts'
import { declaredTopics, fedTopics, isDeadLetterTopic } from './topics.ts'

const who = (operation: string, topic: string) =>
  accessList.filter(one => one.resource === 'topic' && one.name === topic && one.operation === operation)
const loginsOf = (operation: string, topic: string) =>
  who(operation, topic)
    .map(({ principal }) => principal)
    .sort()

for (const { topic } of declaredTopics.filter(one => !isDeadLetterTopic(one.topic))) {
  test(`one login writes ${topic}, unless it is the audit of all, and mgmt reads it`, t => {
    const own = topic.replace('-events', '-service')
    t.deepEqual(loginsOf('Write', topic), topic === 'audit-events' ? Object.keys(flows).sort() : [own])
    t.true(loginsOf('Read', topic).includes(mgmtPrincipal))
  })

  test(`whoever consumes ${topic} may dead-letter what it cannot handle, and its publisher redrives that`, t => {
    const publisher = Object.keys(flows).find(service => flows[service]?.publishes.some(own => own === topic))
    const consumers = Object.keys(flows).filter(service => flows[service]?.consumes.some(one => one === topic))
    for (const login of [...consumers, publisher])
      t.true(loginsOf('Write', `${topic}.dlq`).includes(login ?? ''), login)
    const readers = [mgmtPrincipal, publisher, ...(fedTopics.includes(topic) ? ['order-service'] : [])]
    t.deepEqual(loginsOf('Read', `${topic}.dlq`), [...new Set(readers)].sort())
    t.true(loginsOf('Read', topic).includes(publisher ?? ''))
  })
}

test('whoever serves the feed reads every topic of it', t => {
  for (const topic of fedTopics) t.true(loginsOf('Read', topic).includes('order-service'), topic)
})

test('only user-service and mgmt read who did what', t => {
  t.deepEqual(loginsOf('Read', 'audit-events'), [mgmtPrincipal, 'user-service'])
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
