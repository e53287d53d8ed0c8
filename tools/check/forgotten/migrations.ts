/** Migrations of a release that are no longer what they were: a database that has them is not changed by another text. */
export const changedMigrations = (
  was: Readonly<Record<string, string>>,
  is: Readonly<Record<string, string>>,
  release: string,
): string[] =>
  Object.entries(was)
    .filter(([file, digest]) => is[file] !== digest)
    .map(([file]) => `${file} was ${is[file] ? 'changed' : 'removed'} since release ${release}: add a new one instead`)
