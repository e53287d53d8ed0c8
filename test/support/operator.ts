import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { mgmt } from './mgmt-process.ts'
import type { Stack } from './stack.ts'

export interface LoggedInOperator {
  home: string
  env: Record<string, string>
}

export async function aLoggedInOperator(stack: Stack): Promise<LoggedInOperator> {
  const home = mkdtempSync(join(stack.at.dir, 'mgmt-test-'))
  const operator = {
    home,
    env: { XDG_CONFIG_HOME: home, PORT_OFFSET: String(stack.at.offset), LOCAL_DIR: stack.at.dir },
  }
  const { status, stderr } = await mgmt(operator, ['login', 'operator', '--password-stdin'], stack.operator.password)
  if (status !== 0) throw new Error(stderr)
  return operator
}
