import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { anOrder, onTerminal, services } from '@docket/test/support/mgmt-formats.ts'
import { given, inShell, json, loggedIn, main, mgmt, startSession } from '@docket/test/support/mgmt-process.ts'
import { slow } from '@docket/test/support/slow.ts'

// What only a real terminal shows: prompts, colour, resize, Ctrl-C.

test.serial('it prompts for a password, and does not show it', async t => {
  const setup = await given(t, (_, res) =>
    json(res, 401, { code: 'wrong_password', detail: 'The name or the password is wrong.' }),
  )
  let hasTyped = false
  const { status, text } = await onTerminal(setup, ['login', 'ada'], {
    act(terminal, screen) {
      if (hasTyped || !screen().includes('Password')) return
      hasTyped = true
      terminal.write('very secret\r')
    },
  })
  t.is(status, 4)
  t.notRegex(text, /very secret/)
  t.regex(text, /name or the password is wrong/)
})

function typing(...answers: [prompt: string, text: string][]) {
  let from = 0
  return (terminal: { write(text: string): void }, screen: () => string) => {
    const [next] = answers
    if (!next || !screen().slice(from).includes(next[0])) return
    answers.shift()
    from = screen().length
    terminal.write(`${next[1]}\r`)
  }
}

test.serial('with a password for one use, login asks for a new one', async t => {
  const bodies: unknown[] = []
  const setup = await given(t, (req, res) => {
    let text = ''
    req.on('data', chunk => (text += chunk))
    req.on('end', () => {
      const body = JSON.parse(text) as { newPassword?: string }
      bodies.push(body)
      if (body.newPassword === undefined)
        return json(res, 403, { code: 'new_password_required', detail: 'This password is good for one use.' })
      startSession(res)
    })
  })
  const { status, text } = await onTerminal(setup, ['login', 'ada'], {
    act: typing(['Password', 'once'], ['New password', 'battery staple'], ['Once more', 'battery staple']),
  })
  t.is(status, 0, text)
  t.regex(text, /This password is good for one use\./)
  t.notRegex(text, /battery/)
  t.deepEqual(bodies, [
    { username: 'ada', password: 'once' },
    { username: 'ada', password: 'once', newPassword: 'battery staple' },
  ])
})

test.serial('a password is changed by the old one, and the new one twice', async t => {
  const bodies: unknown[] = []
  const setup = await loggedIn(t, (req, res) => {
    let text = ''
    req.on('data', chunk => (text += chunk))
    req.on('end', () => {
      bodies.push(JSON.parse(text))
      startSession(res)
    })
  })
  const answers: [string, string][] = [
    ['Old password', 'secret'],
    ['New password', 'battery staple'],
  ]
  const wrong = await onTerminal(setup, ['password', 'change'], { act: typing(...answers, ['Once more', 'staple']) })
  t.is(wrong.status, 2, wrong.text)
  const right = await onTerminal(setup, ['password', 'change'], {
    act: typing(...answers, ['Once more', 'battery staple']),
  })
  t.is(right.status, 0, right.text)
  // spaces belong to a password: one set by a web page or curl may end with them
  const piped = await mgmt(setup, ['password', 'change', '--password-stdin'], 'battery staple \n another one  \n')
  t.is(piped.status, 0, piped.stderr)
  t.deepEqual(bodies, [
    { password: 'secret', newPassword: 'battery staple' },
    { password: 'battery staple ', newPassword: ' another one  ' },
  ])
})

for (const [what, key, status, says] of [
  ['its time limit', undefined, 124, /Timed out after 3s\. There was no answer/],
  ['Ctrl-C', '\u0003', 130, /Interrupted/],
  ['the end of the input', '\u0004', 1, /The input ended before there was an answer/],
] as const)
  test.serial(`a prompt ends by ${what}`, async t => {
    if (!key) slow(t, 12, 'three prompts wait for 3 s each')
    const setup = await loggedIn(t, services)
    for (const [prompt, ...args] of [
      ['Password', 'login', 'ada'],
      ['Why', 'users', 'reset-password', 'ada'],
      ['Cancel 1 order', 'orders', 'cancel', '--all'],
    ] as const) {
      let pressed = false
      const ended = await onTerminal(setup, [...args, ...(key ? [] : ['--timeout', '3s'])], {
        act(terminal, screen) {
          if (pressed || key === undefined || !screen().includes(prompt)) return
          pressed = true
          terminal.write(key)
        },
      })
      t.is(ended.status, status, ended.text)
      t.true(ended.text.includes(prompt), ended.text)
      t.regex(ended.text, says)
      t.notRegex(ended.text, /force closed/)
    }
  })

