import { Interned, memoized } from './interned.ts'
import type { Effect, Event, Model, Service, Step } from './model.ts'

/** What a consumer has read of a channel and what it has not. */
interface Log {
  events: number[]
  position: number
}

interface Circumstances {
  redeliveries: number
  failures: number
  hasCrashed: boolean
  isUpdating: boolean
}

const changes = {
  redelivery: (before: Circumstances) => ({ ...before, redeliveries: before.redeliveries + 1 }),
  failure: (before: Circumstances) => ({ ...before, failures: before.failures + 1 }),
  crash: (before: Circumstances) => ({ ...before, hasCrashed: true }),
  updated: (before: Circumstances) => ({ ...before, isUpdating: false }),
}
type Change = keyof typeof changes

/** An effect in small numbers: the service's state, and what goes to which channel. */
interface Transition {
  what: string
  state: number
  publishes: [channel: number, event: number][]
  fails: string | undefined
  wrong: string | undefined
}

interface Letter {
  channel: number
  event: number
}

/** Called with a state that may follow, the step to it, and what is wrong with the step. The state is only lent. */
type Visit = (next: Int32Array, what: string, wrong: string | undefined) => void

/**
 * All services together, with what lies between them and what befalls them. A state is a row of small numbers: the state
 * of each service, the log of each channel, the dead letters, and the circumstances.
 */
export class World<States extends object> {
  readonly width: number
  readonly #model: Model<States>
  readonly #names: (keyof States & string)[]
  readonly #services: Service<unknown>[]
  readonly #consumers: number[]
  readonly #states: Interned<unknown>[]
  readonly #events = new Interned<Event>()
  readonly #logs = new Interned<Log>()
  readonly #letters = new Interned<Letter[]>()
  readonly #circumstances = new Interned<Circumstances>()
  readonly #handled: ((state: number, event: number) => Transition[])[]
  readonly #handledBefore: (((state: number, event: number) => Transition[]) | undefined)[]
  readonly #steps: ((state: number, isUpdating: number) => Transition[])[]
  readonly #problems: ((state: number, _: number) => string[])[]
  readonly #next: Int32Array
  readonly #letterAt: number
  readonly #circumstancesAt: number

  constructor(model: Model<States>) {
    this.#model = model
    this.#names = Object.keys(model.services) as (keyof States & string)[]
    this.#services = Object.values(model.services)
    this.#consumers = model.channels.map(({ consumer }) => this.#names.indexOf(consumer as keyof States & string))
    this.#letterAt = this.#services.length + model.channels.length
    this.#circumstancesAt = this.#letterAt + 1
    this.width = this.#circumstancesAt + 1
    this.#next = new Int32Array(this.width)
    this.#states = this.#services.map(() => new Interned())
    this.#handled = this.#services.map((service, at) =>
      memoized((state, event) => this.#transitions(at, state, event, service.handle)),
    )
    this.#handledBefore = this.#services.map((service, at) => {
      const { handleBefore } = service
      return handleBefore && memoized((state, event) => this.#transitions(at, state, event, handleBefore))
    })
    this.#steps = this.#services.map((service, at) =>
      memoized((state, isUpdating) =>
        service.steps(this.#states[at]?.at(state), isUpdating === 1).map(step => this.#transition(at, step)),
      ),
    )
    this.#problems = this.#services.map((service, at) =>
      memoized(state => service.problems(this.#states[at]?.at(state))),
    )
  }

