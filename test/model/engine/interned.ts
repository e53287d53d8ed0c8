/** Values that are compared by their JSON, each under a small number. */
export class Interned<T> {
  readonly #ids = new Map<string, number>()
  readonly #values: T[] = []

  idOf(value: T): number {
    const key = JSON.stringify(value)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#ids.set(key, this.#values.length)
    return this.#values.push(value) - 1
  }

  at(id: number): T {
    return this.#values[id] as T // ids come from idOf
  }
}

/** Calls `compute` once for each pair of small numbers. */
export function memoized<T>(compute: (a: number, b: number) => T): (a: number, b: number) => T {
  const results: (T | undefined)[][] = []
  return (a, b) => {
    const row = (results[a] ??= [])
    return (row[b] ??= compute(a, b))
  }
}
