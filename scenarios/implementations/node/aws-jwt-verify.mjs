// An adapter for the npm package aws-jwt-verify: JwtVerifier with issuer,
// audience, jwksUri and graceSeconds. The library has no discovery, no option
// for algorithms and none for required claims, and fetches only over https, so
// the adapter brings discovery and, as the library documents it, a Fetcher.
import { JwtVerifier } from 'aws-jwt-verify'
import * as errors from 'aws-jwt-verify/error'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { common, discover, fetcher, once, optionsOf, Refusal, serve, versionOf } from './protocol.mjs'

const description = {
  name: 'aws-jwt-verify', version: versionOf('aws-jwt-verify'),
  setup: 'JwtVerifier with issuer, audience, jwksUri and graceSeconds; SimpleJwksCache with a Fetcher for http',
  capabilities: [...common, 'static', 'rs384', 'rs512', 'es256', 'es384', 'es512', 'eddsa'],
}

// httpFetcher is a Fetcher with the time limit of the setup.
const httpFetcher = (timeout) => ({
  async fetch(uri) {
    const response = await fetcher('JWKS_FETCH_FAILED')(uri, { redirect: 'error', signal: AbortSignal.timeout(1000 * timeout) })
    if (response.status !== 200) throw new Refusal('JWKS_FETCH_FAILED', `status ${response.status}`)
    return response.arrayBuffer()
  },
})

function open(setup) {
  const { leeway, timeout } = optionsOf(setup)
  const create = (jwksUri) => JwtVerifier.create(
    { issuer: setup.issuer, audience: setup.audience, jwksUri, graceSeconds: leeway },
    { jwksCache: new SimpleJwksCache({ fetcher: httpFetcher(timeout) }) },
  )
  if (setup.jwk_set) {
    const verifier = create('https://keys.example/fixed')
    verifier.cacheJwks(JSON.parse(setup.jwk_set))
    return async (token) => verifier.verifySync(token)
  }
  const verifier = once(async () => create((await discover(setup)).jwks_uri))
  return async (token) => (await verifier()).verify(token)
}

// The first class that fits decides.
const reasons = [
  [errors.JwtExpiredError, 'TOKEN_EXPIRED'], [errors.JwtNotBeforeError, 'TOKEN_NOT_YET_VALID'],
  [errors.JwtInvalidIssuerError, 'INVALID_ISSUER'], [errors.JwtInvalidAudienceError, 'INVALID_AUDIENCE'],
  [errors.JwtParseError, 'MALFORMED_TOKEN'], [errors.JwtInvalidSignatureError, 'INVALID_SIGNATURE'],
  [errors.JwtInvalidSignatureAlgorithmError, 'ALG_NOT_ALLOWED'], [errors.JwtWithoutValidKidError, 'KEY_NOT_FOUND'],
  [errors.KidNotFoundInJwksError, 'KEY_NOT_FOUND'], [errors.WaitPeriodNotYetEndedJwkError, 'KEY_NOT_FOUND'],
  [errors.JwkInvalidUseError, 'KEY_UNUSABLE'], [errors.JwkInvalidKtyError, 'KEY_UNUSABLE'],
  [errors.JwksValidationError, 'JWKS_INVALID'], [errors.JwkValidationError, 'JWKS_INVALID'],
]
const reasonOf = (e) => reasons.find(([type]) => e instanceof type)?.[1]

serve({ description, open, reasonOf })
