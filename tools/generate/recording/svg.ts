export interface Scene {
  command: string
  /** With colours as a terminal gets them, and the time since the command was started. */
  lines: readonly { text: string; atMs: number }[]
}

const beforeMs = 500
const perLetterMs = 25 // how fast the command is typed: the only time that is not recorded
const beforeEnterMs = 300
const afterMs = 1_500

const [size, lineHeight, letterWidth, margin] = [14, 20, 8.5, 20] // px; no common monospaced font is wider

export const palette: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  background: ['#f6f8fa', '#161b22'],
  text: ['#1f2328', '#e6edf3'],
  prompt: ['#59636e', '#9198a1'],
  red: ['#a40e26', '#ff7b72'],
  green: ['#116329', '#7ee787'],
  yellow: ['#7d4e00', '#e3b341'],
  cyan: ['#0b5c8a', '#79c0ff'],
  dim: ['#59636e', '#9198a1'],
}

const styles: Readonly<Record<string, string>> = {
  '1': 'bold',
  '2': 'dim',
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '36': 'cyan',
  '90': 'dim',
}
const ends: Readonly<Record<string, readonly string[]>> = {
  '0': Object.values(styles),
  '22': ['bold', 'dim'],
  '39': ['red', 'green', 'yellow', 'cyan', 'dim'],
}

const sgr = new RegExp(String.raw`${'\u001b'}\[([\d;]*)m`)
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const withoutColours = (text: string) => text.replaceAll(new RegExp(sgr, 'g'), '')

export function spans(line: string): string {
  const parts = line.split(sgr) // text, numbers, text, numbers, …
  const current = new Set<string>()
  return parts
    .map((part, at) => {
      if (at % 2 === 0) {
        if (part === '' || current.size === 0) return escaped(part)
        return `<tspan class="${[...current].join(' ')}">${escaped(part)}</tspan>`
      }
      for (const number of part === '' ? ['0'] : part.split(';')) {
        for (const style of ends[number] ?? []) current.delete(style)
        if (styles[number]) current.add(styles[number])
      }
      return ''
    })
    .join('')
}

export function recordingSvg(scenes: readonly Scene[], { title, text }: { title: string; text: string }): string {
  let fromMs = beforeMs
  let row = 0
  const rows: string[] = []
  const at = (style: string, beginMs: number, content: string, more = '') =>
    rows.push(
      `<text class="${style}" x="${margin}" y="${margin + size + lineHeight * row++}" style="animation-delay:${Math.round(beginMs)}ms${more}">${content}</text>`,
    )
  for (const { command, lines } of scenes) {
    if (row > 0) row++
    const typingMs = perLetterMs * command.length
    at(
      'typed',
      fromMs,
      `<tspan class="prompt">$ </tspan>${escaped(command)}`,
      `;animation-duration:${typingMs}ms;animation-timing-function:steps(${command.length})`,
    )
    const startedMs = fromMs + typingMs + beforeEnterMs
    for (const line of lines) at('line', startedMs + line.atMs, spans(line.text))
    fromMs = startedMs + (lines.at(-1)?.atMs ?? 0) + afterMs
  }
  const columns = Math.max(
    ...scenes.flatMap(({ command, lines }) => [
      command.length + 2,
      ...lines.map(one => withoutColours(one.text).length),
    ]),
  )
  const [width, height] = [Math.ceil(columns * letterWidth + 2 * margin), row * lineHeight + 2 * margin]
  const colours = (theme: 0 | 1) =>
    Object.entries(palette)
      .map(([name, colour]) =>
        name === 'background'
          ? `rect{fill:${colour[theme]}}`
          : `${name === 'text' ? 'text' : `.${name}`}{fill:${colour[theme]}}`,
      )
      .join('')
  return `<!-- Generated from a real run by \`npm run recording\`. Do not edit. -->
<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title text">
<title id="title">${escaped(title)}</title>
<desc id="text">${escaped(text)}</desc>
<style>
text{font:${size}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}
.bold{font-weight:bold}
${colours(0)}
@media (prefers-color-scheme:dark){${colours(1)}}
@keyframes come{from{visibility:hidden}}
@keyframes type{from{clip-path:inset(0 100% 0 0)}to{clip-path:inset(0)}}
.line{animation:come 1ms step-end backwards}
.typed{animation:type 1s backwards}
@media (prefers-reduced-motion:reduce){.line,.typed{animation:none}}
</style>
<rect width="${width}" height="${height}" rx="8"/>
${rows.join('\n')}
</svg>
`
}
