import type { KafkaName } from '@docket/addresses/addresses.ts'
import type { KeptProcess } from '../processes.ts'
import type { Print } from './programs.ts'

/** A server of the local stack: what it needs before its first start, how it is started, and when it is ready. */
export interface Server {
  name: KafkaName | 'postgres' | 'mariadb'
  address: string
  ports: number[]
  prepare(print: Print): Promise<KeptProcess>
  probe(): Promise<void>
  furnish(): Promise<void>
}
