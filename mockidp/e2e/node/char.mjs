// A browser configures the mock of Char and passes ID Tokens to its agent, in a
// page of another origin. The pages of Char are looked at with axe-core, at two
// widths, light and dark.
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const { app, char, issuer, client, user, good, foreign, otherIssuer, otherClient, key, chromium: executablePath, screenshots } = JSON.parse(process.argv[2])
const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})
const problems = []
const expect = (what, got, want) => { if (JSON.stringify(got) !== JSON.stringify(want)) problems.push(`${what}: ${JSON.stringify(got)}, want ${JSON.stringify(want)}`) }

// open opens a page in a window of its own, without the policy that would keep
// axe-core out.
async function open (url, width, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true })
  const page = await context.newPage()
  page.setDefaultTimeout(15000)
  page.on('pageerror', e => problems.push(`${url}: ${e}`))
  await page.goto(url)
  return page
}

async function look (page, name, width, scheme) {
  if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) problems.push(`${name}: wider than ${width} px`)
  const { violations } = await page.evaluate(axe + '; axe.run(document, { resultTypes: ["violations"] })')
  for (const v of violations) problems.push(`${name}, ${width} px, ${scheme}: ${v.id}: ${v.nodes[0].html}`)
  if (screenshots) await page.screenshot({ path: `${screenshots}/char-${name}-${width}-${scheme}.png`, fullPage: true })
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click()

for (const width of [360, 1280]) {
  for (const scheme of ['light', 'dark']) {
    const page = await open(char + '/', width, scheme)
    await look(page, 'settings', width, scheme)
    await press(page, 'Test Connection')
    await page.getByText('Test Connection succeeded').waitFor()
    await look(page, 'tested', width, scheme)
    await page.getByLabel('Issuer URL').fill('acme.scalekit.com')
    await press(page, 'Save Changes')
    await page.getByText('There is a problem').waitFor()
    await look(page, 'wrong', width, scheme)
    await page.goto(char + '/agent')
    await page.getByLabel('ID Token').fill(foreign)
    await press(page, 'Connect')
    await page.getByRole('heading', { name: 'INVALID_ISSUER' }).waitFor()
    await look(page, 'refused', width, scheme)
    await page.getByLabel('ID Token').fill(good)
    await press(page, 'Connect')
    await page.getByRole('heading', { name: 'Connected' }).waitFor()
    await look(page, 'connected', width, scheme)
    await page.context().close()
  }
}

// connect calls the component as an application does, and returns the event that
// comes of it.
const connect = (page, options) => page.evaluate(options => new Promise(resolve => {
  const agent = document.querySelector('char-agent')
  agent.addEventListener('char-connected', e => resolve({ user: e.detail.userId }), { once: true })
  agent.addEventListener('char-error', e => resolve({ code: e.detail.code, causes: e.detail.causes.length }), { once: true })
  if (!agent.connect(options)) resolve({ refused: true })
}), options)

const ticket = async token => (await fetch(char + '/api/auth/ticket', { method: 'POST', headers: { Authorization: `Bearer ${token}` } })).json()

for (const page of [await open(app, 1280, 'light')]) {
  await page.waitForFunction(() => customElements.get('char-agent'))
  const first = await ticket(good)
  expect('a ticket', await connect(page, { ticketAuth: first }), { user })
  expect('a ticket again', await connect(page, { ticketAuth: first }), { code: 'INVALID_TICKET', causes: 0 })
  expect('a key and a token', await connect(page, { publishableKey: key, idToken: good }), { user })
  expect('a token and its client', await connect(page, { idToken: good, clientId: client }), { user })
  expect('another client', await connect(page, { idToken: good, clientId: otherClient }), { code: 'INVALID_AUDIENCE', causes: 0 })
  expect('a token of another environment', await connect(page, { publishableKey: key, idToken: foreign }), { code: 'INVALID_ISSUER', causes: 1 })
  expect('what it shows', await page.locator('char-agent').innerText().then(t => t.includes('INVALID_ISSUER') && t.includes('another environment')), true)
  expect('another key', await connect(page, { publishableKey: 'pk_test_unknown0123456789', idToken: good }), { code: 'INVALID_KEY', causes: 0 })
  expect('nothing', await page.evaluate(() => document.querySelector('char-agent').connect({})), false)
  expect('the token in the document', await page.evaluate(token => document.documentElement.outerHTML.includes(token), good), false)
  await look(page, 'component', 1280, 'light')

  // Char is configured with the other environment, and decides the other way.
  const admin = await open(char + '/', 1280, 'light')
  await admin.getByLabel('Issuer URL').fill(otherIssuer)
  await admin.getByLabel('Client ID').fill(otherClient)
  await press(admin, 'Save Changes')
  await admin.getByText('The changes are saved').waitFor()
  expect('the token of before', await connect(page, { publishableKey: key, idToken: good }), { code: 'INVALID_ISSUER', causes: 1 })
  expect('the other token', (await connect(page, { publishableKey: key, idToken: foreign })).user !== undefined, true)
  await admin.getByLabel('Issuer URL').fill(issuer)
  await admin.getByLabel('Client ID').fill(client)
  await press(admin, 'Save Changes')
  await admin.getByText('The changes are saved').waitFor()
}

await browser.close()
for (const problem of problems) console.error(problem)
process.exitCode = problems.length ? 1 : 0
