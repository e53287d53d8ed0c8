import { createHmac } from 'node:crypto'
import { derivedSecret, type SigningKey } from './keys.ts'
import { networkOf } from '@docket/foundation/network-address.ts'

/**
 * Addresses are stored as hashes, one for each key: the first is written, and any may match. So stored hashes stay
 * valid while keys are rotated, and without a key the database does not reveal the address.
 */
export const addressHashes = (keys: readonly SigningKey[], ip: string): string[] =>
  keys.map(key =>
    createHmac('sha256', derivedSecret([key], 'addresses'))
      .update(networkOf(ip))
      .digest('hex')
      .slice(0, 32),
  )
