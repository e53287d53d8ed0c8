import { counter, type OwnMetric } from '@docket/chassis/metric-registry.ts'

const logins = counter<'outcome'>(
  'docket_logins_total',
  'Attempts to log in, by outcome; limited: refused without a look at the password',
  [{ outcome: 'succeeded' }, { outcome: 'refused' }, { outcome: 'limited' }],
)
const signups = counter<'outcome'>(
  'docket_signups_total',
  'Attempts to sign up, by outcome; limited: too many from one address',
  [{ outcome: 'succeeded' }, { outcome: 'taken' }, { outcome: 'limited' }],
)
const reuses = counter(
  'docket_sessions_ended_for_reuse_total',
  'Sessions that ended because a refresh token of theirs was presented that had been used up: it was stolen',
)

export const countLogin = (outcome: 'succeeded' | 'refused' | 'limited') => logins.inc({ outcome })
export const countSignup = (outcome: 'succeeded' | 'taken' | 'limited') => signups.inc({ outcome })
export const countReuse = () => reuses.inc()

export const metrics: readonly OwnMetric[] = [logins, signups, reuses]
