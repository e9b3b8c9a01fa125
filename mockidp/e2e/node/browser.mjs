// A browser without JavaScript walks the login page, through every way to
// sign in. The application at the other end is that of browser_test.go. Each
// step prints what the application was told, as a line of JSON.
import { chromium } from 'playwright-core'

const { app, outbox, chromium: executablePath, screenshots } = JSON.parse(process.argv[2])

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})

const shapes = {
  narrow: { viewport: { width: 320, height: 568 }, colorScheme: 'dark' },
  wide: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }
}
const origins = new Set([app, new URL(outbox).origin])
const problems = []
let step = ''

// person opens a new browser window with cookies of its own.
async function person (shape) {
  const context = await browser.newContext({ ...shapes[shape], javaScriptEnabled: false })
  const page = await context.newPage()
  page.setDefaultTimeout(15000)
  page.on('request', r => {
    const { origin, protocol } = new URL(r.url())
    if (protocol.startsWith('http') && !origins.has(origin)) problems.push(`${step}: a request to ${origin}`)
  })
  page.on('console', m => { if (m.type() === 'error' && !m.text().includes('422')) problems.push(`${step}: ${m.text()}`) })
  return page
}

// look waits for the page that shows a text, checks what every page has to
// have, and takes its picture.
async function look (page, name, text) {
  await page.getByText(text).first().waitFor()
  await page.waitForLoadState('load')
  const found = await page.evaluate(() => ({
    overflows: document.documentElement.scrollWidth > window.innerWidth,
    lang: document.documentElement.lang,
    headings: document.querySelectorAll('h1').length,
    unlabelled: [...document.querySelectorAll('input:not([type=hidden]):not([aria-hidden])')].filter(i => !i.labels.length).map(i => i.name),
    small: [...document.querySelectorAll('button')].filter(b => b.getBoundingClientRect().height < 44).map(b => b.textContent)
  }))
  if (found.overflows) problems.push(`${name}: wider than the window`)
  if (found.lang !== 'en' || found.headings !== 1) problems.push(`${name}: lang ${found.lang}, ${found.headings} main headings`)
  if (found.unlabelled.length) problems.push(`${name}: no label for ${found.unlabelled}`)
  if (found.small.length) problems.push(`${name}: buttons lower than 44 px: ${found.small}`)
  if (screenshots) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true })
}

// arrived prints what the application shows, which is JSON.
async function arrived (page) {
  await page.waitForURL(`${app}/**`)
  console.log(JSON.stringify({ step, told: JSON.parse(await page.locator('pre').innerText()) }))
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click()

async function choose (page, organization) {
  await page.getByLabel(organization).check()
  await look(page, `${step}-organization`, organization)
  await press(page, 'Continue')
}

// identify types an address and presses Enter.
async function identify (page, email, query = '') {
  await page.goto(`${app}/login${query}`)
  await look(page, `${step}-identify`, 'No account yet?')
  await page.getByLabel('Email address').fill(email)
  await page.keyboard.press('Enter')
}

const steps = {
  async password (page) {
    await identify(page, 'nobody@example.com')
    await look(page, `${step}-unknown`, 'There is no account')
    await page.getByLabel('Email address').fill('john.doe@example.com')
    await page.keyboard.press('Enter')
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await look(page, `${step}-wrong`, 'The password is wrong')
    await page.getByLabel('Password').fill('correct-horse')
    await page.keyboard.press('Enter')
    await choose(page, 'Acme Corporation')
    await arrived(page)

    step = 'again'
    await page.goto(`${app}/login`)
    await arrived(page)

    step = 'switch'
    await page.goto(`${app}/login?prompt=select_account`)
    await choose(page, 'Globex')
    await arrived(page)

    step = 'logout'
    await page.goto(`${app}/logout`)
    await arrived(page)

    step = 'none'
    await page.goto(`${app}/login?prompt=none`)
    await arrived(page)
  },

  async code (page) {
    await identify(page, 'mary@example.com')
    await look(page, `${step}-method`, 'Email me a code')
    await press(page, 'Email me a code')
    await look(page, step, 'six digits')
    const mail = await page.context().newPage()
    await mail.goto(outbox)
    await look(mail, `${step}-outbox`, 'latest first')
    const [code] = (await mail.locator('article').first().innerText()).match(/\b\d{6}\b/)
    await page.getByLabel('Code').fill(code)
    await press(page, 'Continue')
    await arrived(page)
  },

  async link (page) {
    await identify(page, 'mary@example.com')
    await press(page, 'Email me a link')
    await look(page, `${step}-sent`, 'We have sent a link')
    await page.goto(outbox)
    await page.locator('article').first().getByRole('link').click()
    await look(page, `${step}-opened`, 'mary@example.com')
    await press(page, 'Sign in')
    await arrived(page)
  },

  async social (page) {
    await page.goto(`${app}/login`)
    await press(page, 'Continue with Google')
    await page.getByLabel('mary@example.com').check()
    await look(page, step, 'plays the login page of Google')
    await press(page, 'Sign in')
    await arrived(page)
  },

  async enterprise (page) {
    await identify(page, 'peter@initech.example')
    await look(page, step, 'plays the login page of Okta')
    await page.getByLabel('peter@initech.example').check()
    await press(page, 'Sign in')
    await arrived(page)
  },

  async cancel (page) {
    await page.goto(`${app}/login?domain_hint=initech.example`)
    await press(page, 'Cancel')
    await arrived(page)
  },

  async signup (page) {
    await page.goto(`${app}/login?prompt=create`)
    await look(page, step, 'Have an account?')
    await page.getByLabel('Full name').fill('Nora New')
    await page.getByLabel('Email address').fill('nora@example.org')
    await press(page, 'Continue')
    await page.getByLabel('Code').waitFor()
    const mail = await page.context().newPage()
    await mail.goto(outbox)
    const [code] = (await mail.locator('article').first().innerText()).match(/\b\d{6}\b/)
    await page.getByLabel('Code').fill(code)
    await press(page, 'Continue')
    await arrived(page)
  },

  async inactive (page) {
    await identify(page, 'gone@example.com')
    await page.getByLabel('Password').fill('correct-horse')
    await press(page, 'Sign in')
    await arrived(page)
  }
}

try {
  let narrow = true
  for (const [name, walk] of Object.entries(steps)) {
    step = name
    const page = await person(narrow ? 'narrow' : 'wide')
    narrow = !narrow
    await walk(page)
    await page.context().close()
  }
} catch (e) {
  problems.push(`${step}: ${e.message}`)
} finally {
  await browser.close()
}
for (const text of problems) console.error(text)
process.exitCode = problems.length ? 1 : 0
