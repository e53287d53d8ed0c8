import type { KafkaName } from '@docket/addresses/addresses.ts'
import type { KeptProcess } from '../processes.ts'
import type { Print } from './programs.ts'

/** A server of the local stack: what it needs before its first start, how it is started, and when it is ready. */
export interface Server {
  name: KafkaName | 'postgres' | 'mariadb'
  address: string
  ports: number[]
  /** Makes what is missing: programs, data folder. Returns how to start it. */
  prepare(print: Print): Promise<KeptProcess>
  /** Throws while it is not ready for work. */
  probe(): Promise<void>
  /** Makes what is missing inside: databases, users, topics. Safe to repeat. */
  furnish(): Promise<void>
}
