import { categoryOf, eventLoop } from './categories.ts'

/** What V8 writes into a .cpuprofile, as far as it is read here: a tree of calls. */
export interface CpuProfile {
  nodes: ProfileNode[]
}

export interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string }
  hitCount?: number
  children?: number[]
}

/**
 * Fractions of the self time by category, together 1; idle time is left out. Samples are counted, each as much as any
 * other: the time from one to the next is long when the thread waits for a core, and then says nothing about its CPU.
 * What has no category of its own (a small library, a part of Node) belongs to whatever called it.
 */
export function sharesOf({ nodes }: CpuProfile, root: string): Map<string, number> {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const hits = new Map<string, number>()
  const visit = ({ callFrame, hitCount = 0, children = [] }: ProfileNode, caller: string) => {
    const category = categoryOf(callFrame, caller, root)
    if (category !== undefined && hitCount > 0) hits.set(category, (hits.get(category) ?? 0) + hitCount)
    for (const id of children) {
      const child = byId.get(id)
      if (child) visit(child, category ?? caller)
    }
  }
  const called = new Set(nodes.flatMap(({ children = [] }) => children))
  for (const node of nodes) if (!called.has(node.id)) visit(node, eventLoop)
  const all = hits.values().reduce((sum, count) => sum + count, 0)
  return new Map([...hits].map(([category, count]) => [category, count / all]))
}
