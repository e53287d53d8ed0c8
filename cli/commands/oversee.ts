import type { About, Make } from '../command.ts'
import { about as tail, tailCommand } from './events/tail.ts'

export const about: About = {
  ...tail,
  summary: 'The same as events tail',
  samples: [{ args: '--tail 20 --no-follow --by-order', callers: 'users' }],
}

export const command: Make = tailCommand('oversee', 'Follow every event of the system; the same as events tail')
