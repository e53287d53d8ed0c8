/**
 * A link to a line of code names what is declared there: `` [`reserve`](../inventory-service/src/stock.ts#L27) ``. The
 * name is written by hand, the line by `npm run generate`.
 */
const linkToLine = /\[([^\]]*)\]\(([^)#\s]+)#L\d+\)/g

/** The line, from 1, on which a file declares a name: at its top level, or else as the only member of that name. */
export function lineOf(name: string, source: string, file: string): number {
  const quoted = name.replaceAll(/[.$]/g, String.raw`\$&`)
  const topLevel = new RegExp(
    String.raw`^(?:export )?(?:async )?(?:function\*?|const|let|class|interface|type) ${quoted}\b`,
  )
  const member = new RegExp(String.raw`^\s+(?:async )?(?:'${quoted}'|${quoted})(?:: |\()`)
  const lines = source.split('\n')
  for (const declares of [topLevel, member]) {
    const found = lines.flatMap((line, at) => (declares.test(line) ? [at + 1] : []))
    if (found.length > 1)
      throw new Error(`${file} declares ${name} on lines ${found.join(', ')}: it must be declared once`)
    if (found[0] !== undefined) return found[0]
  }
  throw new Error(`${file} does not declare ${name}`)
}

export function withLines(page: string, read: (link: string) => string): string {
  return page.replaceAll(linkToLine, (_, text: string, file: string) => {
    const name = /^`(.+)`$/.exec(text)?.[1]
    if (name === undefined)
      throw new Error(`[${text}](${file}): a link to a line shows the name that is declared there`)
    return `[${text}](${file}#L${lineOf(name, read(file), file)})`
  })
}
