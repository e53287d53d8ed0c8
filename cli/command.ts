import type { Command } from 'commander'
import type { Mgmt } from './mgmt.ts'
import type { Shape } from './shape.ts'

/** A file in commands/. Its path is the command line, so no table lists it. */
export interface CommandFile {
  about: About
  command: Make
}

/** Known without running the command; help, pages and tests derive from it. */
export interface About {
  summary: string
  /** Set when the command must finish even if nobody reads its output. */
  changesThings?: true
  prints: Shape
  /** How tests call it: in every format, interrupted when it changes things, and as each role. */
  samples: readonly [Sample, ...Sample[]]
}

export interface Sample {
  /**
   * What follows the words of the command. Placeholders stand for existing objects: ORDER (an order that has ended),
   * SKU, USERNAME (a customer), TOPIC, BROKERS (of Kafka), LETTER (a dead letter), FRESH (an unused name), HOME (the folder of the files).
   */
  args?: string
  files?: Readonly<Record<string, string>>
  /** What must run besides services that answer. */
  needs?: 'kafka' | 'stack'
  expects?: number
  callers: Callers | Exits
}

/**
 * Who may call it: everybody, logged-in users, users who may order, operators, operators and observers, or whoever may
 * see what belongs to the owner of the order.
 */
export type Callers = 'everybody' | 'users' | 'buyers' | 'operators' | 'observers' | 'owners'

/** Exit statuses by caller: without a login, another customer, an observer, an operator, the owner. */
export type Exits = readonly [guest: number, other: number, observer: number, operator: number, owner: number]

/**
 * Creates a command, and `mgmt` only when it runs, so that printing help costs nothing. `all` are the existing
 * commands.
 */
export type Make = (mgmt: () => Promise<Mgmt>, all: readonly Entry[]) => Command

/** The file of a command is loaded only when it is invoked, to keep startup fast. */
export interface Entry extends Pick<About, 'summary' | 'changesThings'> {
  path: string
  load(): Promise<CommandFile>
}
