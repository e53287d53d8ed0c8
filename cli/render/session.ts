import { formatDuration } from '../input/durations.ts'
import type { Session } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'

export function renderSessions(sessions: readonly Session[], look: Look): string {
  if (sessions.length === 0) return 'no sessions'
  const rows = sessions.map(({ id, current, lastUsedAt, ip, userAgent }) => [
    id,
    `${formatDuration(Math.max(0, look.now.getTime() - Date.parse(lastUsedAt)))} ago`,
    clean(ip),
    clean(userAgent),
    current ? 'this one' : '',
  ])
  return table(['ID', 'LAST USED', 'ADDRESS', 'PROGRAM', ''], rows, look, [], [3, 2])
}
