import test from 'ava'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import { hashPassword, verify } from './passwords.ts'

test.serial('a password is known by its hash, and no other one is', async t => {
  const hash = await hashPassword('correct horse')
  t.is(await verify('correct horse', hash), 'right')
  t.is(await verify('correct horsf', hash), 'wrong')
  t.is(await verify('correct horse', undefined), 'wrong')
})

test.serial('a password is the same on every keyboard', async t => {
  const hash = await hashPassword('caf\u00e9 \ufb01ne')
  for (const typed of ['cafe\u0301 \ufb01ne', 'caf\u00e9 fine', '\uff43af\u00e9 fine'])
    t.is(await verify(typed, hash), 'right')
  t.is(await verify('cafe fine', hash), 'wrong')
})

// the hash of 'cafe\u0301 fine', not normalized, by release 0.1.0
const typedHash = '$argon2id$v=19$m=19456,t=2,p=1$Nv+0fmQyuNf0H6MxWxhulQ$twSrH+dH1Qg7kwQ8ZHk0GlobSSU1EBmETNHiMlWrzP0'

test.serial('a hash of what was typed still works, and is to be renewed', async t => {
  t.is(await verify('cafe\u0301 fine', typedHash), 'outdated')
  t.is(await verify('caf\u00e9 fine', typedHash), 'wrong')
})

test.serial('of a crowd some are told to come back, and then there is room again', async t => {
  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => hashPassword('x')))
  const rejected = answers.filter(answer => answer.status === 'rejected').map(answer => answer.reason as unknown)
  t.true(rejected.length > 0 && rejected.length < answers.length, `${rejected.length} of ${answers.length}`)
  for (const reason of rejected) t.true(reason instanceof Unavailable)
  await t.notThrowsAsync(hashPassword('x'))
})