const asObserver = (t: ExecutionContext) => loggedIn(t, services, 900, 'observer')

test.serial('at a terminal the board gives another link for Enter, and ends with its time limit', async t => {
  slow(t, 7, 'the board ends after that')
  const { status, text } = await onTerminal(
    await asObserver(t),
    ['board', '--no-open', '--timeout', '6s', '--color', 'never'],
    { act: typing(['Enter prints a new link', '']) },
  )
  t.is(status, 124, text)
  t.is(new Set(text.match(/http:\S+#t=\S+/g)).size, 2, text)
})

async function boardAtShell(
  t: ExecutionContext,
  ending: string,
  ...answers: [prompt: string, text: string][]
): Promise<string> {
  const setup = await asObserver(t)
  const env = { ...setup.env, PS1: 'shell> ', NODE: process.execPath, MGMT: main }
  const { status, text } = await onTerminal({ env }, ['--norc', '-i'], {
    program: ['bash'],
    act: typing(['shell> ', `"$NODE" "$MGMT" board --no-open --color never ${ending}`], ...answers),
  })
  t.is(status, 7, text)
  return text
}

test.serial('a board in the background goes on whatever is typed', async t => {
  const text = await boardAtShell(
    t,
    '&',
    ['the link is good once', `: ${'long '.repeat(100)}; jobs; echo "lis"ted`],
    ['listed', 'kill %1; wait %1; exit 7'],
  )
  t.notRegex(text, /Stopped/)
  t.notRegex(text.split('kill %1')[0] ?? '', /Enter prints a new link/)
})

test.serial('a board that was stopped gives links again in the foreground', async t => {
  const text = await boardAtShell(
    t,
    '',
    ['Enter prints a new link', '\u001a'],
    ['Stopped', 'fg'],
    ['Enter prints a new link', ''],
    ['#t=', '\u0003'],
    ['shell> ', 'exit 7'],
  )
  t.true(new Set(text.match(/http:\S+#t=\S+/g)).size > 1, text)
})

test.serial('what is stopped and resumed as soon as it reads says again that it does', async t => {
  const script = `
    import { onLines } from ${JSON.stringify(join(root, 'cli/input/keyboard.ts'))}
    let listened = 0
    onLines(() => undefined, () => ++listened === 1 && process.emit('SIGCONT'))
    process.exit(listened)`
  const program = [process.execPath, '--input-type=module', '--eval']
  const { status, text } = await onTerminal({ env: {} }, [script], { program })
  t.is(status, 2, text)
})

test.serial('--no-input never prompts, also on a terminal', async t => {
  const { status, text } = await onTerminal(await given(t), ['login', 'ada', '--no-input'])
  t.is(status, 2)
  t.regex(text, /--password-stdin/)
})

test.serial('many are cancelled only after a yes', async t => {
  const posts: string[] = []
  const setup = await loggedIn(t, (req, res) => {
    if (req.method === 'POST') posts.push(req.url ?? '')
    services(req, res)
  })
  const answer = (letter: string) => {
    let hasTyped = false
    return onTerminal(setup, ['orders', 'cancel', '--all'], {
      act(terminal, screen) {
        if (hasTyped || !screen().includes('Cancel 1 order?')) return
        hasTyped = true
        terminal.write(`${letter}\r`)
      },
    })
  }
  t.is((await answer('n')).status, 0)
  t.deepEqual(posts, [])
  t.is((await answer('y')).status, 0)
  t.is(posts.length, 1)
})

const colours: [string, Record<string, string>, string[], boolean][] = [
  ['a terminal', {}, [], true],
  ['NO_COLOR', { NO_COLOR: '1' }, [], false],
  ['NO_COLOR, but --color always', { NO_COLOR: '1' }, ['--color', 'always'], true],
  ['TERM=dumb', { TERM: 'dumb' }, [], false],
  ['--color never', {}, ['--color', 'never'], false],
]
for (const [what, env, args, expected] of colours) {
  test.serial(`colour: ${what}`, async t => {
    const setup = await loggedIn(t, services)
    Object.assign(setup.env, env)
    const { text } = await onTerminal(setup, ['orders', 'list', ...args])
    t.is(text.includes('\u001b['), expected, JSON.stringify(text))
  })
}

const endless = () => {
  const streams: (() => void)[] = []
  return {
    streams,
    answer: ((req, res) => {
      if (!req.url?.endsWith('/stream')) return json(res, 200, { ...anOrder, status: 'pending' })
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const step = () =>
        void res.write(
          `id: 1\nevent: order.created\ndata: ${JSON.stringify({ at: new Date().toISOString(), event: 'order.created', service: 'order-service', detail: 'words '.repeat(40) })}\n\n`,
        )
      streams.push(step)
      step()
    }) satisfies typeof services,
  }
}

test.serial('Ctrl-C ends a watch at once, with status 130, and leaves no line behind', async t => {
  let pressed = 0
  const { status, text } = await onTerminal(await loggedIn(t, endless().answer), ['orders', 'watch', anOrder.id], {
    act(terminal, screen) {
      if (pressed > 0 || !screen().includes('the reservation of stock, by inventory-service')) return
      pressed = Date.now()
      terminal.write('\u0003')
    },
  })
  t.is(status, 130)
  t.true(Date.now() - pressed < 5_000)
  t.notRegex(text.split('\u001b[0J').at(-1) ?? '…', /…/)
})

test.serial('a terminal that gets narrower gets narrower lines', async t => {
  const { streams, answer } = endless()
  let again: NodeJS.Timeout | undefined
  t.teardown(() => clearInterval(again))
  const lengthsIn = (text: string) =>
    text
      .split(/\r?\n/)
      .slice(0, -1) // the last may not be whole
      .filter(line => line.includes('order.created'))
      .map(line => line.length)
  const { text } = await onTerminal(
    await loggedIn(t, answer),
    ['orders', 'watch', anOrder.id, '--timeout', '30s', '-q'],
    {
      columns: 100,
      act(terminal, screen) {
        const lengths = lengthsIn(screen())
        if (lengths.some(length => length <= 70)) {
          clearInterval(again)
          terminal.write('\u0003')
        } else if (lengths.length > 0 && !again) {
          terminal.resize(70, 30)
          again = setInterval(() => streams.at(-1)?.(), 300) // it learns of its new width when it gets to it
        }
      },
    },
  )
  const lengths = lengthsIn(text)
  const narrow = lengths.findIndex(length => length <= 70)
  t.true(narrow > 0, text)
  t.true(
    lengths.slice(narrow).every(length => length <= 70),
    JSON.stringify(lengths),
  )
})

test.serial('status --watch draws one screen anew, until Ctrl-C', async t => {
  t.timeout(120_000)
  slow(t, 14, 'Kafka is unavailable, and each of four looks tries to reach it for some seconds')
  let pressed = false
  const { status, text } = await onTerminal(
    await loggedIn(t, services),
    ['status', '--watch', '--interval', '100ms', '--color', 'never'],
    {
      act(terminal, screen) {
        if (pressed || screen().split('Ctrl-C ends it').length < 4) return
        pressed = true
        terminal.write('\u0003')
      },
    },
  )
  t.is(status, 130)
  const screens = text.split('\u001b[0J')
  t.true(screens.length >= 3)
  for (const screen of screens.slice(0, 3))
    t.regex(screen, /^SERVICE +STATE[^]*order-service +ready[^]*Kafka +unavailable at/m)
  t.deepEqual(
    text
      .split('\u001b[')
      .flatMap(part => /^(\d+)A/.exec(part)?.[1] ?? [])
      .map(Number),
    screens.slice(1).map(() => (screens[0] ?? '').split('\n').length - 1),
    'each over the one before',
  )
})

test.serial(
  'status --watch in a pipe prints one value after the other, a whole array also when it is cut off',
  async t => {
    t.timeout(120_000)
    slow(t, 11, 'Kafka is unavailable, and each of three looks tries to reach it for some seconds')
    const setup = await loggedIn(t, services)
    const child = spawn(process.execPath, [main, 'status', '--watch', '--interval', '100ms', '-o', 'json'], {
      env: { PATH: process.env.PATH, ...setup.env },
    })
    let stdout = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
      if (stdout.split('"at"').length > 2) child.kill('SIGINT')
    })
    const [status] = (await once(child, 'close')) as [number | null]
    t.is(status, 130)
    const times = (JSON.parse(stdout) as { at: string }[]).map(({ at }) => at)
    t.true(times.length >= 2)
    t.deepEqual(times.toSorted(), times)
  },
)

test.serial('a reader that has seen enough is no failure', async t => {
  const setup = await loggedIn(t, services)
  const { stderr } = await inShell(setup, '"$@" | head -1; true', ['commands', '-o', 'json'])
  t.is(stderr, '')
})

test.serial('in a pipe a stream that is cut off by --timeout is a whole array all the same', async t => {
  slow(t, 7, 'that is its time limit')
  const { status, stdout } = await mgmt(await loggedIn(t, endless().answer), [
    'orders',
    'watch',
    anOrder.id,
    '-o',
    'json',
    '--timeout',
    '6s',
  ])
  t.is(status, 124)
  t.is((JSON.parse(stdout) as unknown[]).length, 1)
})
