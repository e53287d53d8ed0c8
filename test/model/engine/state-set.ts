const chunkBits = 16
const chunkSize = 1 << chunkBits

/** States as rows of small numbers, in the order in which they were reached, each with the state it was reached from. */
export class StateSet {
  readonly #width: number
  readonly #chunks: Int32Array[] = []
  /** Open addressing: the index of a state + 1, or 0. */
  #table = new Int32Array(1 << 12)
  #size = 0

  constructor(width: number) {
    this.#width = width + 1 // the last: where it was reached from
  }

  get size(): number {
    return this.#size
  }

  /** Whether it is new. */
  add(state: Int32Array, from: number): boolean {
    const mask = this.#table.length - 1
    let slot = hashOf(state) & mask
    for (let entry = this.#table[slot] as number; entry !== 0; entry = this.#table[slot] as number) {
      if (this.#isAt(entry - 1, state)) return false
      slot = (slot + 1) & mask
    }
    this.#table[slot] = this.#append(state, from) + 1
    if (this.#size * 2 > this.#table.length) this.#grow()
    return true
  }

  /** Copies a state into `into`. */
  read(index: number, into: Int32Array): void {
    const [chunk, at] = this.#rowOf(index)
    for (let i = 0; i < into.length; i++) into[i] = chunk[at + i] as number
  }

  /** The state that it was first reached from; -1: it is the start. */
  reachedFrom(index: number): number {
    const [chunk, at] = this.#rowOf(index)
    return chunk[at + this.#width - 1] as number
  }

  #append(state: Int32Array, from: number): number {
    const index = this.#size++
    if (index >> chunkBits === this.#chunks.length) this.#chunks.push(new Int32Array(chunkSize * this.#width))
    const [chunk, at] = this.#rowOf(index)
    chunk.set(state, at)
    chunk[at + this.#width - 1] = from
    return index
  }

  #rowOf(index: number): [chunk: Int32Array, at: number] {
    return [this.#chunks[index >> chunkBits] as Int32Array, (index & (chunkSize - 1)) * this.#width]
  }

  #isAt(index: number, state: Int32Array): boolean {
    const chunk = this.#chunks[index >> chunkBits] as Int32Array
    const at = (index & (chunkSize - 1)) * this.#width
    for (let i = 0; i < state.length; i++) if (chunk[at + i] !== state[i]) return false
    return true
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 4)
    const mask = table.length - 1
    const state = new Int32Array(this.#width - 1)
    for (let index = 0; index < this.#size; index++) {
      this.read(index, state)
      let slot = hashOf(state) & mask
      while (table[slot] !== 0) slot = (slot + 1) & mask
      table[slot] = index + 1
    }
    this.#table = table
  }
}

function hashOf(state: Int32Array): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < state.length; i++) {
    hash = Math.imul(hash ^ (state[i] as number), 0x01000193)
    hash ^= hash >>> 15
  }
  return hash
}
