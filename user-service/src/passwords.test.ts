import test from 'ava'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import { hashPassword, isPassword } from './passwords.ts'

test.serial('a password is known by its hash, and no other one is', async t => {
  const hash = await hashPassword('correct horse')
  t.true(await isPassword('correct horse', hash))
  t.false(await isPassword('correct horsf', hash))
  t.false(await isPassword('correct horse', undefined))
})

test.serial('of a crowd some are told to come back, and then there is room again', async t => {
  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => hashPassword('x')))
  const rejected = answers.filter(answer => answer.status === 'rejected').map(answer => answer.reason as unknown)
  t.true(rejected.length > 0 && rejected.length < answers.length, `${rejected.length} of ${answers.length}`)
  for (const reason of rejected) t.true(reason instanceof Unavailable)
  await t.notThrowsAsync(hashPassword('x'))
})
