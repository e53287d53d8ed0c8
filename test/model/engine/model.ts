/** What a model is made of. `search.ts` explores every state that it allows. */

export interface Event {
  type: string
}

/** What a transaction does: the state it commits, and the events in its outbox. */
export interface Effect<S, E extends Event = Event> {
  state: S
  publishes?: readonly E[]
  /** A CHECK fails, or no row of the rules covers it: the transaction rolls back, and the event is dead-lettered. */
  fails?: string
  /** The step itself breaks a promise, such as a second end of an order. */
  wrong?: string
}

/** Something that a service, a person or the provider does by itself. */
export interface Step<S, E extends Event = Event> extends Effect<S, E> {
  what: string
}

/**
 * A service with its database, and the people and systems that reach only it. States are immutable and compared by their
 * JSON; every function is pure, so the search calls each at most once with the same arguments.
 */
export interface Service<S, E extends Event = Event> {
  start: S
  /** What may follow an event. More than one effect: it depends on chance. None: it cannot be consumed now. */
  handle(state: S, event: E): Effect<S, E>[]
  /** The same, by a replica of the release before. */
  handleBefore?(state: S, event: E): Effect<S, E>[]
  /** The CHECK that a state violates. */
  violates(state: S): string | undefined
  /** `isUpdating`: replicas of the release before still run. */
  steps(state: S, isUpdating: boolean): Step<S, E>[]
  /** What the deployment does here when the last replica of the release before is gone. */
  afterUpdate?(state: S): Effect<S, E>
  /** What is wrong with the service's own state. */
  problems(state: S): string[]
}

/** A topic as one consumer group reads it. Events about one order keep their order within it. */
export interface Channel {
  name: string
  publisher: string
  consumer: string
  carries(event: Event): boolean
}

/** What goes wrong in the world outside the rules: how often, at most. */
export interface Bounds {
  /** A consumer's position is moved back. */
  redeliveries: number
  /** A handler fails for a reason of its own, and the event is redriven later. */
  deadLetters: number
  /** Replicas of the release before run at first. */
  isUpdate: boolean
}

/** Promises of the chassis and of Kafka. `true`: it is kept. */
export interface Promises {
  /** State and events commit together. */
  outbox: boolean
  /** The offset is committed after the work. */
  offsetLast: boolean
  /** A topic keeps the order of a key. */
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
  /** In a few words, how it ended. */
  ending(states: States): string
}
