export interface SlowTest {
  title: string
  seconds: number
}

const limitSeconds = 5
const passed = /^\s*✔ (?:(.*) › )?(.*?)(?: \((\d[\dms. ]*s)\))?$/
const reason = /^\s*ℹ \d+ s: /

export function slowTests(nowMs = () => performance.now()) {
  const lastEndMs = new Map<string, number>()
  const found: SlowTest[] = []
  let latest: SlowTest | undefined
  let rest = ''

  function readLine(line: string): void {
    if (reason.test(line)) {
      if (latest) found.splice(found.indexOf(latest), 1)
      latest = undefined
      return
    }
    const [, file = '', title = '', duration = ''] = passed.exec(line) ?? []
    if (!title) return
    const now = nowMs()
    const waited = (now - (lastEndMs.get(file) ?? -Infinity)) / 1_000
    lastEndMs.set(file, now)
    const seconds = Math.min(secondsOf(duration), waited)
    latest = seconds > limitSeconds ? { title: file ? `${file} › ${title}` : title, seconds } : undefined
    if (latest) found.push(latest)
  }

  return {
    found: found as readonly SlowTest[],
    read(chunk: string): void {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(readLine)
    },
  }
}

const secondsOf = (duration: string) =>
  [...duration.matchAll(/([\d.]+)(ms|m|s)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unit === 'm' ? 60 : unit === 's' ? 1 : 0.001),
    0,
  )
