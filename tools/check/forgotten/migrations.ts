import type { ReleasedMigrations } from '@docket/chassis/database/migrations.ts'

/** Migrations of releases that are no longer what they were: a database that has them is not changed by another text. */
export const changedMigrations = (
  service: string,
  releases: ReleasedMigrations,
  is: Readonly<Record<string, string>>,
): string[] =>
  Object.entries(releases).flatMap(([release, files]) =>
    Object.entries(files)
      .filter(([file, digest]) => is[file] !== digest)
      .map(
        ([file]) =>
          `${service}/migrations/${file} was ${is[file] ? 'changed' : 'removed'} since release ${release}: add a new one instead`,
      ),
  )
