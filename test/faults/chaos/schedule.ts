import { serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { randomFrom, type Random } from './random.ts'

export const servers = ['kafka', 'postgres', 'mariadb'] as const
export type ServerName = (typeof servers)[number]

/** Each of these is reached through a proxy, so that its connections can be cut. */
export const links = ['postgres', 'mariadb', 'kafka', 'provider'] as const
export type Link = (typeof links)[number]

export const poisons = [
  'not json',
  'breaks the contract',
  'unknown type',
  'no value',
  'no key',
  'unknown order',
  'negative amount',
  'large',
  'larger than a letter',
  'from the future',
  'key of another',
] as const
export type Poison = (typeof poisons)[number]

export const refusals = [401, 403, 409, 429] as const
export type Refusal = (typeof refusals)[number]

export type Fault =
  | { kind: 'kill' | 'pause' | 'restart'; service: ServiceName }
  | { kind: 'kill server' | 'pause server' | 'restart server'; server: ServerName }
  | { kind: 'roll' }
  | { kind: 'cut' | 'slow' | 'half-open'; link: Link }
  | { kind: 'end backends' }
  | { kind: 'replay'; service: Exclude<ServiceName, 'user-service'> }
  | { kind: 'poison'; poison: Poison }
  | { kind: 'poison in number' }
  | { kind: 'large orders' }
  | { kind: 'provider fails' | 'provider loses answers' | 'provider is slow' | 'provider hangs' }
  | { kind: 'provider declines refunds' | 'provider fails refunds' }
  | { kind: 'provider refuses'; status: Refusal }
  | { kind: 'kill provider' }

export interface Step {
  atMs: number
  durationMs: number
  fault: Fault
}

const consumers = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const
const mostAtATime = 2
const pauses = { least: 3_000, most: 7_000 } // from one fault to the next; the requirement is 8 s at most

interface Kind {
  weight: number
  lasts?: readonly [number, number]
  make(random: Random): Fault
}

const kinds: readonly Kind[] = [
  { weight: 10, make: random => ({ kind: 'kill', service: random.of(serviceNames) }) },
  { weight: 5, lasts: [1, 12], make: random => ({ kind: 'pause', service: random.of(serviceNames) }) },
  { weight: 1, lasts: [15, 45], make: random => ({ kind: 'pause', service: random.of(serviceNames) }) },
  { weight: 5, make: random => ({ kind: 'restart', service: random.of(serviceNames) }) },
  { weight: 1, lasts: [10, 15], make: () => ({ kind: 'roll' }) },
  { weight: 3, make: random => ({ kind: 'kill server', server: random.of(servers) }) },
  { weight: 2, lasts: [2, 12], make: random => ({ kind: 'pause server', server: random.of(servers) }) },
  { weight: 1, make: random => ({ kind: 'restart server', server: random.of(servers) }) },
  { weight: 6, make: random => ({ kind: 'cut', link: random.of(links) }) },
  { weight: 4, lasts: [3, 15], make: random => ({ kind: 'slow', link: random.of(links) }) },
  { weight: 4, lasts: [3, 15], make: random => ({ kind: 'half-open', link: random.of(links) }) },
  { weight: 3, make: () => ({ kind: 'end backends' }) },
  { weight: 1, lasts: [5, 10], make: random => ({ kind: 'replay', service: random.of(consumers) }) },
  { weight: 10, make: random => ({ kind: 'poison', poison: random.of(poisons) }) },
  { weight: 3, lasts: [3, 12], make: () => ({ kind: 'provider fails' }) },
  { weight: 3, lasts: [3, 12], make: () => ({ kind: 'provider loses answers' }) },
  { weight: 2, lasts: [3, 12], make: () => ({ kind: 'provider is slow' }) },
  { weight: 2, lasts: [3, 12], make: () => ({ kind: 'provider hangs' }) },
  { weight: 2, lasts: [3, 12], make: () => ({ kind: 'provider declines refunds' }) },
  { weight: 2, lasts: [3, 12], make: () => ({ kind: 'provider fails refunds' }) },
  { weight: 3, lasts: [3, 12], make: random => ({ kind: 'provider refuses', status: random.of(refusals) }) },
  { weight: 2, make: () => ({ kind: 'kill provider' }) },
  { weight: 3, make: () => ({ kind: 'large orders' }) },
  { weight: 1, make: () => ({ kind: 'poison in number' }) },
]

export const targetOf = (fault: Fault): string => {
  if ('service' in fault) return fault.service
  if ('server' in fault) return fault.server
  if ('link' in fault) return fault.link
  if (fault.kind === 'roll') return 'all services'
  return fault.kind.includes('provider') ? 'provider' : fault.kind
}

export function scheduleOf(seed: number, minutes: number): Step[] {
  const random = randomFrom(seed)
  const steps: Step[] = []
  const endMs = minutes * 60_000
  for (let atMs = random.between(0, pauses.least); atMs < endMs; atMs += random.between(pauses.least, pauses.most)) {
    const active = steps.filter(step => step.durationMs > 0 && step.atMs + step.durationMs > atMs)
    steps.push(nextStep(random, atMs, endMs, active))
  }
  return steps
}

function nextStep(random: Random, atMs: number, endMs: number, active: readonly Step[]): Step {
  const busy = new Set(active.map(step => targetOf(step.fault)))
  const everything = busy.has('all services')
  for (;;) {
    const kind = pick(random)
    const fault = kind.make(random)
    const durationMs = kind.lasts ? Math.round(random.between(kind.lasts[0], kind.lasts[1]) * 1_000) : 0
    if (durationMs > 0 && active.length >= mostAtATime) continue
    if (atMs + durationMs > endMs) continue
    if (
      busy.has(targetOf(fault)) ||
      ('service' in fault && everything) ||
      (fault.kind === 'roll' && active.some(step => 'service' in step.fault))
    )
      continue
    return { atMs: Math.round(atMs), durationMs, fault }
  }
}

function pick(random: Random): Kind {
  let left = random.next() * kinds.reduce((sum, kind) => sum + kind.weight, 0)
  for (const kind of kinds) {
    left -= kind.weight
    if (left <= 0) return kind
  }
  return kinds[0] as Kind // reached by rounding errors only
}

export function inWords({ fault, durationMs }: Step): string {
  const what =
    'poison' in fault
      ? `poison: ${fault.poison}`
      : 'service' in fault || 'server' in fault || 'link' in fault
        ? `${fault.kind} ${targetOf(fault)}`
        : 'status' in fault
          ? `${fault.kind} with ${fault.status}`
          : fault.kind
  return durationMs > 0 ? `${what} for ${(durationMs / 1_000).toFixed(1)} s` : what
}
