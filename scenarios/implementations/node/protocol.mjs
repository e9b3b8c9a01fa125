// What the adapters of this folder share: the protocol of assay, discovery and
// the clock. assay writes one JSON request per line to standard input, and each
// gets one line on standard output. To test your own verifier, copy this file
// and one such as jose.mjs, and replace open and reasonOf in the latter.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// common are the capabilities that any adapter in this language has: serve
// moves the clock of the process.
export const common = ['idp', 'clock', 'state', 'load', 'seed', 'trap']

// Refusal is an error of an adapter whose reason is known.
export class Refusal extends Error {
  constructor(reason, message) { super(message); this.refusal = reason }
}

// versionOf returns the version of an installed package.
export function versionOf(name) {
  const files = createRequire(import.meta.url).resolve.paths(name).map((folder) => join(folder, name, 'package.json'))
  return JSON.parse(readFileSync(files.find(existsSync))).version
}

// optionsOf returns what an application of the policy in setup asks of a
// library: times in seconds.
export function optionsOf(setup) {
  const strict = setup.policy === 'strict'
  return {
    algorithms: setup.algorithms ?? (strict ? ['RS256'] : ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']),
    requiredClaims: strict ? ['exp', 'sub', 'iat'] : ['exp', 'sub'],
    leeway: setup.leeway_seconds ?? (strict ? 0 : 60),
    timeout: setup.fetch_timeout_seconds ?? 5,
  }
}

// fetcher returns a fetch that refuses with a reason if no answer comes.
export const fetcher = (reason) => (url, init) => fetch(url, init).catch((e) => {
  throw e.name === 'TimeoutError' ? e : new Refusal(reason, `${e.message}: ${e.cause?.message}`)
})

const loopback = ['127.0.0.1', 'localhost', '[::1]']
function trusted(uri, setup) {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || (protocol === 'http:' && setup.allow_loopback_http && loopback.includes(hostname))
}

// discover returns the provider metadata, for libraries that leave this to the
// application.
export async function discover(setup) {
  const url = setup.issuer.replace(/\/$/, '') + '/.well-known/openid-configuration'
  const signal = AbortSignal.timeout(1000 * optionsOf(setup).timeout)
  const response = await fetcher('DISCOVERY_FAILED')(url, { redirect: 'error', signal })
  if (response.status !== 200) throw new Refusal('DISCOVERY_FAILED', `status ${response.status}`)
  const metadata = await response.json().catch((e) => { throw new Refusal('DISCOVERY_INVALID', e.message) })
  if (metadata?.issuer !== setup.issuer) throw new Refusal('DISCOVERY_INVALID', 'the metadata are those of another issuer')
  if (!trusted(metadata.jwks_uri, setup)) throw new Refusal('DISCOVERY_INVALID', 'jwks_uri is not an https URL')
  return metadata
}

// once returns a function that makes a promise when it is first called, and
// again if that failed.
export function once(make) {
  let made
  return () => made ??= make().catch((e) => { made = undefined; throw e })
}

// The clock of the one session that is open is that of the process, because
// the libraries read it for their caches as well.
const SystemDate = Date
const systemNow = performance.now.bind(performance)
let instant // milliseconds; undefined means the time of the system
function moveClock() {
  globalThis.Date = class extends SystemDate {
    constructor(...args) { super(...(args.length ? args : [Date.now()])) }
    static now() { return instant ?? SystemDate.now() }
  }
  performance.now = () => instant === undefined ? systemNow() : instant - performance.timeOrigin
}

// serve answers requests until standard input ends. The adapter has
// description; open(setup), which returns a function that returns the claims of
// a token or throws; and reasonOf(error), which maps what the library tells
// apart.
export async function serve({ description, open, reasonOf }) {
  moveClock()
  const sessions = new Map()
  const answers = {
    hello: () => ({ description: { language: 'JavaScript', reasons: 'reasons', protocol: 2, ...description } }),
    clock: ({ now }) => { instant = 1000 * now; return {} },
    open: ({ session, setup }) => { sessions.set(session, open(setup)); return { verdict: 'accept' } },
    verify: async ({ session, input }) => {
      // Bytes that are not UTF-8 come as base64, and are read as Node reads those of a header.
      const token = input.token ?? Buffer.from(input.token_base64, 'base64').toString('latin1')
      return { verdict: 'accept', claims: await sessions.get(session)(token, input) }
    },
    close: ({ session }) => { sessions.delete(session); instant = undefined; return {} },
  }
  const unknown = ({ op }) => ({ error: `the operation ${op} is unknown` })
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    const refused = (e) => ({
      verdict: request.op === 'open' ? 'refuse' : 'reject',
      reason: e.refusal ?? reasonOf(e) ?? 'OTHER', message: e.message,
    })
    // Nothing waits for an answer here: requests may overlap.
    Promise.resolve(request).then(answers[request.op] ?? unknown).catch(refused)
      .then((answer) => process.stdout.write(JSON.stringify({ id: request.id, ...answer }) + '\n'))
  }
}
