// An adapter for the npm packages jsonwebtoken and jwks-rsa: verify with
// algorithms, issuer, audience and clockTolerance, and keys from jwksClient
// with its defaults: a cache and no rateLimit. The adapter brings discovery.
// jsonwebtoken has no option for required claims. Its errors have three classes
// and otherwise documented texts, which reasonOf maps.
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'
import { common, discover, once, optionsOf, serve, versionOf } from './protocol.mjs'

const description = {
  name: 'jsonwebtoken', version: `${versionOf('jsonwebtoken')} with jwks-rsa ${versionOf('jwks-rsa')}`,
  setup: 'verify with algorithms, issuer, audience and clockTolerance; jwksClient with its defaults',
  capabilities: [...common, 'nonce', 'expect', 'rs384', 'rs512', 'ps256', 'ps384', 'ps512', 'es256', 'es384', 'es512'],
}

function open(setup) {
  const { algorithms, leeway, timeout } = optionsOf(setup)
  const options = { algorithms, issuer: setup.issuer, audience: setup.audience, clockTolerance: leeway }
  const client = once(async () => jwksClient({ jwksUri: (await discover(setup)).jwks_uri, timeout: 1000 * timeout }))
  return (token, { nonce, subject }) => new Promise((accept, reject) => {
    let unavailable // the error of the keys, of which jsonwebtoken keeps only the text
    const getKey = ({ kid }, done) => client().then((c) => c.getSigningKey(kid))
      .then((key) => done(null, key.getPublicKey()), (e) => { unavailable = e; done(e) })
    jwt.verify(token, getKey, { ...options, nonce, subject }, (e, claims) => e ? reject(unavailable ?? e) : accept(claims))
  })
}

const texts = [
  [/^jwt issuer invalid/, 'INVALID_ISSUER'], [/^jwt audience invalid/, 'INVALID_AUDIENCE'],
  [/^jwt subject invalid/, 'INVALID_SUBJECT'], [/^jwt nonce invalid/, 'INVALID_NONCE'],
  [/^invalid signature$/, 'INVALID_SIGNATURE'], [/^invalid algorithm$/, 'ALG_NOT_ALLOWED'],
  [/^(jwt malformed|invalid token|jwt must be provided|jwt signature is required)$/, 'MALFORMED_TOKEN'],
  [/^invalid (exp|nbf) value$/, 'MALFORMED_CLAIM'],
]
function reasonOf(e) {
  if (e.isEndpointUnavailable) return 'JWKS_FETCH_FAILED' // set by jwks-rsa
  switch (e.name) {
    case 'TokenExpiredError': return 'TOKEN_EXPIRED'
    case 'NotBeforeError': return 'TOKEN_NOT_YET_VALID'
    case 'SigningKeyNotFoundError': return 'KEY_NOT_FOUND'
    case 'JwksError': return 'JWKS_INVALID'
    case 'JsonWebTokenError': return texts.find(([text]) => text.test(e.message))?.[1]
  }
}

serve({ description, open, reasonOf })
