export interface Rate {
  perSecond: number
  burst: number
}

/** What is left of a rate: a token bucket, full at the beginning. Times are in milliseconds of one clock. */
export class Bucket {
  #tokens: number
  #atMs: number

  constructor({ burst }: Rate, nowMs: number) {
    this.#tokens = burst
    this.#atMs = nowMs
  }

  take({ perSecond, burst }: Rate, nowMs: number, count = 1): number {
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) * perSecond) / 1_000)
    this.#atMs = nowMs
    const wanted = Math.min(count, burst)
    if (this.#tokens < wanted) return ((wanted - this.#tokens) * 1_000) / perSecond
    this.#tokens -= wanted
    return 0
  }
}

export interface Caller {
  requests: Bucket
  refusals: Bucket
  underWay: number
  heavy: number
  streams: number
  factor: number
}

const slotMs = 5_000
const slots = 60_000 / slotMs + 1 // the current one has only begun

/** What was counted within the last minute, and up to 5 seconds before. */
export class MinuteCount {
  readonly #counts = new Uint32Array(slots)
  #sum = 0
  #slot = 0

  take(most: number, nowMs: number): number {
    this.#advance(nowMs)
    if (this.#sum < most) {
      this.#add(1)
      return 0
    }
    return this.#untilFewerThan(most, nowMs)
  }

  add(number: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#add(number)
  }

  #add(number: number): void {
    const at = this.#slot % slots
    this.#counts[at] = (this.#counts[at] ?? 0) + number
    this.#sum += number
  }

  #advance(nowMs: number): void {
    const now = Math.floor(nowMs / slotMs)
    const passed = Math.min(slots, now - this.#slot)
    for (let slot = now - passed + 1; slot <= now; slot++) {
      this.#sum -= this.#counts[slot % slots] ?? 0
      this.#counts[slot % slots] = 0
    }
    this.#slot = now
  }

  #untilFewerThan(most: number, nowMs: number): number {
    let left = this.#sum
    let slot = this.#slot - slots
    while (left >= most && slot < this.#slot) left -= this.#counts[++slot % slots] ?? 0
    return (slot + slots) * slotMs - nowMs
  }
}

const mostRemembered = 10_000 // of each generation; some hundred bytes each

/**
 * A value for each caller who came lately, made when it is missing. Memory is bounded: when too many have come, those
 * who did not come meanwhile are forgotten, unless they are `busy`. Two generations, so that a look costs the same
 * however many there are.
 */
export class Callers<T> {
  #young = new Map<string, T>()
  #old = new Map<string, T>()
  readonly #make: () => T
  readonly #isBusy: (value: T) => boolean
  readonly #most: number

  constructor(make: () => T, isBusy: (value: T) => boolean = () => false, most = mostRemembered) {
    this.#make = make
    this.#isBusy = isBusy
    this.#most = most
  }

  of(key: string): T {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const value = this.#old.get(key) ?? this.#make()
    if (this.#young.size >= this.#most) this.#age()
    this.#young.set(key, value)
    return value
  }

  #age(): void {
    const busy = [...this.#old].filter(([key, value]) => this.#isBusy(value) && !this.#young.has(key))
    this.#old = new Map([...this.#young, ...busy])
    this.#young = new Map()
  }
}

export const operatorFactor = 10
