import { Command } from 'commander'
import { toldWhenCutOff } from '../client/once.ts'
import { drills, type Finding, type Scene } from '../system/drills.ts'
import { expectOwnStack } from '../system/own-stack.ts'
import { exit, usage } from '../failure.ts'
import type { About, Make } from '../command.ts'
import { renderDrill, type Drilled } from '../render/drill.ts'
import { table } from '../render/table.ts'
import { either } from '../shape.ts'

export const about: About = {
  summary: 'Let something go wrong on purpose, and see whether the system copes',
  changesThings: true,
  prints: either([{ drill: 'string', summary: 'string' }], {
    drill: 'string',
    coped: 'boolean',
    happened: ['string'],
    findings: [{ what: 'string', ok: 'boolean', found: 'string' }],
  }),
  samples: [{ callers: 'everybody' }, { args: 'payment-declined', needs: 'stack', callers: 'operators' }],
}

export const command: Make = ready =>
  new Command('drill')
    .description('Cause a failure on purpose, show what happens, and check that the system copes')
    .argument('[name]', 'which; without a name, they are listed')
    .addHelpText(
      'after',
      `
Drills:
${Object.entries(drills)
  .map(([name, { summary }]) => `  ${name.padEnd(20)}${summary}`)
  .join('\n')}

Examples:
  $ mgmt drill payment-declined
  $ mgmt drill poison-event -o json

They run only on the stack of this checkout, and make items and orders of their own; an operator must be logged in. Exit status:
0 the system coped, 1 it did not, 4 it is another stack.`,
    )
    .action(async (name: string | undefined) => {
      const mgmt = await ready()
      if (name === undefined) {
        const all = Object.entries(drills).map(([drillName, { summary }]) => ({ drill: drillName, summary }))
        return mgmt.print(all, (rows, look) =>
          table(
            ['DRILL', 'WHAT HAPPENS'],
            rows.map(one => [one.drill, one.summary]),
            look,
            [],
            [1],
          ),
        )
      }
      const chosen = Object.hasOwn(drills, name) ? drills[name] : undefined
      if (!chosen) throw usage(`There is no drill ${name}.`, `choose from: ${Object.keys(drills).join(', ')}`)
      await expectOwnStack(mgmt, 'Drills run')
      const drilled: Drilled = { drill: name, coped: false, happened: [], findings: [] }
      const scene: Scene = {
        mgmt,
        print(text) {
          drilled.happened.push(text)
          mgmt.note(text)
        },
        expect: (what, found, expected) => void drilled.findings.push(findingOf(what, found, expected)),
      }
      const cutOff = {
        unknown: 'whether the system copes',
        goOn: 'what the drill made stays, and does no harm; it is safe to repeat the command',
      }
      await toldWhenCutOff(mgmt, cutOff, () => chosen.run(scene))
      drilled.coped = drilled.findings.every(({ ok }) => ok)
      await mgmt.print(drilled, renderDrill)
      if (!drilled.coped) mgmt.exitWith(exit.failed)
    })

const findingOf = (what: string, found: unknown, expected: unknown): Finding => ({
  what,
  ok: found === expected,
  found: found === expected ? String(found) : `${String(found)}; it should be ${String(expected)}`,
})
