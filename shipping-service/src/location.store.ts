import type { Tx } from '@docket/chassis/database/database.ts'
import type { Handover } from '@docket/contract/terms.ts'

export interface Location {
  name: string
  handover: Handover
  lateAfterSeconds: number
}

const columns = 'name, handover, late_after_seconds AS "lateAfterSeconds"'

export async function readLocations(tx: Tx): Promise<Location[]> {
  const { rows } = await tx.query<Location>(`SELECT ${columns} FROM locations ORDER BY name`)
  return rows
}

export async function updateLocation(
  tx: Tx,
  name: string,
  change: { handover?: Handover | undefined; lateAfterSeconds?: number | undefined },
): Promise<Location | undefined> {
  const { rows } = await tx.query<Location>(
    `
    UPDATE locations SET handover = coalesce($2, handover), late_after_seconds = coalesce($3::int, late_after_seconds),
      updated_at = now()
    WHERE name = $1 RETURNING ${columns}`,
    [name, change.handover ?? null, change.lateAfterSeconds ?? null],
  )
  return rows[0]
}

export async function isLocation(tx: Tx, name: string): Promise<boolean> {
  const { rowCount } = await tx.query('SELECT FROM locations WHERE name = $1', [name])
  return rowCount > 0
}
