type Counts = Record<string, unknown>

/** What was counted between two readings: numbers by name, at any depth. What is new in the second began at 0. */
export const difference = <T extends object>(before: object, after: T): T =>
  combined(after, before, (now, then) => now - then)

export const dividedBy = <T extends object>(reading: T, divisor: number): T =>
  combined(reading, {}, number => number / divisor)

function combined<T extends object>(reading: T, other: object, combine: (number: number, other: number) => number): T {
  const others = other as Counts
  return Object.fromEntries(
    Object.entries(reading).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number'
        ? combine(value, (others[name] as number | undefined) ?? 0)
        : combined(value as object, (others[name] as object | undefined) ?? {}, combine),
    ]),
  ) as T // the same names, with numbers where it has numbers
}
