/** `search.ts` explores every state that such a model allows, so a model must be finite within its bounds. */

export interface Event {
  type: string
}

/** A transaction commits both, or neither. */
export interface Effect<S, E extends Event = Event> {
  state: S
  publishes?: readonly E[]
  /** A CHECK fails, or no row of the rules covers it: the transaction rolls back, and the event is dead-lettered. */
  fails?: string
  /** The step itself breaks a promise, such as a second end of an order. */
  wrong?: string
}

/** Not triggered by an event: what a service, a person or the provider does by itself. */
export interface Step<S, E extends Event = Event> extends Effect<S, E> {
  what: string
}

/**
 * A service with its database, and the people and systems that reach only it. States are immutable and compared by their
 * JSON; every function is pure, so the search calls each at most once with the same arguments.
 */
export interface Service<S, E extends Event = Event> {
  start: S
  /** Several effects: the outcome depends on chance. None: the event cannot be consumed now. */
  handle(state: S, event: E): Effect<S, E>[]
  handleBefore?(state: S, event: E): Effect<S, E>[]
  violates(state: S): string | undefined
  steps(state: S, isUpdating: boolean): Step<S, E>[]
  afterUpdate?(state: S): Effect<S, E>
  problems(state: S): string[]
}

/** A topic as one consumer group reads it. Events about one order keep their order within it. */
export interface Channel {
  name: string
  publisher: string
  consumer: string
  carries(event: Event): boolean
}

/** Limits how often misfortunes happen, so that the search ends. */
export interface Bounds {
  redeliveries: number
  /** A handler fails for a reason of its own, so its event is dead-lettered, and redriven later. */
  deadLetters: number
  isUpdate: boolean
}

/** `true`: the chassis or Kafka keeps this promise. Breaking one shows what the rules rely on. */
export interface Promises {
  outbox: boolean
  offsetLast: boolean
  topicOrder: boolean
  /** A dead letter is redriven, not dropped. */
  redrive: boolean
}

export interface Model<States extends object> {
  services: { [Name in keyof States]: Service<States[Name]> }
  channels: readonly Channel[]
  bounds: Bounds
  promises: Promises
  /** What must hold at every commit, across services. */
  problems(states: States): string[]
  /** What must hold when no event and no dead letter is left. */
  problemsAtRest(states: States): string[]
  /** What must hold when nothing can happen any more. */
  problemsAtEnd(states: States): string[]
  ending(states: States): string
}
