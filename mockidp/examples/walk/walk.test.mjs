// A browser walks through every application: every way to sign in, tokens that
// expire, the causes of trouble that Char documents, a switch and a logout.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Person, globex, launch, methods } from './person.mjs'
import { World, samples, until } from './world.mjs'

// life is how long tokens live, in seconds.
const life = 6

const screenshots = process.env.ASSAY_E2E_SCREENSHOTS

// What John does in one session, and then others.
const walk = {
  async 'the browser has no token' (john, world) {
    assert.equal(await john.page.evaluate('document.cookie'), '')
    assert.deepEqual(await john.page.evaluate('[localStorage.length, sessionStorage.length]'), [0, 0])
    assert.doesNotMatch(await john.page.content(), /eyJ/, 'the document has a token')
    const cookies = await john.context.cookies(world.url)
    assert.doesNotMatch(JSON.stringify(cookies), /eyJ/, 'a cookie has a token')
    const session = cookies.find(c => c.name === '__Host-session')
    assert.deepEqual([session.httpOnly, session.secure, session.sameSite], [true, true, 'Strict'])
  },

  async 'several lives of the tokens' (john, world) {
    const refreshes = async () => (await world.ask('GET', '/requests?endpoint=token')).requests.length
    const before = await refreshes()
    for (const end = Date.now() + 2.5 * life * 1000; Date.now() < end;) {
      await john.page.reload()
      assert.match((await john.agent())[0], /^Connected to Char as usr_10000000000000001/)
      await sleep(500)
    }
    assert.ok(await refreshes() - before >= 2, 'there were at least two refreshes')
  },

  async 'what Char refuses' (john, world, sample) {
    const { SCALEKIT_ENVIRONMENT_URL: issuer, SCALEKIT_CLIENT_ID: client } = world.mine
    for (const { settings, fault, code, cause } of [
      { settings: [issuer + '/', client], code: 'INVALID_ISSUER', cause: 'issuer.trailing-slash' },
      { settings: [issuer, world.other.SCALEKIT_CLIENT_ID], code: 'INVALID_AUDIENCE', cause: 'audience.other-client' },
      { settings: [issuer, client], fault: 'keys', code: 'JWKS_FETCH_FAILED', cause: 'keys.inactive' },
      { settings: [issuer, client], fault: 'discovery', code: 'JWKS_FETCH_FAILED', cause: 'keys.inactive' },
      { settings: [world.other.SCALEKIT_ENVIRONMENT_URL, client], code: 'INVALID_ISSUER', cause: 'issuer.environment' }
    ]) {
      if (fault) await world.plant({ where: fault, kind: 'status', attributes: { status: 503 } })
      await john.configureChar(...settings)
      await john.page.reload()
      const [line, ...causes] = await john.agent()
      const { code: explained, causes: [first] } = world.explain(...settings)
      if (fault) await world.unplant()
      assert.ok(line.startsWith(code + ': '), `${line}, want ${code}`)
      assert.deepEqual([explained, first.name], [code, cause])
      // Char refuses a clientId before it looks at the token.
      if (line.includes('clientId')) continue
      assert.ok(causes[0]?.startsWith(first.text), `${causes[0]}, want ${first.text}`)
    }
    await lookAt(john.page, `${sample}-refused`)
    await john.configureChar(issuer, client)
    await john.page.reload()
    assert.match((await john.agent())[0], /^Connected/)
    await lookAt(john.page, `${sample}-signed-in`)
  },

  async 'a client secret that is wrong for a while' (john, world) {
    const client = '/clients/' + world.mine.SCALEKIT_CLIENT_ID
    await world.ask('PATCH', client, { secret: 'test_another' })
    await until('the session cannot be renewed', async () => {
      await john.page.reload()
      return await john.seesAlert(/cannot be renewed at the moment/)
    })
    await world.ask('PATCH', client, { secret: world.mine.SCALEKIT_CLIENT_SECRET })
    await until('the session is back', async () => {
      await john.page.reload()
      return await john.isSignedIn()
    })
  },

  async 'a switch and a logout' (john, world, sample) {
    await john.page.getByLabel('Organization').fill(globex)
    await john.press('Switch')
    await john.page.locator('dd', { hasText: globex }).waitFor()
    assert.equal((await john.shown()).Roles, 'member')
    assert.match((await john.agent())[0], /^Connected to Char as usr_10000000000000001/)
    const cookies = await john.context.cookies(world.url)
    await john.press('Sign out')
    await john.signInLink.waitFor()
    assert.equal(john.page.url(), world.url + '/')
    await lookAt(john.page, `${sample}-signed-out`)
    await john.context.addCookies(cookies)
    await john.page.reload()
    await john.signInLink.click() // the old cookie is worth nothing
    await john.page.getByLabel('Email address').waitFor() // the provider asks again
  },

  async 'a callback that did not begin here' (john, world, sample) {
    await john.page.goto(world.url + '/auth/callback?code=x&state=x')
    await john.page.getByRole('alert').waitFor()
    assert.ok(await john.seesAlert(/did not begin in this browser/))
    await lookAt(john.page, `${sample}-problem`)
  },

  async 'a user who is deactivated' (john, world) {
    const user = '/users/' + methods.password.user
    await john.signIn('password')
    await world.ask('PATCH', user, { active: false })
    await until('the user is signed out', async () => {
      await john.page.reload()
      return await john.signInLink.isVisible()
    })
  }
}

async function signsIn (browser, world, method, want) {
  const person = await Person.open(browser, world)
  await person.signIn(method)
  const shown = await person.shown()
  assert.deepEqual([shown.User, shown.Organization], [want.user, want.organization])
  if (want.roles) assert.equal(shown.Roles, want.roles)
  assert.ok((await person.agent())[0].startsWith(`Connected to Char as ${want.user}`))
  return person
}

const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

// lookAt has axe-core look at a page at two widths, light and dark, and takes its
// pictures if there is a folder for them.
async function lookAt (page, name) {
  for (const width of [360, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const what = `${name}-${width}-${colorScheme}`
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth > window.innerWidth'), false, `${what} is wider than the window`)
      const { violations } = await page.evaluate(axe + '; axe.run(document, { resultTypes: ["violations"] })')
      assert.deepEqual(violations.map(v => `${v.id}: ${v.nodes[0].html}`), [], what)
      if (screenshots) await page.screenshot({ path: `${screenshots}/${what}.png`, fullPage: true })
    }
  }
}

test('samples', { concurrency: 3, timeout: 400_000 }, async t => {
  const browser = await launch()
  t.after(() => browser.close())
  await Promise.all(Object.keys(samples).map(sample => t.test(sample, async t => {
    const world = await World.start(sample, life)
    t.after(() => world.close())
    let john
    for (const [method, want] of Object.entries(methods)) {
      await t.test(`sign-in by ${method}`, async () => {
        const person = await signsIn(browser, world, method, want)
        if (method === 'password') john = person
        else await person.context.close()
      })
    }
    for (const [name, step] of Object.entries(walk)) await t.test(name, () => step(john, world, sample))
    assert.deepEqual(john.problems, [])
  })))
})
