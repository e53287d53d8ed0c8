import type { Command } from 'commander'
import type { Mgmt } from './mgmt.ts'
import type { Shape } from './shape.ts'

/** A file of commands/: its path is what one types after `mgmt`. */
export interface CommandFile {
  about: About
  command: Make
}

/** What is known of a command beside its arguments and options. Help, pages and tests follow from it. */
export interface About {
  /** What it is for, in one line. */
  summary: string
  /** Goes on to its end when nobody reads what it prints. */
  changesThings?: true
  /** What it prints with -o json; a list is printed one by one with jsonl. */
  prints: Shape
  /** How tests call it: in every format, interrupted when it changes things, and as each role. */
  samples: readonly [Sample, ...Sample[]]
}

export interface Sample {
  /**
   * What follows the words of the command. Some words stand for what there is: ORDER (an order that has ended), SKU,
   * USERNAME (a customer), TOPIC, LETTER (a dead letter), FRESH (nothing is called so yet), HOME (the folder of the
   * files).
   */
  args?: string
  /** Their texts by name. */
  files?: Readonly<Record<string, string>>
  /** What has to run beside services that answer; without it none has to. */
  needs?: 'kafka' | 'stack'
  /** The exit status when the services answer as they should; 0 unless given. */
  expects?: number
  callers: Callers | Exits
}

/**
 * Who may call it: everybody, who is logged in, who may order, operators, they and observers, or who may see what
 * belongs to the owner of the order.
 */
export type Callers = 'everybody' | 'users' | 'buyers' | 'operators' | 'observers' | 'owners'

/** Exit statuses: of those without a login, of another customer, of an observer, of an operator, of the owner. */
export type Exits = readonly [guest: number, other: number, observer: number, operator: number, owner: number]

/** Makes a command; it creates `mgmt` only when it runs, so that help costs nothing. `all` are the commands there are. */
export type Make = (mgmt: () => Promise<Mgmt>, all: readonly Entry[]) => Command

/** A command whose file is loaded only when it is called for. */
export interface Entry extends Pick<About, 'summary' | 'changesThings'> {
  /** The words after `mgmt`. */
  path: string
  load(): Promise<CommandFile>
}
