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

export const countLogin = (outcome: 'succeeded' | 'refused' | 'limited') => logins.inc({ outcome })
export const countSignup = (outcome: 'succeeded' | 'taken' | 'limited') => signups.inc({ outcome })

export const metrics: readonly OwnMetric[] = [logins, signups]
