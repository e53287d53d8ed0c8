import type { Role } from '@docket/contract/terms.ts'

/** What an operator or an observer did, or saw. */
export interface Act {
  id: string
  at: Date
  /** Where it was done. */
  service: string
  act: string
  userId: string
  username: string
  role: Role
  address: string
  kind: string
  subject: string
  orderId: string | null
  reason: string | null
  detail: string | null
}
