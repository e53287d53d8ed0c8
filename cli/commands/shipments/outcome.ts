import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { PostShipmentsByIdOutcome } from '../../client/generated/requests.ts'
import type { Shipment } from '../../client/shapes.ts'
import type { Mgmt } from '../../mgmt.ts'

export interface OutcomeOptions {
  detail?: string
  idempotencyKey?: string
}

export const withOutcomeOptions = (command: Command) =>
  command
    .argument('<shipment-id>')
    .option('--detail <text>', 'what the carrier or the customer said')
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')

export const sayOutcome = (
  mgmt: Mgmt,
  id: string,
  status: PostShipmentsByIdOutcome['status'],
  { detail, idempotencyKey = randomUUID() }: OutcomeOptions,
) =>
  sendOnce<Shipment>(mgmt, {
    service: 'shipping',
    path: `/shipments/${encodeURIComponent(id)}/outcome`,
    body: { status, ...(detail !== undefined && { detail }) },
    key: idempotencyKey,
    unknown: `whether that was noted of ${id}`,
  })
