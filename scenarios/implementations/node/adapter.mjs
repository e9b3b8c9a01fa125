// An adapter for the npm package jose: assay writes one JSON request per line
// to standard input, and each gets one line on standard output. To test your
// own verifier, copy this file and replace open and reasonOf.
import { createInterface } from 'node:readline'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'

const algorithms = ['rs384', 'rs512', 'ps256', 'ps384', 'ps512', 'es256', 'es384', 'es512', 'eddsa', 'ed25519']
const description = { name: 'jose', language: 'JavaScript', capabilities: ['static', 'idp', 'state', 'load', 'seed', ...algorithms] }

class Refusal extends Error {
  constructor(wanted, message) { super(message); this.wanted = wanted }
}

// jose does no discovery, so an application brings its own.
async function discover(issuer) {
  const url = issuer.replace(/\/$/, '') + '/.well-known/openid-configuration'
  const metadata = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5000) })
    .then((response) => response.status === 200 ? response.json() : Promise.reject(new Error(`status ${response.status}`)))
    .catch((e) => { throw new Refusal('DISCOVERY_FAILED', e.message) })
  if (metadata?.issuer !== issuer) throw new Refusal('DISCOVERY_INVALID', 'the metadata are those of another issuer')
  return createRemoteJWKSet(new URL(metadata.jwks_uri))
}

// open returns a verifier: a function that returns the claims of a token, or
// throws. Without a fixed JWK Set, the first token starts discovery.
function open(setup) {
  let keys = setup.jwk_set && createLocalJWKSet(JSON.parse(setup.jwk_set))
  const strict = setup.policy === 'strict'
  const options = {
    issuer: setup.issuer, audience: setup.audience, algorithms: setup.algorithms ?? ['RS256'],
    requiredClaims: strict ? ['exp', 'sub', 'iat'] : ['exp', 'sub'], clockTolerance: setup.leeway_seconds ?? (strict ? 0 : 60),
  }
  return async (token) => (await jwtVerify(token, keys ??= await discover(setup.issuer), options)).payload
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
    ERR_JWT_EXPIRED: 'TOKEN_EXPIRED', ERR_JOSE_ALG_NOT_ALLOWED: 'ALG_NOT_ALLOWED', ERR_JWKS_NO_MATCHING_KEY: 'KEY_NOT_FOUND',
    ERR_JWKS_TIMEOUT: 'JWKS_FETCH_FAILED', ERR_JWKS_INVALID: 'JWKS_INVALID', ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'INVALID_SIGNATURE',
  }[e.code] ?? 'OTHER'
}

const sessions = new Map()
const answers = {
  hello: () => ({ description }),
  open: ({ session, setup }) => { sessions.set(session, open(setup)); return { verdict: 'accept' } },
  verify: async ({ session, input }) => {
    const token = input.token ?? Buffer.from(input.token_base64 ?? '', 'base64') // base64 if it is not UTF-8
    return { verdict: 'accept', claims: await sessions.get(session)(token) }
  },
  close: ({ session }) => { sessions.delete(session); return {} },
}
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  const refused = (e) => ({ verdict: request.op === 'open' ? 'refuse' : 'reject', reason: reasonOf(e), message: e.message })
  // Nothing waits for an answer here: requests may overlap.
  Promise.resolve(request).then(answers[request.op]).catch(refused)
    .then((answer) => process.stdout.write(JSON.stringify({ id: request.id, ...answer }) + '\n'))
}
