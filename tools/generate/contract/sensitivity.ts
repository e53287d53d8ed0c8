import { madeBy, type Schema, type TopicContract } from './read.ts'

/** What may be shown of an event: every field that the contract knows, and which of them are masked. */
export const sensitivityModule = (contract: readonly TopicContract[]): string =>
  [
    `// ${madeBy}\n`,
    "import type { EventType } from './contract.ts'\n",
    "export type Sensitivity = 'personal' | 'payment'\n",
    '/** `shown` for a plain value, a sensitivity for what is masked with all that is in it; a list has one entry. */',
    "export type Field = 'shown' | Sensitivity | Fields | readonly [Field]\n",
    'export interface Fields {\n  readonly [name: string]: Field\n}\n',
    `export const fieldsOf: Readonly<Record<EventType, Fields>> = ${JSON.stringify(
      Object.fromEntries(contract.flatMap(({ events }) => events.map(({ type, schema }) => [type, fieldOf(schema)]))),
      undefined,
      2,
    )}\n`,
  ].join('\n')

function fieldOf({ 'x-sensitivity': sensitivity, properties, items }: Schema): unknown {
  if (sensitivity) return sensitivity
  if (items) return [fieldOf(items)]
  return properties
    ? Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, fieldOf(field)]))
    : 'shown'
}
