import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { until } from '@docket/test/support/until.ts'
import { Failure } from '../failure.ts'
import { NotText, readText, readTextSync, textReader, type Kind } from './files.ts'

const kind: Kind = { what: 'the password file', mostBytes: 4_096 }

function waiting() {
  const notes: string[] = []
  const ending = new AbortController()
  return { notes, ending, signal: ending.signal, note: (text: string) => void notes.push(text) }
}

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-files-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

function fileOf(t: ExecutionContext, content: string | Buffer): string {
  const file = join(folderOf(t), 'file')
  writeFileSync(file, content)
  return file
}

const texts: [string, string | Buffer, string][] = [
  ['as it is', 'sécret\n', 'sécret\n'],
  ['without its mark of byte order', '\uFEFFsécret', 'sécret'],
  ['from UTF-16', Buffer.from('\uFEFFsécret', 'utf16le'), 'sécret'],
  ['from nothing', '', ''],
  ['from one letter', 'x', 'x'],
]
for (const [what, content, text] of texts)
  test(`a text is read ${what}`, async t => {
    const file = fileOf(t, content)
    t.is(await readText(file, kind, waiting()), text)
    t.is(readTextSync(file, kind), text)
  })

const refused: [string, (t: ExecutionContext) => string, RegExp][] = [
  [
    'is not UTF-8',
    t => fileOf(t, Buffer.from('a\ns\u00e9', 'latin1')),
    /^The password file \S+ is not UTF-8, in line 2\./,
  ],
  ['has a NUL byte', t => fileOf(t, 'a\0'), /has a NUL byte/],
  ['is too large', t => fileOf(t, 'x'.repeat(4_097)), /is larger than 4 KiB/],
  ['is a folder', folderOf, /is a folder, not a file/],
  ['is not there', t => join(folderOf(t), 'x'), /^There is no file /],
  ['is a device without an end', () => '/dev/zero', /is a device, not a file/],
  ['is a device that is always full', () => '/dev/full', /is a device, not a file/],
  ['has no size and no end in sight', () => '/proc/self/pagemap', /is larger than 4 KiB|cannot be read/],
]
for (const [what, file, message] of refused)
  test(`a file is refused that ${what}`, async t => {
    const path = file(t)
    for (const read of [() => readText(path, kind, waiting()), async () => readTextSync(path, kind)]) {
      const error = await t.throwsAsync(async () => read(), { instanceOf: Failure, message })
      t.is(error?.status, 2)
      t.truthy(error?.next)
    }
  })

test('a pipe is read to its end; one that says nothing is told of, and can be left', async t => {
  const pipe = join(folderOf(t), 'pipe')
  execFileSync('mkfifo', [pipe])
  const kept = openSync(pipe, 'r+') // or it would have to be written to within a second
  const child = spawn('bash', ['-c', 'exec 3>"$0"; sleep 0.1; printf sec >&3; sleep 0.1; printf ret >&3', pipe])
  t.teardown(() => child.kill())
  const text = readText(pipe, kind, waiting())
  await once(child, 'close')
  closeSync(kept)
  t.is(await text, 'secret')
  const silent = openSync(pipe, 'r+')
  t.teardown(() => closeSync(silent))
  const reading = waiting()
  const left = t.throwsAsync(readText(pipe, kind, reading), { message: 'Timed out.' })
  await until('it is told of', async () => reading.notes.length > 0)
  const toldMs = performance.now()
  await until('it could have been told of again', async () => performance.now() - toldMs > 300)
  reading.ending.abort(new Failure('Timed out.'))
  await left
  t.deepEqual(reading.notes, [`waiting for ${pipe}`])
})

test('text is read in pieces of any size as it is as a whole, and what is no UTF-8 is found', t => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (given, size, isUtf16) => {
        const text = given.replaceAll('\0', '')
        const bytes = isUtf16 ? Buffer.from(`\uFEFF${text.replace(/^\uFEFF/, '')}`, 'utf16le') : Buffer.from(text)
        const reader = textReader()
        let read = ''
        for (let at = 0; at < bytes.length; at += size) read += reader.push(bytes.subarray(at, at + size))
        t.is(read + reader.end(), text.replace(/^\uFEFF/, ''))
      },
    ),
  )
  const reader = textReader()
  t.is(reader.push(Buffer.from('sku\nm')), 'sku\nm')
  const error = t.throws(() => reader.push(Buffer.from('ö\xfcx', 'latin1')), { instanceOf: NotText })
  t.is(error?.before, '')
})
