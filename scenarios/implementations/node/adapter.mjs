// An adapter for the npm package jose: assay writes one JSON request per line
// to standard input, and each gets one line on standard output. To test your
// own verifier, copy this file and replace open and reasonOf.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'

const description = {
  name: 'jose', version: createRequire(import.meta.url)('jose/package.json').version, language: 'JavaScript', reasons: 'reasons', protocol: 2,
  capabilities: [
    'static', 'idp', 'clock', 'state', 'load', 'seed', 'trap',
    'rs384', 'rs512', 'ps256', 'ps384', 'ps512', 'es256', 'es384', 'es512', 'eddsa', 'ed25519',
  ],
}
const charAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

class Refusal extends Error {
  constructor(wanted, message) { super(message); this.wanted = wanted }
}

// fetcher returns a fetch that refuses with a reason if no answer comes.
const fetcher = (reason) => (url, init) => fetch(url, init).catch((e) => {
  throw e.name === 'TimeoutError' ? e : new Refusal(reason, `${e.message}: ${e.cause?.message}`)
})

const loopback = ['127.0.0.1', 'localhost', '[::1]']
function trusted(uri, setup) {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || (protocol === 'http:' && setup.allow_loopback_http && loopback.includes(hostname))
}

// jose does no discovery, so an application brings its own.
async function discover(setup, timeout) {
  const url = setup.issuer.replace(/\/$/, '') + '/.well-known/openid-configuration'
  const response = await fetcher('DISCOVERY_FAILED')(url, { redirect: 'error', signal: AbortSignal.timeout(timeout) })
  if (response.status !== 200) throw new Refusal('DISCOVERY_FAILED', `status ${response.status}`)
  const metadata = await response.json().catch((e) => { throw new Refusal('DISCOVERY_INVALID', e.message) })
  if (metadata?.issuer !== setup.issuer) throw new Refusal('DISCOVERY_INVALID', 'the metadata are those of another issuer')
  if (!trusted(metadata.jwks_uri, setup)) throw new Refusal('DISCOVERY_INVALID', 'jwks_uri is not an https URL')
  const options = { timeoutDuration: timeout, [customFetch]: fetcher('JWKS_FETCH_FAILED') }
  return createRemoteJWKSet(new URL(metadata.jwks_uri), options)
}

// keysOf returns the function with which jose finds a key. Without a fixed JWK
// Set, the first token that needs a key starts discovery.
function keysOf(setup) {
  if (setup.jwk_set) return createLocalJWKSet(JSON.parse(setup.jwk_set))
  const timeout = 1000 * (setup.fetch_timeout_seconds ?? 5)
  let remote
  return async (...token) => {
    remote ??= discover(setup, timeout).catch((e) => { remote = undefined; throw e })
    return (await remote)(...token)
  }
}

// open returns a verifier: a function that returns the claims of a token, or
// throws.
function open(setup) {
  const keys = keysOf(setup)
  const strict = setup.policy === 'strict'
  const options = {
    issuer: setup.issuer, audience: setup.audience, algorithms: setup.algorithms ?? (strict ? ['RS256'] : charAlgorithms),
    requiredClaims: strict ? ['exp', 'sub', 'iat'] : ['exp', 'sub'], clockTolerance: setup.leeway_seconds ?? (strict ? 0 : 60),
  }
  return async (token) => {
    try {
      return (await jwtVerify(token, keys, options)).payload
    } catch (e) {
      if (e.code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw e
      for await (const key of e) { // several keys fit, so each is tried, as jose documents it
        try {
          return (await jwtVerify(token, key, options)).payload
        } catch (e) {
          if (e.code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw e
        }
      }
      throw new errors.JWSSignatureVerificationFailed()
    }
  }
}

// reasonOf maps what jose tells apart, and leaves the rest at OTHER.
function reasonOf(e) {
  if (e.wanted) return e.wanted
  if (e.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    if (e.reason === 'missing') return 'MISSING_CLAIM'
    if (e.reason === 'invalid') return 'MALFORMED_CLAIM'
    return { iss: 'INVALID_ISSUER', aud: 'INVALID_AUDIENCE', nbf: 'TOKEN_NOT_YET_VALID' }[e.claim] ?? 'OTHER'
  }
  return {
    ERR_JWS_INVALID: 'MALFORMED_TOKEN', ERR_JWT_INVALID: 'MALFORMED_TOKEN', ERR_JWT_EXPIRED: 'TOKEN_EXPIRED',
    ERR_JOSE_ALG_NOT_ALLOWED: 'ALG_NOT_ALLOWED', ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'INVALID_SIGNATURE',
    ERR_JWKS_NO_MATCHING_KEY: 'KEY_NOT_FOUND', ERR_JWKS_INVALID: 'JWKS_INVALID', ERR_JWKS_TIMEOUT: 'JWKS_FETCH_FAILED',
    ERR_JOSE_GENERIC: e.cause instanceof SyntaxError ? 'JWKS_INVALID' : 'JWKS_FETCH_FAILED', // not JSON, or not status 200
  }[e.code] ?? 'OTHER'
}

// The clock of the one session that is open is that of the process, because
// jose reads it for its caches as well.
const SystemDate = Date
let instant // milliseconds; undefined means the time of the system
globalThis.Date = class extends SystemDate {
  constructor(...args) { super(...(args.length ? args : [Date.now()])) }
  static now() { return instant ?? SystemDate.now() }
}

const sessions = new Map()
const answers = {
  hello: () => ({ description }),
  clock: ({ now }) => { instant = 1000 * now; return {} },
  open: ({ session, setup }) => { sessions.set(session, open(setup)); return { verdict: 'accept' } },
  verify: async ({ session, input }) => {
    const token = input.token ?? Buffer.from(input.token_base64, 'base64') // base64 if it is not UTF-8
    return { verdict: 'accept', claims: await sessions.get(session)(token) }
  },
  close: ({ session }) => { sessions.delete(session); instant = undefined; return {} },
}
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  const refused = (e) => ({ verdict: request.op === 'open' ? 'refuse' : 'reject', reason: reasonOf(e), message: e.message })
  // Nothing waits for an answer here: requests may overlap.
  Promise.resolve(request).then(answers[request.op]).catch(refused)
    .then((answer) => process.stdout.write(JSON.stringify({ id: request.id, ...answer }) + '\n'))
}
