import { cpus, totalmem } from 'node:os'

/** When and where figures were measured. */
export interface ThisRun {
  at: string
  machine: string
  node: string
}

export const thisRun = (): ThisRun => ({
  at: new Date().toISOString(),
  machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  node: process.version,
})
