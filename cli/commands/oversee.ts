import type { About, Make } from '../command.ts'
import { about as tail, tailCommand } from './events/tail.ts'

export const about: About = {
  ...tail,
  summary: 'The same as events tail',
  samples: [{ args: '--topic TOPIC --no-follow --by-order', needs: 'kafka', callers: 'everybody' }],
}

export const command: Make = tailCommand('oversee', 'Follow every event of the system; the same as events tail')
