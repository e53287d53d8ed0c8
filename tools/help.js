/** Lists every command of the repository, without imports that need an installation: `npm run help`. */
import { columns, commands } from './commands.js'

const width = Math.max(...Object.values(commands).flatMap(part => part.map(([command]) => command.length)))
for (const [title, entries] of Object.entries(commands))
  console.log(`${title}\n${columns(entries, width).replaceAll(/^/gm, '  ')}\n`)
