export interface Selector {
  name: string
  labels: string[]
}

const words = new Set([
  'and',
  'or',
  'unless',
  'offset',
  'bool',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'inf',
  'nan',
])

/**
 * The series that an expression of PromQL names; promtool says whether it is one. Variables of a dashboard (`$service`)
 * are no names.
 */
export function selectorsIn(expression: string): Selector[] {
  const found: Selector[] = []
  const plain = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\boffset\s+\w+/g, ' ')
  for (const [, name = '', braces, call] of plain.matchAll(/(?<![\w$:.])([A-Za-z_:][\w:]*)\s*(\{[^}]*\})?\s*(\()?/g)) {
    if (call || words.has(name.toLowerCase())) continue
    found.push({ name, labels: [...(braces ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label) })
  }
  return found
}

export const groupingsIn = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map(label => label.trim())
      .filter(Boolean),
  )
