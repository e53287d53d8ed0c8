export function readShard(text: string): { index: number; of: number } {
  const [, first, second] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  const [n, of] = [Number(first), Number(second)]
  if (!(n >= 1 && n <= of)) throw new Error(`--shard: ${text} is not like 2/6`)
  return { index: n - 1, of }
}

export function sliceOf<T>(all: readonly T[], { index, of }: { index: number; of: number }): T[] {
  const start = (n: number) => Math.floor((n * all.length) / of)
  return all.slice(start(index), start(index + 1))
}
