import { widthOf } from './width.ts'

export interface Terminal {
  isTTY?: boolean
  columns?: number
  rows?: number
  write(text: string): unknown
}

const escape = '\u001b['

export type LiveLines = ReturnType<typeof liveLines>

export function liveLines(terminal: Terminal, isOn: boolean) {
  let shown: string[] = []
  const columns = () => Math.max(1, terminal.columns || 80)
  // after a resize, the terminal has rewrapped the old lines
  const height = () => shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns())), 0)
  const erase = () => (shown.length === 0 ? '' : `\r${height() > 1 ? `${escape}${height() - 1}A` : ''}${escape}0J`)
  return {
    isOn,
    draw(text: string): void {
      if (!isOn) return
      const lines = text.split('\n').slice(0, Math.max(1, (terminal.rows || 24) - 1))
      terminal.write(erase() + lines.join('\n'))
      shown = lines
    },
    clear(): void {
      if (isOn && shown.length > 0) terminal.write(erase())
      shown = []
    },
    keep(): void {
      if (isOn && shown.length > 0) terminal.write('\n')
      shown = []
    },
  }
}
