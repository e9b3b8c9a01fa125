// An adapter for the npm package openid-client, a Relying Party: discovery,
// authorizationCodeGrant and, because the signature of an ID Token from the
// Token Endpoint is not checked otherwise, enableNonRepudiationChecks. The
// adapter answers the request to the Token Endpoint with the ID Token under
// test; everything else goes over the network. The algorithms are those of the
// provider metadata, or the one that the client has registered.
import * as oidc from 'openid-client'
import { common, fetcher, once, optionsOf, Refusal, serve, versionOf } from './protocol.mjs'

const description = {
  name: 'openid-client', version: versionOf('openid-client'),
  setup: 'discovery, authorizationCodeGrant with idTokenExpected and enableNonRepudiationChecks',
  capabilities: [
    ...common, 'nonce', 'max_age', 'rs384', 'rs512', 'ps256', 'ps384', 'ps512', 'es256', 'es384', 'es512', 'eddsa', 'ed25519',
  ],
}

function open(setup) {
  const { leeway, timeout, algorithms } = optionsOf(setup)
  const [clientID, secret] = [setup.audience[0], 'unused']
  const metadata = { [oidc.clockTolerance]: leeway }
  if (algorithms.length === 1) metadata.id_token_signed_response_alg = algorithms[0]
  const execute = [oidc.enableNonRepudiationChecks, ...(setup.allow_loopback_http ? [oidc.allowInsecureRequests] : [])]
  const underTest = new Map() // ID Tokens by their authorization code
  const fetchKeys = fetcher('JWKS_FETCH_FAILED')
  const config = once(async () => {
    const options = { execute, timeout, [oidc.customFetch]: fetcher('DISCOVERY_FAILED') }
    const config = await oidc.discovery(new URL(setup.issuer), clientID, metadata, oidc.ClientSecretPost(secret), options)
      .catch((e) => { throw new Refusal(discoveryReasonOf(e), `${e.message}: ${e.cause?.message}`) })
    config[oidc.customFetch] = async (url, init) => init.method === 'POST'
      ? Response.json({ access_token: 'unused', token_type: 'Bearer', id_token: underTest.get(init.body.get('code')) })
      : fetchKeys(url, init)
    return config
  })
  let codes = 0
  return async (token, { nonce, max_age_seconds }) => {
    const client = await config()
    const code = String(++codes)
    underTest.set(code, token)
    const redirect = new URL('https://client.example/callback?' + new URLSearchParams({ code, iss: client.serverMetadata().issuer }))
    const checks = { idTokenExpected: true, expectedNonce: nonce, maxAge: max_age_seconds }
    return oidc.authorizationCodeGrant(client, redirect, checks)
      .then((tokens) => tokens.claims()).finally(() => underTest.delete(code))
  }
}

const discoveryReasonOf = (e) => e.cause?.refusal ?? {
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'DISCOVERY_FAILED', OAUTH_TIMEOUT: 'DISCOVERY_FAILED',
}[e.code] ?? 'DISCOVERY_INVALID'

// reasonOf maps the codes of openid-client, whose causes name the claim or hold
// what was compared. A missing claim, one of the wrong type and a token that
// cannot be parsed have codes that the answers of a provider share.
function reasonOf(e) {
  const { claim, header, signature, expected } = e.cause?.cause ?? {}
  switch (e.code) {
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
      return { iss: 'INVALID_ISSUER', aud: 'INVALID_AUDIENCE', azp: 'INVALID_AUTHORIZED_PARTY', nonce: 'INVALID_NONCE' }[claim]
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return { exp: 'TOKEN_EXPIRED', nbf: 'TOKEN_NOT_YET_VALID', auth_time: 'AUTH_TOO_OLD' }[claim]
    case 'OAUTH_INVALID_RESPONSE':
      if (signature) return 'INVALID_SIGNATURE'
      return header && expected ? 'ALG_NOT_ALLOWED' : undefined
    case 'OAUTH_UNSUPPORTED_OPERATION':
      return header?.crit === undefined ? undefined : 'UNSUPPORTED_CRITICAL'
    case 'OAUTH_KEY_SELECTION_FAILED': return 'KEY_NOT_FOUND'
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM': case 'OAUTH_TIMEOUT': return 'JWKS_FETCH_FAILED'
    case 'OAUTH_RESPONSE_IS_NOT_JSON': return 'JWKS_INVALID'
  }
  return e.cause?.refusal
}

serve({ description, open, reasonOf })
