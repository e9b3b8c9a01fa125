// A browser opens HTML reports, as files, in both colour schemes and widths:
// first without JavaScript, then with it for axe-core and the search.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const { files, chromium: executablePath, screenshots } = JSON.parse(process.argv[2])
const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
})
const problems = []

// open opens a file in a window of its own.
async function open (name, width, colorScheme, javaScriptEnabled) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled })
  const page = await context.newPage()
  page.on('request', r => { if (!r.url().startsWith('file:')) problems.push(`${name}: a request to ${r.url()}`) })
  page.on('console', m => { if (m.type() === 'error') problems.push(`${name}: ${m.text()}`) })
  page.on('pageerror', e => problems.push(`${name}: ${e}`))
  await page.goto(pathToFileURL(files[name]).href)
  if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) problems.push(`${name}: wider than ${width} px`)
  return page
}

const rows = page => page.locator('table.filtered tbody tr:visible').count()
const sections = page => page.locator('details.case:visible').count()
const expect = (what, got, want) => { if (got !== want) problems.push(`${what}: ${got}, want ${want}`) }

for (const name in files) {
  for (const width of [360, 1280]) {
    for (const scheme of ['light', 'dark']) {
      const page = await open(name, width, scheme, true)
      const { violations } = await page.evaluate(axe + '; axe.run(document, { resultTypes: ["violations"] })')
      for (const v of violations) problems.push(`${name}, ${width} px, ${scheme}: ${v.id}: ${v.nodes[0].html}`)
      if (screenshots) await page.screenshot({ path: `${screenshots}/report-${name}-${width}-${scheme}.png`, fullPage: true })
      await page.context().close()
    }
  }
}

// The same for a comparison.
{
  const page = await open('matrix', 360, 'light', false)
  const all = await rows(page)
  const same = await page.locator('table.filtered tr.is-all-right').count()
  await page.locator('#show-all-right').uncheck()
  expect('rows of a comparison without those that all get right', await rows(page), all - same)
  await page.context().close()
}

// The search of a site finds by all words, and needs a script.
{
  const page = await open('site', 1280, 'light', true)
  await page.getByLabel('Search').fill('AUD shorter')
  expect('found in a site', await page.locator('#results a').getAttribute('href'), 'case/aud.prefix.html')
  expect('the count of a site', await page.locator('#found').innerText(), '1 of 1')
  await page.getByLabel('Search').fill('nothing has this')
  expect('nothing found in a site', await page.locator('#results a').count(), 0)
  await page.context().close()
  const without = await open('site', 1280, 'light', false)
  expect('search of a site without script', await without.getByLabel('Search').isVisible(), false)
  await without.context().close()
}

// Without a script the checkboxes work, and a link unfolds its case.
{
  const page = await open('run', 1280, 'light', false)
  expect('search without script', await page.getByLabel('Search cases').isVisible(), false)
  const all = await rows(page)
  const passed = await page.locator('table.filtered tr.is-pass').count()
  await page.locator('#show-pass').uncheck()
  expect('rows without passes', await rows(page), all - passed)
  expect('sections without passes', await sections(page), all - passed)
  await page.locator('#show-pass').check()
  expect('folded at first', await page.locator('#case-base\\.rs256').isVisible(), false)
  await page.getByRole('link', { name: 'base.rs256' }).click()
  const unfolded = page.locator('#case-base\\.rs256').waitFor({ state: 'visible', timeout: 10_000 })
  expect('unfolded by its link', await unfolded.then(() => true, () => false), true)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect('filter in print', await page.locator('form.filter').isVisible(), false)
  expect('paper', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)')
}

// The search looks into folded sections, too.
{
  const page = await open('run', 360, 'dark', true)
  await page.getByLabel('Search cases').fill('skc_812365409277345011')
  expect('rows found', await rows(page), 1)
  expect('sections found', await sections(page), 1)
  expect('the count', await page.locator('#found').innerText(), '1 of 41')
}

await browser.close()
for (const problem of problems) console.error(problem)
process.exitCode = problems.length ? 1 : 0
