// What the tests start, and end: assay up and an application under test.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const examples = new URL('..', import.meta.url).pathname
const assay = process.env.ASSAY

// The applications, and how they are started once they are installed: those with
// a script start by npm.
export const samples = { go: [process.env.ASSAY_SAMPLE_GO] }
for (const name of readdirSync(examples).sort()) {
  const manifest = join(examples, name, 'package.json')
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest)).scripts?.start) samples[name] = ['npm', 'start', '--silent']
}

// patience is how long anything may take to start or to come true.
export const patience = 30_000

// until waits for a condition.
export async function until (what, condition) {
  for (const end = Date.now() + patience; ;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > end) throw new Error(`${what}: not within ${patience / 1000} s`)
    await sleep(50)
  }
}

// Processes are leaders of groups, because npm is a shell with children. All end
// with this process, however it ends.
const running = new Set()
process.on('exit', () => running.forEach(child => kill(child, 'SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

function kill (child, signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {} // it has ended
}

function start (command, args, options) {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => { child.output += text })
  child.ended = new Promise(resolve => {
    child.once('error', error => { child.output += error })
    child.once('close', () => {
      running.delete(child)
      resolve()
    })
  })
  return child
}

// stop asks a process to end, as its user does, and insists after a while.
async function stop (child) {
  kill(child, 'SIGTERM')
  const insist = setTimeout(() => kill(child, 'SIGKILL'), 5000)
  await child.ended
  clearTimeout(insist)
}

function freePort () {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const readVariables = file => Object.fromEntries([...readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]))

// World is an application with two environments and Char, which trusts the first
// of them. Tokens live as long as life says, in seconds.
export class World {
  static async start (sample, life, ...flags) {
    const world = new World()
    world.dir = mkdtempSync(join(tmpdir(), 'assay-walk-'))
    const file = join(world.dir, 'env')
    world.up = start(assay, ['up', '--addr', '127.0.0.1:0', '--char-addr', '127.0.0.1:0', '--control', '127.0.0.1:0', '--seed', '1',
      '--env', 'staging', '--env', 'production', '--env-file', file, '--id-token-lifetime', life + 's', '--access-token-lifetime', life + 's', ...flags],
    { cwd: world.dir })
    try {
      world.control = await until('assay up', () => {
        if (world.up.exitCode !== null) throw new Error(world.up.output)
        return world.up.output.match(/ctl --control +(\S+)[^]*Stop both/)?.[1]
      })
      world.mine = readVariables(file)
      world.other = readVariables(file + '.production')
      world.char = world.mine.CHAR_API_BASE
      const port = await freePort()
      world.url = `http://localhost:${port}`
      const [command, ...args] = samples[sample]
      world.app = start(command, args, {
        cwd: join(examples, sample),
        env: { ...process.env, ...world.mine, PORT: String(port), SESSION_DIR: join(world.dir, 'sessions') }
      })
      await until(`${sample} at ${world.url}`, () => {
        if (world.app.exitCode !== null) throw new Error(world.app.output)
        return fetch(world.url).then(r => r.ok, () => false)
      })
    } catch (e) {
      await world.close()
      throw e
    }
    return world
  }

  async close () {
    if (this.app) await stop(this.app)
    await stop(this.up)
    rmSync(this.dir, { recursive: true, force: true })
  }

  // ask asks the control API for something about the environment of the application.
  async ask (method, path, body) {
    const response = await fetch(`${this.control}/environments/staging${path}`, {
      method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body), signal: AbortSignal.timeout(patience)
    })
    if (!response.ok) throw new Error(`${method} ${path} is answered ${response.status} ${await response.text()}`)
    return response.status === 204 ? undefined : response.json()
  }

  // plant plants a fault, and unplant removes it.
  plant (fault) {
    return this.ask('POST', '/faults', { faults: [{ ...fault, id: 'trouble' }] })
  }

  unplant () {
    return this.ask('DELETE', '/faults/trouble')
  }

  // explain is assay explain of an ID Token of the environment, for a verifier
  // that is configured with issuer and clientId.
  explain (issuer, clientId) {
    const token = this.#assay('forge', '--control', this.control, '--env', 'staging')
    return JSON.parse(this.#assay('explain', token.trim(), '--issuer', issuer, '--client-id', clientId, '--allow-loopback-http', '--fetch', '--json'))
  }

  #assay (...args) {
    const { stdout, stderr } = spawnSync(assay, args, { encoding: 'utf8', timeout: patience })
    if (!stdout) throw new Error(`assay ${args[0]}: ${stderr}`)
    return stdout
  }
}
