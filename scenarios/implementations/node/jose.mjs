// An adapter for the npm package jose: jwtVerify with issuer, audience,
// algorithms and requiredClaims, and createRemoteJWKSet with its defaults. jose
// does no discovery, so the adapter brings its own.
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose'
import { common, discover, fetcher, once, optionsOf, serve, versionOf } from './protocol.mjs'

const description = {
  name: 'jose', version: versionOf('jose'),
  setup: 'jwtVerify with issuer, audience, algorithms, requiredClaims and clockTolerance; createRemoteJWKSet',
  capabilities: [
    ...common, 'static', 'expect', 'rs384', 'rs512', 'ps256', 'ps384', 'ps512', 'es256', 'es384', 'es512', 'eddsa', 'ed25519',
  ],
}

// keysOf returns the function with which jose finds a key. Without a fixed JWK
// Set, the first token that needs a key starts discovery.
function keysOf(setup, timeout) {
  if (setup.jwk_set) return createLocalJWKSet(JSON.parse(setup.jwk_set))
  const options = { timeoutDuration: 1000 * timeout, [customFetch]: fetcher('JWKS_FETCH_FAILED') }
  const remote = once(async () => createRemoteJWKSet(new URL((await discover(setup)).jwks_uri), options))
  return async (...token) => (await remote())(...token)
}

function open(setup) {
  const { algorithms, requiredClaims, leeway, timeout } = optionsOf(setup)
  const keys = keysOf(setup, timeout)
  const { issuer, audience } = setup
  return async (token, { subject }) => {
    const options = { issuer, audience, algorithms, requiredClaims, subject, clockTolerance: leeway }
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

// reasonOf maps the codes of jose.
function reasonOf(e) {
  if (e.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    if (e.reason === 'missing') return 'MISSING_CLAIM'
    if (e.reason === 'invalid') return 'MALFORMED_CLAIM'
    return { iss: 'INVALID_ISSUER', aud: 'INVALID_AUDIENCE', sub: 'INVALID_SUBJECT', nbf: 'TOKEN_NOT_YET_VALID' }[e.claim]
  }
  return {
    ERR_JWS_INVALID: 'MALFORMED_TOKEN', ERR_JWT_INVALID: 'MALFORMED_TOKEN', ERR_JWT_EXPIRED: 'TOKEN_EXPIRED',
    ERR_JOSE_ALG_NOT_ALLOWED: 'ALG_NOT_ALLOWED', ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'INVALID_SIGNATURE',
    ERR_JWKS_NO_MATCHING_KEY: 'KEY_NOT_FOUND', ERR_JWKS_INVALID: 'JWKS_INVALID', ERR_JWKS_TIMEOUT: 'JWKS_FETCH_FAILED',
    ERR_JOSE_GENERIC: e.cause instanceof SyntaxError ? 'JWKS_INVALID' : 'JWKS_FETCH_FAILED', // not JSON, or not status 200
  }[e.code]
}

serve({ description, open, reasonOf })
