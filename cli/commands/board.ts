import { Command } from 'commander'
import { runBoard, type BoardOptions, type Opened } from '../board/board.ts'
import type { About, Make } from '../command.ts'
import { parseDuration } from '../input/durations.ts'
import { wholeNumber } from '../input/numbers.ts'
import type { Look } from '../render/look.ts'
import type { ShapeOf } from '../shape.ts'

const openedShape: ShapeOf<Opened> = {
  link: 'string',
  port: 'integer',
  context: 'string',
  username: 'string',
  role: 'string',
}

export const about: About = {
  summary: 'Watch orders, steps and events on a page in the browser',
  prints: openedShape,
  samples: [{ args: '--no-open --timeout 2s', needs: 'stack', expects: 124, callers: [4, 4, 124, 124, 4] }],
}

const more = `
Examples:
  $ mgmt board
  $ mgmt board --no-open --port 9000        in a pod: kubectl port-forward POD 9000, then open the link
  $ mgmt board --since 2h                   with the events of the last two hours

Views: Flow, Orders, Rates, Ticker and Reports; ? shows their keys. ?wall behind an address shows the view large, without controls.

The board is served by mgmt itself, on 127.0.0.1, in your session, and ends with Ctrl-C or with that session. It only looks: it
joins no consumer group, commits nothing and changes nothing. Addresses and card tokens are masked. The link is good once, and
for a minute; at a terminal, Enter prints another one, but not in the background (mgmt board &).`

export const command: Make = ready =>
  new Command('board')
    .description('Watch orders, steps and events on a page in the browser')
    .option('--no-open', 'print the link, and open no browser')
    .option('--port <port>', 'listen there; the default is any free port', wholeNumber('--port', 0, 65_535), 0)
    .option('--since <duration>', 'how far back events are read when it begins', parseDuration, 15 * 60_000)
    .addHelpText('after', more)
    .action(async (options: BoardOptions) => {
      const mgmt = await ready()
      await runBoard(mgmt, options, opened => mgmt.print(opened, renderOpened))
    })

const renderOpened = ({ link, context, username, role }: Opened, { colour }: Look) =>
  `${colour.bold(link)}\nthe board of ${context}, as ${username} (${role})\nthe link is good once, and for a minute`
