// The clients of Node.js behind JSON lines: one request a line on standard
// input, one answer a line on standard output. Each client is set up as its
// documentation says and does nothing here that an application would not do.
import http from 'node:http'
import https from 'node:https'
import { createInterface } from 'node:readline'
import * as oidc from 'openid-client'
import scalekit from '@scalekit-sdk/node'

const scope = 'openid profile email offline_access'

// visit is the browser: it follows one redirect to the application. Its user
// clicks every warning about certificates away, because who is under test is
// the application.
function visit (url) {
  const { request } = new URL(url).protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, answer => {
      answer.resume()
      const { location } = answer.headers
      if (location) resolve(new URL(location))
      else reject(new Error(`the authorization endpoint answers ${answer.statusCode}`))
    }).on('error', reject).end()
  })
}

function openidClient (strict) {
  return async p => {
    const execute = [oidc.allowInsecureRequests]
    if (strict) execute.push(oidc.enableNonRepudiationChecks)
    const config = await oidc.discovery(new URL(p.issuer), p.client_id, {}, oidc.ClientSecretPost(p.client_secret), { execute, timeout: 10 })
    return {
      config,
      async login () {
        const verifier = oidc.randomPKCECodeVerifier()
        const nonce = oidc.randomNonce()
        const state = oidc.randomState()
        const to = oidc.buildAuthorizationUrl(config, {
          redirect_uri: p.redirect_uri,
          scope,
          nonce,
          state,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256'
        })
        const tokens = await oidc.authorizationCodeGrant(config, await visit(to), {
          pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true
        })
        return { sub: tokens.claims().sub, tokens }
      },
      refresh: token => oidc.refreshTokenGrant(config, token)
    }
  }
}

async function scalekitClient (p) {
  const client = new scalekit.ScalekitClient(p.issuer, p.client_id, p.client_secret)
  return {
    client,
    async login () {
      const back = await visit(client.getAuthorizationUrl(p.redirect_uri, { scopes: scope.split(' '), state: 's' }))
      if (back.searchParams.get('state') !== 's') throw new Error('the state is another one')
      const tokens = await client.authenticateWithCode(back.searchParams.get('code'), p.redirect_uri)
      const claims = await client.validateToken(tokens.idToken, { issuer: p.issuer, audience: [p.client_id] })
      return { sub: claims.sub, tokens }
    },
    refresh: token => client.refreshAccessToken(token)
  }
}

const clients = {
  'openid-client': openidClient(false),
  'openid-client strict': openidClient(true),
  scalekit: scalekitClient
}

// steer asks the control API for something.
async function steer ({ method, url, body }) {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
}

const operations = {
  // login signs in, and once more with the same client after between.
  async login (p) {
    const client = await clients[p.client](p)
    let got = await client.login()
    if (p.between) {
      await steer(p.between)
      got = await client.login()
    }
    return { sub: got.sub }
  },

  // parallel refreshes n times at once with one refresh token, and then with
  // one of the new ones.
  async parallel (p) {
    const client = await clients['openid-client strict'](p)
    const { tokens } = await client.login()
    const all = await Promise.allSettled(Array.from({ length: p.n }, () => client.refresh(tokens.refresh_token)))
    const won = all.filter(one => one.status === 'fulfilled').map(one => one.value)
    const codes = [...new Set(all.filter(one => one.status === 'rejected').map(one => one.reason.error))]
    const next = await client.refresh(won[0].refresh_token).then(() => 'accepted', e => e.error)
    return { won: won.length, distinct: new Set(won.map(one => one.refresh_token)).size, codes, next }
  },

  // openid is everything that openid-client offers.
  async openid (p) {
    const { config, login, refresh } = await clients['openid-client strict'](p)
    const { tokens } = await login()
    const user = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
    const renewed = await refresh(tokens.refresh_token)
    const before = await oidc.tokenIntrospection(config, renewed.access_token)
    await oidc.tokenRevocation(config, renewed.refresh_token)
    const after = await oidc.tokenIntrospection(config, renewed.access_token)
    const replay = await refresh(renewed.refresh_token).then(() => 'accepted', e => e.error)
    const to = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: p.post_logout_redirect_uri, id_token_hint: renewed.id_token, state: 'bye' })
    const machine = await oidc.clientCredentialsGrant(config)
    return {
      email: user.email,
      sub: renewed.claims().sub === tokens.claims().sub,
      before: before.active,
      after: after.active,
      replay,
      logout: String(await visit(to)),
      machine: machine.token_type
    }
  },

  // scalekit is what an application does with the SDK.
  async scalekit (p) {
    const { client, login, refresh } = await clients.scalekit(p)
    const { tokens } = await login()
    const renewed = await refresh(tokens.refreshToken)
    const valid = await client.validateAccessToken(renewed.accessToken, { issuer: p.issuer })
    const replay = await refresh(tokens.refreshToken).then(() => 'accepted', e => e.message)
    const organizations = await client.organization.listOrganization({ pageSize: 10 })
    const [first] = organizations.organizations
    const { connections } = await client.connection.listConnections(first.id)
    const { connection } = await client.connection.getConnection(first.id, connections[0].id)
    const directory = await client.directory.getPrimaryDirectoryByOrganizationId(first.id)
    const members = await client.directory.listDirectoryUsers(first.id, directory.id)
    const portal = await client.organization.generatePortalLink(first.id)
    const initiated = await client.getIdpInitiatedLoginClaims(p.idp_initiated_login, { issuer: p.issuer })
    const logout = await visit(client.getLogoutUrl({ idTokenHint: tokens.idToken, postLogoutRedirectUri: p.post_logout_redirect_uri, state: 'bye' }))
    return {
      email: tokens.user.email,
      valid,
      replay,
      initiated,
      organizations: organizations.organizations.map(o => o.id),
      connection: [connection.id, connection.enabled, connection.organizationId].join(' '),
      directory: [directory.id, directory.enabled, directory.directoryEndpoint].join(' '),
      members: members.users.map(u => u.email),
      portal: (await fetch(portal.location)).status,
      logout: String(logout)
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let answer
  try {
    answer = { result: await operations[request.op](request) }
  } catch (e) {
    answer = { error: `${e.name}: ${e.message}${e.cause ? ` (${e.cause.message ?? e.cause})` : ''}` }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