  /** The row in which nothing has happened. */
  start(): Int32Array {
    const { bounds, channels } = this.#model
    return Int32Array.from([
      ...this.#services.map(({ start }, at) => this.#idOf(at, start)),
      ...channels.map(() => this.#logs.idOf({ events: [], position: 0 })),
      this.#letters.idOf([]),
      this.#circumstances.idOf({
        redeliveries: 0,
        failures: 0,
        hasCrashed: false,
        isUpdating: bounds.isUpdate,
      }),
    ])
  }

  /** Everything that can happen next. */
  visit(row: Int32Array, visit: Visit): void {
    const circumstances = this.#circumstances.at(row[this.#circumstancesAt] as number)
    this.#services.forEach((_, at) => this.#visitSteps(row, at, circumstances, visit))
    this.#consumers.forEach((consumer, channel) => {
      this.#visitChannel(row, channel, consumer, circumstances, visit)
    })
    this.#visitLetters(row, visit)
    if (circumstances.isUpdating) this.#visitEndOfUpdate(row, visit)
  }

  /** What is wrong with a state. Nothing is asked of one in which the release before still runs. */
  problems(row: Int32Array): string[] {
    if (this.#circumstances.at(row[this.#circumstancesAt] as number).isUpdating) return []
    const found = this.#services.flatMap((_, at) => this.#problems[at]?.(row[at] as number, 0) ?? [])
    if (found.length > 0) return found
    const states = this.statesOf(row)
    const across = this.#model.problems(states)
    return across.length > 0 || !this.#isAtRest(row) ? across : this.#model.problemsAtRest(states)
  }

  /** What is wrong with a state in which nothing more can happen. */
  problemsAtEnd(row: Int32Array): string[] {
    return [
      ...(this.#letters.at(row[this.#letterAt] as number).length > 0 ? ['a dead letter that no redrive can end'] : []),
      ...(this.#model.channels.some((_, channel) => this.#unread(row, channel).length > 0) ? ['unread events'] : []),
      ...this.#model.problemsAtEnd(this.statesOf(row)),
    ]
  }

  statesOf(row: Int32Array): States {
    const states: Partial<States> = {}
    for (const [at, name] of this.#names.entries())
      states[name] = this.#states[at]?.at(row[at] as number) as States[typeof name]
    return states as States
  }

  #visitSteps(row: Int32Array, at: number, { isUpdating }: Circumstances, visit: Visit): void {
    for (const step of this.#steps[at]?.(row[at] as number, Number(isUpdating)) ?? []) {
      this.#next.set(row)
      this.#commit(at, step)
      visit(this.#next, step.what, step.wrong ?? (step.fails && `a step that nothing refuses: ${step.fails}`))
    }
  }

  #visitChannel(row: Int32Array, channel: number, at: number, circumstances: Circumstances, visit: Visit): void {
    const { bounds, promises } = this.#model
    const unread = this.#unread(row, channel)
    const reachable = promises.topicOrder ? Math.min(unread.length, 1) : unread.length
    for (let index = 0; index < reachable; index++) {
      const event = unread[index] as number
      const read = () => {
        this.#next.set(row)
        this.#next[this.#services.length + channel] = this.#afterRead(
          row[this.#services.length + channel] as number,
          2 * index + Number(circumstances.redeliveries < bounds.redeliveries),
        )
      }
      const what = this.#say(channel, event)
      const state = row[at] as number
      for (const transition of this.#handled[at]?.(state, event) ?? []) {
        read()
        if (transition.fails) {
          this.#addLetter(channel, event)
          const isOurs = circumstances.failures === 0 && !circumstances.hasCrashed
          const wrong = isOurs ? `a dead letter without a fault: ${transition.fails}` : undefined
          visit(this.#next, `${what} fails (${transition.fails}): dead letter`, wrong)
          continue
        }
        this.#commit(at, transition)
        visit(this.#next, what, transition.wrong)
        if (promises.outbox || circumstances.hasCrashed) continue
        read()
        this.#next[at] = transition.state
        this.#change('crash')
        visit(this.#next, `${what}: the state is committed, and its events are lost`, undefined)
      }
      for (const transition of (circumstances.isUpdating && this.#handledBefore[at]?.(state, event)) || []) {
        read()
        this.#commit(at, transition)
        visit(this.#next, `${what}, by a replica of the release before`, transition.wrong)
      }
      if (circumstances.failures < bounds.deadLetters) {
        read()
        this.#addLetter(channel, event)
        this.#change('failure')
        visit(this.#next, `${what}: dead letter`, undefined)
      }
      if (!promises.offsetLast && !circumstances.hasCrashed) {
        read()
        this.#change('crash')
        visit(this.#next, `${what}: the offset is committed, then the consumer crashes`, undefined)
      }
    }
    if (circumstances.redeliveries < bounds.redeliveries) this.#visitRewinds(row, channel, circumstances, visit)
  }

  #visitRewinds(row: Int32Array, channel: number, circumstances: Circumstances, visit: Visit): void {
    const redeliveries = circumstances.redeliveries + 1
    const { events, position } = this.#log(row, channel)
    for (let to = 0; to < position; to++) {
      this.#next.set(row)
      this.#next[this.#services.length + channel] = this.#logs.idOf({ events, position: to })
      this.#change('redelivery')
      if (redeliveries === this.#model.bounds.redeliveries) this.#forgetRead()
      visit(this.#next, `${this.#model.channels[channel]?.name} is read again from event ${to + 1}`, undefined)
    }
  }

  #visitLetters(row: Int32Array, visit: Visit): void {
    const letters = this.#letters.at(row[this.#letterAt] as number)
    for (const [index, { channel, event }] of letters.entries()) {
      if (letters.findIndex(other => other.channel === channel && other.event === event) < index) continue
      const at = this.#consumers[channel] as number
      const left = this.#letters.idOf(letters.toSpliced(index, 1))
      if (!this.#model.promises.redrive) {
        this.#next.set(row)
        this.#next[this.#letterAt] = left
        visit(this.#next, `${this.#say(channel, event)}: its dead letter is dropped`, undefined)
        continue
      }
      for (const transition of this.#handled[at]?.(row[at] as number, event) ?? []) {
        if (transition.fails) continue // it stays
        this.#next.set(row)
        this.#next[this.#letterAt] = left
        this.#commit(at, transition)
        visit(this.#next, `${this.#say(channel, event)}: redriven`, transition.wrong)
      }
    }
  }

  #visitEndOfUpdate(row: Int32Array, visit: Visit): void {
    this.#next.set(row)
    this.#services.forEach((service, at) => {
      const effect = service.afterUpdate?.(this.#states[at]?.at(row[at] as number))
      if (effect) this.#commit(at, this.#transition(at, { what: '', ...effect }))
    })
    this.#change('updated')
    visit(this.#next, 'the last replica of the release before is gone', undefined)
  }

  #commit(service: number, { state, publishes }: Transition): void {
    this.#next[service] = state
    for (const [channel, event] of publishes) {
      const at = this.#services.length + channel
      this.#next[at] = this.#appended(this.#next[at] as number, event)
    }
  }

  readonly #appended = memoized((log, event) => {
    const { events, position } = this.#logs.at(log)
    return this.#logs.idOf({ events: [...events, event], position })
  })

  #log(row: Int32Array, channel: number): Log {
    return this.#logs.at(row[this.#services.length + channel] as number)
  }

  #unread(row: Int32Array, channel: number): number[] {
    return this.#unreadOf(row[this.#services.length + channel] as number, 0)
  }

  readonly #unreadOf = memoized(log => {
    const { events, position } = this.#logs.at(log)
    return events.slice(position)
  })

  /** The log after one of its unread events was read. What cannot be read again is forgotten: fewer states. */
  readonly #afterRead = memoized((log, indexAndKeeps) => {
    const { events, position } = this.#logs.at(log)
    const at = position + (indexAndKeeps >> 1)
    const event = events[at] as number
    const rest = events.toSpliced(at, 1)
    return this.#logs.idOf(
      indexAndKeeps % 2 === 1
        ? { events: rest.toSpliced(position, 0, event), position: position + 1 }
        : { events: rest.slice(position), position: 0 },
    )
  })

  #forgetRead(): void {
    for (let at = this.#services.length; at < this.#letterAt; at++) {
      const { events, position } = this.#logs.at(this.#next[at] as number)
      this.#next[at] = this.#logs.idOf({ events: events.slice(position), position: 0 })
    }
  }

  #addLetter(channel: number, event: number): void {
    const letter = event * this.#consumers.length + channel
    this.#next[this.#letterAt] = this.#withLetter(this.#next[this.#letterAt] as number, letter)
  }

  readonly #withLetter = memoized((letters, letter) => {
    const channel = letter % this.#consumers.length
    const event = Math.floor(letter / this.#consumers.length)
    return this.#letters.idOf(
      [...this.#letters.at(letters), { channel, event }].sort((a, b) => a.channel - b.channel || a.event - b.event),
    )
  })

  #change(change: Change): void {
    this.#next[this.#circumstancesAt] = this.#changed(
      this.#next[this.#circumstancesAt] as number,
      Object.keys(changes).indexOf(change),
    )
  }

  readonly #changed = memoized((circumstances, change) =>
    this.#circumstances.idOf(Object.values(changes)[change]?.(this.#circumstances.at(circumstances)) as Circumstances),
  )

  #isAtRest(row: Int32Array): boolean {
    return (
      this.#letters.at(row[this.#letterAt] as number).length === 0 &&
      this.#consumers.every((_, channel) => this.#unread(row, channel).length === 0)
    )
  }

  #transitions(at: number, state: number, event: number, handle: Service<unknown>['handle']): Transition[] {
    return handle
      .call(this.#services[at], this.#states[at]?.at(state), this.#events.at(event))
      .map(effect => this.#transition(at, { what: '', ...effect }))
  }

  #transition(
    at: number,
    { what, state, publishes = [], fails, wrong }: Step<unknown> | (Effect<unknown> & { what: string }),
  ): Transition {
    return {
      what,
      state: this.#idOf(at, state),
      publishes: publishes.flatMap(event =>
        this.#model.channels.flatMap((channel, index): [number, number][] =>
          channel.publisher === this.#names[at] && channel.carries(event) ? [[index, this.#events.idOf(event)]] : [],
        ),
      ),
      fails: fails ?? this.#services[at]?.violates(state),
      wrong,
    }
  }

  #idOf(at: number, state: unknown): number {
    return (this.#states[at] as Interned<unknown>).idOf(state)
  }

  readonly #say = memoized((channel, event) => {
    const { type, ...data } = this.#events.at(event)
    return `${this.#model.channels[channel]?.name}: ${type}${inWords(data)}`
  })
}

/** What an event carries, as a person would write it down: `[requestId 0, lines 2 mug]`. */
function inWords(data: object): string {
  const words = Object.entries(data).map(([name, value]) => `${name} ${valueInWords(value)}`)
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueInWords).join(' + ')
  if (typeof value !== 'object' || value === null) return String(value)
  if ('sku' in value && 'quantity' in value)
    return `${String(value.quantity)} ${String(value.sku)}${'location' in value ? ` at ${String(value.location)}` : ''}`
  return Object.values(value).map(valueInWords).join(': ')
}
