import { createHmac } from 'node:crypto'
import { derivedSecret, type SigningKey } from './keys.ts'
import { networkOf } from '@docket/foundation/network-address.ts'

/**
 * What is kept of an address, a hash for each key: the first is written, any may be found. So what was kept stays good
 * while keys are changed, and without a key the database does not tell the address.
 */
export const addressHashes = (keys: readonly SigningKey[], ip: string): string[] =>
  keys.map(key =>
    createHmac('sha256', derivedSecret([key], 'addresses'))
      .update(networkOf(ip))
      .digest('hex')
      .slice(0, 32),
  )
