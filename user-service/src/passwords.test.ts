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
  const turnedAway = answers.filter(answer => answer.status === 'rejected').map(answer => answer.reason as unknown)
  t.true(turnedAway.length > 0 && turnedAway.length < answers.length, `${turnedAway.length} of ${answers.length}`)
  for (const reason of turnedAway) t.true(reason instanceof Unavailable)
  await t.notThrowsAsync(hashPassword('x'))
})
