import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Dashboard } from './dashboards.ts'
import { rulesFile, rulesTestFile } from './rules.ts'

export function promtool(program: string, ...args: string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise(resolve => {
    execFile(program, args, { maxBuffer: 16_000_000 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: `${stdout}${stderr}`.trim() }),
    )
  })
}

export async function promtoolProblems(
  program: string,
  dashboards: Readonly<Record<string, Dashboard>>,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'docket-dashboards-'))
  try {
    const asRules = join(folder, 'dashboards.yaml')
    writeFileSync(
      asRules,
      stringify({
        groups: [
          {
            name: 'dashboards',
            rules: expressionsIn(dashboards).map((expr, number) => ({ record: `panel:${number}`, expr })),
          },
        ],
      }),
    )
    const commands = [
      ['check', 'rules', rulesFile],
      ['test', 'rules', rulesTestFile],
      ['check', 'rules', asRules],
    ]
    const results = await Promise.all(commands.map(async args => ({ args, ...(await promtool(program, ...args)) })))
    return results.filter(({ ok }) => !ok).map(({ args, output }) => `promtool ${args.join(' ')}\n${output}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const expressionsIn = (dashboards: Readonly<Record<string, Dashboard>>) =>
  Object.values(dashboards).flatMap(({ panels }) =>
    panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$service', '.+')),
    ),
  )
