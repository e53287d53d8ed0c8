import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { addresses } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { chromium, type Browser } from 'playwright-core'

// A real Chromium: the one among the packages if it runs here, else that of the machine.

const ofTheMachine = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
// not those that the package proposes: they switch off what the board relies on, such as --disable-web-security
const args = ['--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage']

export async function startBrowser(): Promise<Browser> {
  const failures: string[] = []
  for (const executable of [packaged, ...ofTheMachine.filter(path => existsSync(path)).map(path => async () => path)])
    try {
      return await chromium.launch({ executablePath: await executable(), args })
    } catch (error) {
      failures.push(messageOf(error))
    }
  throw new Error(`No Chromium runs here: apt-get install chromium\n${failures.join('\n')}`)
}

/** It unpacks itself into TMPDIR, which other users of the machine share. */
async function packaged(): Promise<string> {
  const folder = join(addresses().dir, 'chromium')
  mkdirSync(folder, { recursive: true })
  process.env.TMPDIR = folder
  const { default: packagedChromium } = await import('@sparticuz/chromium')
  return packagedChromium.executablePath()
}
