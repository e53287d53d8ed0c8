import test from 'ava'
import { rememberedMs, revocations } from './revocations.ts'

const ada = '01981b2c-0000-7a10-8c4f-2b6d9e0f1a01'
const bob = '01981b2c-0000-7a10-8c4f-2b6d9e0f1a02'
const session = '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45'
const another = '01981b2c-7f00-7c32-8e61-4d8f1a2b3c46'

function aMemory() {
  const clock = { ms: 1_000_000 }
  return { clock, memory: revocations(() => clock.ms) }
}

const caller = (id = ada, rightsVersion = 1, sessionId = session) => ({ id, sessionId, rightsVersion })

test('nothing is revoked before anything was heard', t => {
  const { memory } = aMemory()
  t.false(memory.isRevoked(caller()))
  t.false(memory.isRevoked(caller(ada, 0)))
})

test('tokens of a session that was revoked are refused, and those of others are not', t => {
  const { memory } = aMemory()
  memory.apply('session.revoked', { userId: ada, sessionId: session })
  t.true(memory.isRevoked(caller()))
  t.false(memory.isRevoked(caller(ada, 1, another)))
})

for (const type of ['user.role_changed', 'user.disabled', 'user.made_up_by_a_newer_release', undefined])
  test(`what says a version of the rights ends tokens of a smaller one: ${type}`, t => {
    const { memory } = aMemory()
    memory.apply(type, { userId: ada, rightsVersion: 3 })
    t.true(memory.isRevoked(caller(ada, 2)))
    t.true(memory.isRevoked(caller(ada, 0)), 'a token of the release before')
    t.false(memory.isRevoked(caller(ada, 3)))
    t.false(memory.isRevoked(caller(ada, 4)), 'signed before we heard of it')
    t.false(memory.isRevoked(caller(bob, 1)))
  })

test('an older version that comes again, or late, gives nothing back', t => {
  const { memory } = aMemory()
  for (const rightsVersion of [3, 2, 3]) memory.apply('user.role_changed', { userId: ada, rightsVersion })
  t.true(memory.isRevoked(caller(ada, 2)))
})

test('an event that says nothing of rights ends nothing', t => {
  const { memory } = aMemory()
  memory.apply('user.role_changed', { userId: ada, role: 'customer' }) // as the previous release publishes it
  memory.apply('session.began', { userId: ada, sessionId: session })
  t.false(memory.isRevoked(caller(ada, 0)))
})

const broken: Record<string, unknown> = {
  nothing: undefined,
  null: null,
  text: 'x',
  'a list': [1],
  'no user': { rightsVersion: 3 },
  'a user that is none': { userId: { $ne: 1 }, rightsVersion: 3 },
  'a version that is text': { userId: ada, rightsVersion: '3' },
  'half a version': { userId: ada, rightsVersion: 1.5 },
  'a session that is none': { userId: ada, sessionId: [session] },
}
for (const [what, data] of Object.entries(broken))
  test(`a record that is broken is passed over: ${what}`, t => {
    const { memory } = aMemory()
    t.notThrows(() => memory.apply('session.revoked', data))
    t.is(memory.size(), 0)
    t.false(memory.isRevoked(caller(ada, 0)))
  })

test('what no living token can be about is forgotten, and memory is bounded by that', t => {
  const { clock, memory } = aMemory()
  memory.apply('session.revoked', { userId: ada, sessionId: session })
  memory.apply('user.role_changed', { userId: ada, rightsVersion: 2 })
  clock.ms += rememberedMs - 1
  memory.apply('user.role_changed', { userId: bob, rightsVersion: 2 })
  t.true(memory.isRevoked(caller(ada, 1)))
  t.is(memory.size(), 3)
  clock.ms += 1
  memory.apply('user.signed_up', {})
  t.is(memory.size(), 1)
  t.false(memory.isRevoked(caller(ada, 1)))
  t.true(memory.isRevoked(caller(bob, 1)))
})

test('who is heard of again is remembered from then on', t => {
  const { clock, memory } = aMemory()
  memory.apply('user.role_changed', { userId: ada, rightsVersion: 2 })
  memory.apply('user.role_changed', { userId: bob, rightsVersion: 2 })
  clock.ms += rememberedMs / 2
  memory.apply('user.role_changed', { userId: ada, rightsVersion: 3 })
  clock.ms += rememberedMs / 2
  memory.apply('user.signed_up', {})
  t.true(memory.isRevoked(caller(ada, 2)))
  t.false(memory.isRevoked(caller(bob, 1)))
})
