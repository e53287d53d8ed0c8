import { isRefused } from '@docket/chassis/refused.ts'
import { afterReport, claimOf, type CarrierReport } from '@docket/shipping-service/src/carrier-report.ts'
import {
  ask,
  confirm,
  deliveredAfterAll,
  find,
  freeLines,
  giveUp,
  lostLines,
  receive,
  type Return,
} from '@docket/shipping-service/src/return.ts'
import { common, dispatch, shipmentsFor, withdraw, type Shipment } from '@docket/shipping-service/src/shipment.ts'
import type { Effect, Service, Step } from '../engine/model.ts'
import type { FulfilmentEvent, ShippingEvent } from './events.ts'
import { bySku, count, countOf, inWords, someOf, type Pieces, type PlacedPieces } from './pieces.ts'
import type { Applies } from './rules.ts'
import type { Scenario } from './scenarios.ts'

export interface ShippingState {
  isKnown: boolean
  shipments: readonly ReportedShipment[]
  returns: readonly ComingReturn[]
  requests: readonly string[]
  keptRequests: readonly { requestId: string; lines: readonly Pieces[] }[]
  withdrawn: readonly PlacedPieces[]
  timesAsked: number
}

/** In the order of their ranks, so that equal sets of reports are equal states. */
export interface ReportedShipment extends Shipment {
  reports?: readonly CarrierReport[]
}

/** The world decides in advance whether the goods never arrive. */
export interface ComingReturn extends Return {
  neverComes?: true
}

type ShippingEffect = Effect<ShippingState, ShippingEvent>
type ShippingStep = Step<ShippingState, ShippingEvent>

const mostReturns = 4 // bounds the search, since partial receipts could make ever more
const allReports: readonly CarrierReport[] = ['lost', 'undeliverable', 'delivered']

