import type { ShownEvent } from '@docket/contract/shown-event.ts'
import type { IncomingRecord } from '@docket/kafka/record-codec.ts'
import { shownEvent } from '@docket/kafka/shown-event.ts'
import { idOf, nextAt, setNext, type At, type Offsets } from './offsets.ts'

/** Sent to its readers as it is (StreamEvent): it is made once for all of them, and so is its text. */
export interface EventItem {
  is: 'event'
  event: 'event'
  id: string
  json: string
}

/** A record that all readers share: it is masked and written out once for all of them. */
export class Entry implements At {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timeMs: number
  readonly #record: IncomingRecord
  #behind: { before: string; reveals: 'personal' | undefined; item: EventItem } | undefined
  readonly #views = new Map<'personal' | undefined, { event: ShownEvent; text?: string }>()

  constructor(record: IncomingRecord) {
    this.topic = record.topic
    this.partition = record.partition
    this.offset = Number(record.offset)
    this.timeMs = Number(record.timestamp)
    this.#record = record
  }

  get bytes(): number {
    return recordBytes + (this.#record.value?.length ?? 0)
  }

  /**
   * What a reader is given that was at `before` and has read this, too. Most readers go along together, so it is one item
   * for all of them.
   */
  itemBehind(before: string, offsets: Offsets, reveals: 'personal' | undefined): EventItem {
    if (this.#behind?.before !== before || this.#behind.reveals !== reveals)
      this.#behind = {
        before,
        reveals,
        item: { is: 'event', event: 'event', id: idOf(offsets), json: this.json(reveals) },
      }
    return this.#behind.item
  }

  event(reveals: 'personal' | undefined): ShownEvent {
    return this.#view(reveals).event
  }

  json(reveals: 'personal' | undefined): string {
    const view = this.#view(reveals)
    return (view.text ??= JSON.stringify(view.event))
  }

  #view(reveals: 'personal' | undefined) {
    const view = this.#views.get(reveals) ?? { event: shownEvent(this.#record, reveals) }
    this.#views.set(reveals, view)
    return view
  }
}

const recordBytes = 500 // key, headers and what an entry itself takes

/**
 * The newest records in the order in which they came. Readers have cursors in it and take nothing out, so memory does
 * not grow with their number, and a slow one delays nobody: what it has not read in time is gone.
 */
export class Recent {
  readonly #most: { entries: number; bytes: number }
  #entries: Entry[] = []
  #from = 0 // index of the oldest entry: those before it have been dropped
  #dropped = 0 // entries that were removed from the list
  #bytes = 0
  /** For each partition, from which offset on every record is here. */
  readonly #floor: Offsets = new Map()

  constructor(most: { entries: number; bytes: number }) {
    this.#most = most
  }

  /** The cursor of the oldest entry. */
  get oldest(): number {
    return this.#dropped + this.#from
  }

  /** The cursor behind the newest entry. */
  get end(): number {
    return this.#dropped + this.#entries.length
  }

  /** The offset from which on every record of the partition is here; undefined for one that is not read. */
  floor(at: At): number | undefined {
    return nextAt(this.#floor, at)
  }

  get floors(): Offsets {
    return this.#floor
  }

  /** From now on records of this partition come, from this offset on. */
  begin(at: At, next: number): void {
    if (this.floor(at) === undefined) setNext(this.#floor, at, next)
  }

  forget(topic: string): void {
    this.#floor.delete(topic)
  }

  push(entry: Entry): void {
    this.#entries.push(entry)
    this.#bytes += entry.bytes
    while (this.#bytes > this.#most.bytes || this.end - this.oldest > this.#most.entries) this.#drop()
    if (this.#from < this.#most.entries) return
    this.#entries = this.#entries.slice(this.#from)
    this.#dropped += this.#from
    this.#from = 0
  }

  slice(cursor: number, most: number): Entry[] {
    const from = Math.max(cursor, this.oldest) - this.#dropped
    return this.#entries.slice(from, from + most)
  }

  #drop(): void {
    const entry = this.#entries[this.#from]
    if (!entry) return
    setNext(this.#floor, entry, entry.offset + 1)
    this.#bytes -= entry.bytes
    this.#from++
  }
}
