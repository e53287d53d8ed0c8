import { z } from 'zod'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { moment, pageLimit } from '@docket/chassis/http/list.ts'
import { reason } from '@docket/chassis/http/reason.ts'
import {
  goodsConditions,
  handovers,
  locationPattern,
  locationRule,
  mostLines,
  mostOfALine,
  returnKinds,
  returnStatuses,
  shipmentStatuses,
  skuPattern,
  skuRule,
} from '@docket/contract/terms.ts'
import { carrierReports } from './carrier-report.ts'

const sku = z.string().regex(skuPattern, skuRule)
const quantity = z.int().min(1).max(mostOfALine)
const location = z.string().regex(locationPattern, locationRule)
const text = (most: number) => z.string().trim().min(1).max(most)
const status = z.enum(shipmentStatuses)
const flag = z.enum(['true', 'false']).transform(value => value === 'true')

export const Shipment = z
  .object({
    orderId: z.uuid(),
    id: z.uuid(),
    location: z.string(),
    status,
    claim: z
      .enum(['undeliverable', 'lost'])
      .optional()
      .meta({ description: 'What its carrier says, and no operator has confirmed' }),
    carrier: z.string().optional(),
    trackingNumber: z.string().optional(),
    lines: z.array(
      z.object({
        sku: z.string(),
        quantity: z.int(),
        returned: z.int().meta({ description: 'Pieces that are in a return, or came back in one' }),
      }),
    ),
    shippingAddress: z.record(z.string(), z.string()).optional(),
    createdAt: z.iso.datetime(),
    lateAt: z.iso.datetime().optional().meta({ description: 'It is late when it is still open then' }),
    shippedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional().meta({ description: 'When it was delivered, undeliverable or lost' }),
  })
  .meta({ id: 'Shipment' })

export const ShipmentId = z.object({ id: givenId })
export const OrderId = z.object({ id: givenId })

export const ShipmentPage = z.object({ items: z.array(Shipment), nextCursor: z.string().nullable() })

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

const range = {
  since: moment.optional().meta({ description: 'Of orders that were created at this time or later' }),
  until: moment.optional().meta({ description: 'Of orders that were created before' }),
  limit: pageLimit,
  cursor: z
    .string()
    .max(100)
    .regex(new RegExp(`^${uuid}_${uuid}$`, 'i'), 'must be the nextCursor of the page before')
    .optional(),
}

export const ShipmentQuery = z.object({
  ...range,
  carrier: text(200).optional(),
  status: status.optional(),
  location: location.optional(),
  claims: flag.optional().meta({ description: 'true: only those whose carrier claims what nobody has confirmed' }),
  late: flag.optional().meta({ description: 'true: only those that should have left' }),
})

const lines = z.array(z.strictObject({ sku, quantity })).min(1).max(mostLines)

const eachOnce = (of: readonly { sku: string; condition?: string }[]) =>
  new Set(of.map(line => `${line.sku} ${line.condition}`)).size === of.length

export const Waiting = z
  .object({
    dispatch: z.int().meta({ description: 'Open shipments' }),
    lateDispatch: z.int().meta({ description: 'Of these, those that should have left' }),
    confirmation: z.int().meta({ description: 'Shipments whose carrier claims what nobody has confirmed' }),
    goods: z.int().meta({ description: 'Announced returns' }),
    unknownShipment: z.int().meta({ description: "Carriers' reports on shipments that are not known here" }),
  })
  .meta({ id: 'Waiting' })

export const DispatchBody = z
  .strictObject({
    lines: lines.refine(eachOnce, 'must name each item once').optional().meta({ description: 'Unless given: all' }),
    carrier: text(100).optional().meta({ description: 'Unless given, the simulated carrier takes the shipment' }),
    trackingNumber: text(100).optional(),
  })
  .refine(body => (body.carrier === undefined) === (body.trackingNumber === undefined), {
    message: 'must be given together with the other of carrier and trackingNumber',
    path: ['carrier'],
  })

export const OutcomeBody = z.strictObject({
  status: z.enum(carrierReports),
  detail: text(500).optional(),
})

export const Location = z
  .object({
    name: z.string(),
    handover: z.enum(handovers),
    lateAfterSeconds: z.int().meta({ description: 'A shipment that is open for longer is late' }),
  })
  .meta({ id: 'Location' })

export const Locations = z.object({ items: z.array(Location) })
export const LocationName = z.object({ name: location })

const longestWaitSeconds = 366 * 86_400

export const LocationChange = z
  .strictObject({
    handover: z.enum(handovers).optional(),
    lateAfterSeconds: z.int().min(1).max(longestWaitSeconds).optional(),
  })
  .refine(change => Object.keys(change).length > 0, 'must name what is to change')
  .meta({ description: 'Counts for orders that are accepted from now on' })

export const Return = z
  .object({
    id: z.uuid(),
    orderId: z.uuid(),
    shipmentId: z.uuid(),
    kind: z.enum(returnKinds),
    status: z.enum(returnStatuses),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int(), condition: z.enum(goodsConditions).optional() })),
    lostIn: z.uuid().optional().meta({ description: 'The return in which the goods were received as lost' }),
    location: z.string().optional().meta({ description: 'Where it was received' }),
    detail: z.string().optional(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'Return' })

export const ReturnId = z.object({ id: givenId })
export const ReturnPage = z.object({ items: z.array(Return), nextCursor: z.string().nullable() })

export const ReturnQuery = z.object({
  ...range,
  status: z.enum(returnStatuses).optional(),
  kind: z.enum(returnKinds).optional(),
})

export const NewReturnBody = z.strictObject({
  orderId: givenId,
  shipmentId: givenId.optional().meta({ description: 'Unless given: the first shipment that has all the lines' }),
  lines: lines.refine(eachOnce, 'must name each item once'),
  detail: text(500).optional(),
})

export const ReceiptBody = z.strictObject({
  lines: z
    .array(z.strictObject({ sku, quantity, condition: z.enum(['restock', 'scrap']) }))
    .min(1)
    .max(2 * mostLines)
    .refine(eachOnce, 'must name each item once in each condition'),
  location: location.default('main'),
})

const carrierName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case letters, digits and dashes')
const reportId = text(100)

export const CarrierName = z.object({ name: carrierName })

export const CarrierReportBody = z.object({
  id: reportId.meta({ description: "The carrier's own id of the report: one that comes twice counts once" }),
  trackingNumber: text(100),
  status: z.enum(carrierReports),
  at: moment,
  detail: text(500).optional(),
})

export const ReportTaken = z.object({
  outcome: z.enum(['applied', 'duplicate', 'kept']).meta({
    description: 'kept: no shipment has this number yet; the report counts when one has',
  }),
})

export const WaitingQuery = z.object({ limit: pageLimit })

export const CarrierReport = z
  .object({
    carrier: z.string(),
    id: z.string(),
    trackingNumber: z.string(),
    status: z.enum(carrierReports),
    detail: z.string().optional(),
    at: z.iso.datetime(),
    receivedAt: z.iso.datetime(),
  })
  .meta({ id: 'CarrierReport' })

export const WaitingReports = z.object({ items: z.array(CarrierReport) })

/** Carriers choose the ids of their reports, so they may not fit into a path. */
export const DismissalBody = z
  .strictObject({ carrier: carrierName, id: reportId, reason })
  .meta({ example: { carrier: 'harbour-post', id: '81f3', reason: 'the parcel of another shop' } })