export function shippingService(scenario: Scenario, applies: Applies): Service<ShippingState, FulfilmentEvent> {
  const ordered = bySku(scenario.allocations)

  const then = (effect: ShippingEffect, next: (state: ShippingState) => ShippingEffect): ShippingEffect => {
    const after = next(effect.state)
    return { ...after, publishes: [...(effect.publishes ?? []), ...(after.publishes ?? [])] }
  }

  function leave(state: ShippingState, shipment: ReportedShipment, leaving: readonly Pieces[]): ShippingEffect {
    const decision = dispatch(shipment, leaving, String(state.shipments.length))
    if (isRefused(decision)) throw new Error(`the model dispatches what it may not: ${decision.refused}`)
    const { left, rest } = decision
    const dispatched: ShippingEffect = {
      state: {
        ...state,
        shipments: [...withShipment(state, left), ...(rest && applies('s.rest-open') ? [rest] : [])],
      },
      publishes: [{ type: 'shipment.shipped', shipmentId: left.id, location: left.location, lines: left.lines }],
    }
    const kept = applies('s.report-kept') ? (shipment.reports ?? []) : []
    return kept.reduce((effect, report) => then(effect, next => reported(next, left.id, report)), dispatched)
  }

  function decide(state: ShippingState, requestId: string, requested: readonly Pieces[]): ShippingEffect {
    const decided = withdraw(applies('s.only-open') ? state.shipments : state.shipments.map(asIfOpen), requested)
    const shipments = decided.shipments.map((shipment, index): ReportedShipment => {
      const before = state.shipments[index] as ReportedShipment // there are as many as before
      const isEmptied = shipment.status === 'cancelled' && before.status === 'open'
      return isEmptied && applies('s.empty-cancelled') ? shipment : { ...shipment, status: before.status }
    })
    const { withdrawn } = decided
    const isAnswered = withdrawn.length > 0 || applies('s.answers-refusal')
    return {
      state: { ...state, shipments, withdrawn: placed([...state.withdrawn, ...withdrawn]) },
      publishes: isAnswered ? [{ type: 'shipment.lines_withdrawn', requestId, withdrawn }] : [],
    }
  }

  function accepted(state: ShippingState, allocations: readonly PlacedPieces[] | undefined): ShippingEffect {
    if (state.isKnown) return applies('s.accepted-claim') ? { state } : { state, wrong: 'shipments are made twice' }
    if (!allocations && !applies('x.old-main')) return { state, fails: 'shipping-service: no allocations' }
    const allFromMain = ordered.map(line => ({ location: 'main', ...line }))
    const opened: ShippingEffect = {
      state: { ...state, isKnown: true, shipments: shipmentsFor(allocations ?? allFromMain, String) },
    }
    const requests = applies('s.kept-once') ? state.keptRequests : []
    const decided = requests.reduce(
      (effect, { requestId, lines }) =>
        then(effect, next => decide({ ...next, keptRequests: next.keptRequests.slice(1) }, requestId, lines)),
      opened,
    )
    const automatic = decided.state.shipments.filter(
      ({ status, location }) => status === 'open' && !scenario.manual.includes(location),
    )
    return automatic.reduce((effect, shipment) => then(effect, next => leave(next, shipment, shipment.lines)), decided)
  }

  function requested(state: ShippingState, requestId: string, lines: readonly Pieces[]): ShippingEffect {
    if (applies('s.request-claim') && state.requests.includes(requestId)) return { state }
    if (!state.isKnown && !applies('s.kept')) return { state }
    const claimed = {
      ...state,
      requests: state.requests.includes(requestId) ? state.requests : [...state.requests, requestId].sort(),
    }
    return state.isKnown
      ? decide(claimed, requestId, lines)
      : { state: { ...claimed, keptRequests: [...state.keptRequests, { requestId, lines }] } }
  }

  /** A report on an open shipment is kept until its dispatch, because reports may arrive before it. */
  function reported(state: ShippingState, id: string, report: CarrierReport): ShippingEffect {
    const before = shipmentOf(state, id)
    const isReplaced = !applies('s.rank') && before.status !== 'open'
    const shipment: ReportedShipment = {
      ...before,
      status: isReplaced ? report : afterReport(before.status, report),
      reports: allReports.filter(one => one === report || before.reports?.includes(one)),
    }
    const next = { ...state, shipments: withShipment(state, shipment) }
    if (shipment.status === before.status) return { state: next }
    if (report === 'delivered')
      return { state: applies('s.late-delivery') ? { ...next, returns: deliveredAfterAll(id, next.returns) } : next }
    if (scenario.carrier !== 'reports') return confirmed(next, id)
    return applies('s.claim-confirmed') ? { state: next } : cameBackAs(next, shipment, report)
  }

  function confirmed(state: ShippingState, id: string): ShippingEffect {
    const shipment = shipmentOf(state, id)
    const { status } = shipment
    if (status !== 'lost' && status !== 'undeliverable') return { state }
    const next = { ...state, shipments: withShipment(state, { ...shipment, confirmed: true }) }
    return cameBackAs(next, shipment, status)
  }

  function cameBackAs(state: ShippingState, shipment: Shipment, claim: 'lost' | 'undeliverable'): ShippingEffect {
    const id = returnId(state)
    const lines = applies('s.other-returns') ? freeLines(shipment, state.returns) : shipment.lines
    const { returns, opened } =
      applies('s.other-returns') && applies('s.takes-over')
        ? confirm(shipment, claim, state.returns, id)
        : { ...confirm({ id: shipment.id, lines }, claim, [], id), returns: state.returns } // returns ignore each other
    const next = { ...state, returns: opened ? [...returns, opened] : returns }
    if (!opened) return { state: next }
    if (claim === 'undeliverable')
      return applies('s.undeliverable-waits')
        ? { state: next }
        : { state: next, publishes: [receipt(next, opened, shipment.location)] }
    return applies('s.lost-once')
      ? { state: next, publishes: [receipt(next, opened, shipment.location)] }
      : { state: { ...state, returns } }
  }

  function received(
    state: ShippingState,
    one: ComingReturn,
    counted: readonly Pieces[],
    condition: 'restock' | 'scrap',
    to: string,
  ): ShippingEffect | undefined {
    const shipment = shipmentOf(state, one.shipmentId)
    const isAgain = one.status === 'received' && !applies('s.receive-guard')
    const requested: Return = isAgain ? { ...one, status: 'requested' } : one
    const others = requested.status === 'cancelled' && !applies('s.late-free') ? [] : state.returns
    const inCondition = counted.map(pieces => ({ ...pieces, condition }))
    const decision = receive(requested, shipment, others, inCondition, returnId(state))
    if (isRefused(decision)) return undefined
    const { received, rest } = decision
    const isOneRow = rest !== undefined && !applies('s.rest-return')
    // a row that is received again, or stays open for the rest, has forgotten what was counted, but the warehouse has
    // not
    const before = isAgain ? one : isOneRow ? received : undefined
    const next = {
      ...state,
      returns: [
        ...withReturn(state, isOneRow ? { ...rest, id: one.id } : received),
        ...(rest && !isOneRow ? [rest] : []),
        ...(before ? [{ ...before, id: `${one.id}, counted before` }] : []),
      ],
    }
    return { state: next, publishes: [receipt(next, received, to)] }
  }

  const returnSteps = (state: ShippingState): ShippingStep[] =>
    state.returns.flatMap((one): ShippingStep[] => [
      ...receiptSteps(state, one),
      ...(one.status === 'requested' ? endSteps(state, one) : []),
      ...(lostLines(one).length > 0 && scenario.comeLate && !one.neverComes ? findSteps(state, one) : []),
    ])

  function receiptSteps(state: ShippingState, one: ComingReturn): ShippingStep[] {
    const isAgain =
      one.status === 'received' && lostLines(one).length === 0 && one.kind !== 'found' && !applies('s.receive-guard')
    const isLate = one.status === 'cancelled' && scenario.comeLate
    if (one.neverComes || (one.status !== 'requested' && !isAgain && !isLate)) return []
    if (state.returns.length > mostReturns) return []
    const mayBeParts = scenario.receiveInPart && state.returns.length < mostReturns
    return someOf(one.lines)
      .filter(counted => mayBeParts || isLate || count(counted) === count(one.lines))
      .flatMap(counted =>
        scenario.conditions.flatMap(condition =>
          scenario.arrivals.flatMap((to): ShippingStep[] => {
            const effect = received(state, one, counted, condition, to)
            const what = `${one.id} (${one.kind}${isLate ? ', cancelled' : ''}) is received at ${to}: ${inWords(counted)}, ${condition}`
            return effect ? [{ what, ...effect }] : []
          }),
        ),
      )
  }

  function endSteps(state: ShippingState, one: ComingReturn): ShippingStep[] {
    const given = giveUp(one)
    const ended: ShippingState = { ...state, returns: withReturn(state, given) }
    const { location } = shipmentOf(state, one.shipmentId)
    const neverCome = state.returns.filter(({ neverComes }) => neverComes).length
    return [
      ...(!one.neverComes && neverCome < scenario.neverCome
        ? [
            {
              what: `the goods of ${one.id} will never come`,
              state: { ...state, returns: withReturn(state, { ...one, neverComes: true }) },
            },
          ]
        : []),
      ...((one.neverComes && applies('s.never-comes')) || (!one.neverComes && scenario.comeLate)
        ? [
            given.status === 'cancelled'
              ? { what: `${one.id} (${one.kind}) is cancelled`, state: ended }
              : {
                  what: `${one.id} (${one.kind}) is given up, and received as lost`,
                  state: ended,
                  publishes: [receipt(ended, given, location)],
                },
          ]
        : []),
    ]
  }

  function findSteps(state: ShippingState, lost: ComingReturn): ShippingStep[] {
    return someOf(lost.lines).flatMap(counted =>
      scenario.conditions.flatMap(condition =>
        scenario.arrivals.flatMap((to): ShippingStep[] => {
          const others = applies('s.found-limit') ? state.returns : []
          const inCondition = counted.map(pieces => ({ ...pieces, condition }))
          const found = find(lost, others, inCondition, returnId(state))
          if (isRefused(found) || (!scenario.receiveInPart && count(counted) < count(lost.lines))) return []
          if (state.returns.length > mostReturns) return []
          const next = { ...state, returns: [...state.returns, found] }
          const { returnId: id, from, lines } = receipt(next, found, to)
          return [
            {
              what: `goods of ${lost.id}, which were lost, turn up at ${to}: ${inWords(counted)}, ${condition}`,
              state: next,
              publishes: [{ type: 'return.found', returnId: id, from, to, lines, condition }],
            },
          ]
        }),
      ),
    )
  }

  function askSteps(state: ShippingState, shipment: ReportedShipment): ShippingStep[] {
    if (state.timesAsked === scenario.asks || state.returns.length >= mostReturns) return []
    const others = applies('s.ask-free') ? state.returns : []
    return someOf(shipment.lines).flatMap((lines): ShippingStep[] => {
      const one = ask(shipment, others, lines, returnId(state))
      if (isRefused(one)) return []
      return [
        {
          what: `${one.id} is asked for: ${inWords(lines)} of shipment ${shipment.id}`,
          state: { ...state, timesAsked: state.timesAsked + 1, returns: [...state.returns, one] },
        },
      ]
    })
  }

  function shipmentSteps(state: ShippingState, shipment: ReportedShipment, isHeldBack: boolean): ShippingStep[] {
    const { id, status, lines, reports = [] } = shipment
    const isOpen = status === 'open'
    const byHand = scenario.carrier === 'by hand'
    const mayReport =
      scenario.carrier !== 'none' && !isHeldBack && status !== 'cancelled' && (!isOpen || scenario.reportsEarly)
    return [
      ...(isOpen
        ? someOf(lines)
            .filter(leaving => scenario.dispatchInPart || count(leaving) === count(lines))
            .map(leaving => ({
              what: `shipment ${id} leaves: ${inWords(leaving)}`,
              ...leave(state, shipment, leaving),
            }))
        : []),
      ...(mayReport
        ? allReports
            .filter(report =>
              reports.includes(report) ? !applies('s.report-claim') : reports.length < scenario.reports,
            )
            .map(report => ({
              what: byHand
                ? `an operator says: shipment ${id} is ${report}`
                : `the carrier reports: shipment ${id} is ${report}`,
              ...reported(state, id, report),
            }))
        : []),
      ...(scenario.carrier === 'reports' && claimOf(shipment)
        ? [{ what: `an operator confirms that shipment ${id} is ${status}`, ...confirmed(state, id) }]
        : []),
      ...(isHeldBack ? [] : askSteps(state, shipment)),
    ]
  }

  return {
    start: { isKnown: false, shipments: [], returns: [], requests: [], keptRequests: [], withdrawn: [], timesAsked: 0 },
    handle(state, event): ShippingEffect[] {
      switch (event.type) {
        case 'order.accepted':
          return [accepted(state, event.allocations)]
        case 'order.cancel_requested':
          return [requested(state, event.requestId, event.lines)]
        default:
          return [{ state }]
      }
    },
    violates: () => undefined,
    steps(state, isUpdating) {
      const isHeldBack = isUpdating && applies('x.gate')
      return [...state.shipments.flatMap(shipment => shipmentSteps(state, shipment, isHeldBack)), ...returnSteps(state)]
    },
    problems: state => problems(state, ordered),
  }
}

