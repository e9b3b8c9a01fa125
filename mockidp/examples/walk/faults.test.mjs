// What every application makes of what goes wrong at the provider, next to what
// the real clients of mockidp/e2e make of the same: faults.md, which this writes
// with ASSAY_UPDATE=1 and otherwise compares with what it finds.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { World, patience, samples, until } from './world.mjs'

const file = new URL('../faults.md', import.meta.url)

// life is how long tokens live, in seconds, and pause how long after a failed
// refresh every application has tried again.
const life = 4
const pause = 3

// readTroubles reads the table of mockidp/e2e and the faults below it. A trouble
// without one cannot be planted in an environment that runs.
function readTroubles () {
  const text = readFileSync(new URL('../../e2e/README.md', import.meta.url), 'utf8')
  const [head, , ...lines] = text.split('\n').filter(line => line.startsWith('| ')).map(line => line.slice(2, -2).split(' | '))
  const faults = Object.fromEntries([...text.matchAll(/^(.+)\n\n {4}(\{.*\})$/gm)].map(([, name, json]) => [name, JSON.parse(json)]))
  const rows = lines.map(([name, ...cells]) => ({ name, cells, fault: faults[name] }))
  return { clients: head.slice(1), rows: rows.filter(({ name, fault }) => fault || name === 'nothing') }
}

// Browser is one without scripts and pages, which only keeps cookies.
class Browser {
  #cookies = new Map() // by origin and name

  constructor (world) {
    this.world = world
  }

  async request (url, method = 'GET') {
    const { origin } = new URL(url)
    const mine = [...this.#cookies].filter(([key]) => key.startsWith(origin + ' ')).map(([, pair]) => pair)
    const response = await fetch(url, { method, redirect: 'manual', headers: { Cookie: mine.join('; ') }, signal: AbortSignal.timeout(patience) })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';')
      const key = `${origin} ${pair.split('=')[0]}`
      if (/max-age=(0|-1)\b/i.test(cookie)) this.#cookies.delete(key)
      else this.#cookies.set(key, pair)
    }
    return response
  }

  // login follows the redirects of a login, and returns the last status.
  async login () {
    let url = this.world.url + '/login'
    for (;;) {
      const response = await this.request(url)
      const location = response.headers.get('Location')
      if (!location) return response.status
      url = new URL(location, url)
    }
  }

  // session returns 200 if the user is signed in, and otherwise the status of
  // the application's answer. Char may refuse a ticket to a user who is.
  async session () {
    let response = await this.request(this.world.url + '/char-ticket', 'POST')
    if (response.status === 404) response = await this.request(this.world.url + '/char-token', 'POST')
    const text = await response.text()
    return /"code":|"ticket":|"idToken":/.test(text) ? 200 : response.status
  }
}

// meet signs in while something goes wrong.
async function meet (world, fault) {
  if (fault) await world.plant(fault)
  const browser = new Browser(world)
  const status = await browser.login()
  if (fault) await world.unplant()
  return await browser.session() === 200 ? 'accepted' : `refused (${status})`
}

// outlive is signed in when something begins to go wrong, which lasts until the
// tokens have expired.
async function outlive (world, fault) {
  const browser = new Browser(world)
  await browser.login()
  await world.plant(fault)
  await sleep((life + 1) * 1000)
  const during = await browser.session()
  await world.unplant()
  await sleep(pause * 1000)
  const after = await browser.session()
  const words = { 200: 'signed in', 401: 'signed out' }
  return `${words[during] ?? during}, then ${words[after] ?? after}`
}

// The troubles during a refresh, which are those of mockidp/e2e.
const lasting = ['there is no ID Token', 'ID Token: iss of another environment', 'keys: 503', 'token: 503', 'token: the answer is lost', 'token: an HTML page']

function table (head, rows) {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

test('what goes wrong', { timeout: 400_000 }, async () => {
  const { clients, rows } = readTroubles()
  const names = Object.keys(samples)
  const found = await Promise.all(names.map(async name => {
    const world = await World.start(name, life, '--login-page=false')
    try {
      const first = []
      for (const { fault } of rows) first.push(await meet(world, fault))
      const later = []
      for (const trouble of lasting) later.push(await outlive(world, rows.find(row => row.name === trouble).fault))
      return { first, later }
    } finally {
      await world.close()
    }
  }))
  for (const { first } of found) assert.equal(first[0], 'accepted')
  const text = `# What the sample applications make of faults

Each application and each real client of [mockidp/e2e](../e2e/README.md), which also has the faults, logs in while one thing goes
wrong. This file is written by \`make e2e-app-check\` with \`ASSAY_UPDATE=1\`, and compared by it with what it finds.

*accepted* means that the user is signed in, *refused* that the login has ended with an error, with the HTTP status of the page. The
applications run all the time, so that they have the keys already.

${table(['what goes wrong', ...names, ...clients], rows.map((row, i) => [row.name, ...found.map(f => f.first[i]), ...row.cells]))}
And while a user is signed in: what the application answers once the tokens have expired, and what after the fault has ended.

${table(['what goes wrong', ...names], lasting.map((trouble, i) => [trouble, ...found.map(f => f.later[i])]))}`
  if (process.env.ASSAY_UPDATE) writeFileSync(file, text)
  assert.equal(readFileSync(file, 'utf8'), text, 'faults.md is not what was found: rewrite it with ASSAY_UPDATE=1 make e2e-app-check, and read the diff')
})
