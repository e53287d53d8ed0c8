import { counter, type OwnMetric } from '@docket/chassis/metric-registry.ts'

const logins = counter<'outcome'>(
  'docket_logins_total',
  'Login attempts, by outcome; limited: refused without checking the password',
  [{ outcome: 'succeeded' }, { outcome: 'refused' }, { outcome: 'limited' }],
)
const signups = counter<'outcome'>(
  'docket_signups_total',
  'Sign-up attempts, by outcome; limited: too many from one address',
  [{ outcome: 'succeeded' }, { outcome: 'taken' }, { outcome: 'limited' }],
)
const reuses = counter(
  'docket_sessions_ended_for_reuse_total',
  'Sessions ended because a used refresh token was presented again: it was stolen',
)

export const countLogin = (outcome: 'succeeded' | 'refused' | 'limited') => logins.inc({ outcome })
export const countSignup = (outcome: 'succeeded' | 'taken' | 'limited') => signups.inc({ outcome })
export const countReuse = () => reuses.inc()

export const metrics: readonly OwnMetric[] = [logins, signups, reuses]