function problems(state: ShippingState, ordered: readonly Pieces[]): string[] {
  const { shipments, returns, withdrawn } = state
  return [
    ...ordered.flatMap(({ sku, quantity }) => {
      const open = countOf(
        sku,
        shipments.filter(({ status }) => status === 'open').flatMap(({ lines }) => lines),
      )
      const all = open + countOf(sku, leftPieces(state)) + countOf(sku, withdrawn)
      return state.isKnown && all !== quantity ? ['L1 in shipping-service'] : []
    }),
    ...shipments.flatMap(shipment => {
      const lines = returns.filter(one => one.shipmentId === shipment.id)
      const pieces = (some: readonly Return[]) => some.flatMap(one => one.lines)
      const back = lines.filter(({ status, kind }) => status === 'received' && kind !== 'found')
      const isMore = (a: readonly Pieces[], b: readonly Pieces[]) => count(common(a, b)) < count(a)
      const isOut = shipment.status !== 'open' && shipment.status !== 'cancelled'
      const highest = shipment.reports?.at(-1) ?? 'shipped'
      return [
        ...(isMore(bySku(pieces(back)), isOut ? shipment.lines : []) ? ['L4 more came back than had left'] : []),
        ...(isMore(bySku(pieces(lines.filter(({ kind }) => kind === 'found'))), back.flatMap(lostLines))
          ? ['L4 more turned up than was lost']
          : []),
        ...(isOut && shipment.status !== highest
          ? [`a shipment is ${shipment.status}, and was reported ${highest}`]
          : []),
        ...(!shipment.confirmed && lines.some(({ kind }) => kind === 'lost' || kind === 'undeliverable')
          ? ['a return is opened by a claim that nobody has confirmed']
          : []),
        ...(shipment.status === 'delivered' &&
        lines.some(({ kind, status }) => kind === 'undeliverable' && status === 'requested')
          ? ['a shipment is delivered, and its undeliverable goods are still awaited']
          : []),
      ]
    }),
  ]
}

