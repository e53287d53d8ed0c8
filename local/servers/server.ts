import type { KafkaName } from '@docket/addresses/addresses.ts'
import type { KeptProcess } from '../processes.ts'
import type { Print } from './programs.ts'

export interface Server {
  name: KafkaName | 'postgres' | 'mariadb'
  address: string
  ports: number[]
  prepare(print: Print): Promise<KeptProcess>
  /** Throws while it is not ready for work. */
  probe(): Promise<void>
  furnish(): Promise<void>
}