const returnId = ({ returns }: ShippingState) => `return ${returns.length}`

const shipmentOf = ({ shipments }: ShippingState, id: string) =>
  shipments.find(shipment => shipment.id === id) as ReportedShipment // ids come from the state

const withShipment = ({ shipments }: ShippingState, changed: ReportedShipment) =>
  shipments.map(shipment => (shipment.id === changed.id ? changed : shipment))

const withReturn = ({ returns }: ShippingState, changed: ComingReturn) =>
  returns.map(one => (one.id === changed.id ? changed : one))

const asIfOpen = (shipment: ReportedShipment): ReportedShipment =>
  shipment.status === 'cancelled' ? shipment : { ...shipment, status: 'open' }

const placed = (pieces: readonly PlacedPieces[]): PlacedPieces[] =>
  [...Map.groupBy(pieces, ({ location }) => location)]
    .flatMap(([location, some]) => bySku(some).map(line => ({ location, ...line })))
    .sort((a, b) => (a.location + a.sku < b.location + b.sku ? -1 : 1))

/** The model counts all pieces of a receipt in one condition; goods that nobody counted are as good as new. */
const receipt = (state: ShippingState, { id, shipmentId, lines }: Return, to: string) =>
  ({
    type: 'return.received',
    returnId: id,
    from: shipmentOf(state, shipmentId).location,
    to,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    condition: lines[0]?.condition ?? 'restock',
  }) as const

export const leftPieces = ({ shipments }: ShippingState): Pieces[] =>
  shipments.filter(({ status }) => status !== 'open' && status !== 'cancelled').flatMap(({ lines }) => [...lines])
