// Logins and sessions with Scalekit, for every framework: the applications add
// routes and pages.
import { createHash, randomBytes } from 'node:crypto'
import { loginSeconds, sessionDays } from './cookies.mjs'
import { Store } from './store.mjs'

// Refused is an answer for the user, with the status of the response.
export class Refused extends Error {
  constructor (status, message, cause) {
    super(cause ? `${message} ${cause.message ?? cause}` : message)
    this.status = status
  }
}

const random = () => randomBytes(32).toString('base64url')

// claims reads a token that came from the token endpoint over a connection of
// this server. What comes from anywhere else has to be verified.
const claims = token => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}')

// A token is renewed a minute before it expires, or after three quarters of a
// life that is shorter than four minutes.
const margin = life => Math.min(60, life / 4)

export class Auth {
  #settings
  #newClient
  #client
  #store
  #logins = new Map() // by state
  #refreshing = new Map() // by session

  // newClient makes a client of Scalekit's SDK.
  constructor (settings, newClient) {
    this.#settings = settings
    this.#newClient = newClient
    this.#client = newClient()
    this.#store = new Store(settings.sessions, settings.key)
  }

  get #callback () {
    return this.#settings.url + '/auth/callback'
  }

  // begin starts a login, or the switch of a session to an organization. State,
  // nonce and PKCE tie its answer to this browser.
  begin (session, organization) {
    const login = { nonce: random(), verifier: random(), began: Date.now(), subject: session?.user.sub, organization }
    const state = random()
    for (const [old, { began }] of this.#logins) {
      if (Date.now() - began > loginSeconds * 1000) this.#logins.delete(old)
    }
    this.#logins.set(state, login)
    const url = this.#client.getAuthorizationUrl(this.#callback, {
      scopes: ['openid', 'profile', 'email', 'offline_access'], // without the last there is no refresh token
      state,
      nonce: login.nonce,
      codeChallenge: createHash('sha256').update(login.verifier).digest('base64url'),
      codeChallengeMethod: 'S256',
      ...(organization && { prompt: 'select_account', organizationId: organization, loginHint: login.subject })
    })
    return { url, state }
  }

  // finish ends a login with the query of the callback and the state that the
  // browser has in its cookie. It returns the ID of a new session, which nobody
  // can know from before the login.
  async finish (query, state) {
    if (!state || query.get('state') !== state) throw new Refused(400, 'This login did not begin in this browser. Sign in again.')
    const login = this.#logins.get(state)
    this.#logins.delete(state)
    if (!login) throw new Refused(400, 'This login has ended. Sign in again.')
    if (query.has('iss') && query.get('iss') !== this.#settings.issuer) throw new Refused(400, 'This answer is from another provider. Sign in again.')
    if (query.has('error')) throw new Refused(403, 'The provider has not signed you in.', `${query.get('error')}: ${query.get('error_description')}`)
    let tokens
    try {
      tokens = await this.#client.authenticateWithCode(query.get('code'), this.#callback, { codeVerifier: login.verifier })
    } catch (e) {
      throw new Refused(502, 'The provider has not exchanged the code.', e)
    }
    const user = await this.#verify(tokens.idToken, login)
    const id = random()
    await this.#store.save(id, newSession(tokens, user))
    return id
  }

  // #verify returns the claims of an ID Token. The SDK keeps the keys of the
  // provider for as long as its client lives, so that a key which is new since
  // then is known only to a new client.
  async #verify (idToken, expected) {
    const options = { issuer: this.#settings.issuer, audience: [this.#settings.clientId] }
    try {
      let user
      try {
        user = await this.#client.validateToken(idToken, options)
      } catch {
        this.#client = this.#newClient()
        user = await this.#client.validateToken(idToken, options)
      }
      if (!user.sub || !user.exp) throw new Error('sub or exp is missing')
      if (expected.nonce && user.nonce !== expected.nonce) throw new Error('the nonce is that of another login')
      if (expected.subject && user.sub !== expected.subject) throw new Error('it is for another user')
      if (expected.organization && user.oid !== expected.organization) throw new Error('it is for another organization')
      return user
    } catch (e) {
      throw new Refused(403, 'The ID Token was refused.', e)
    }
  }

  // session returns the session of an ID, refreshed if that is due, or undefined
  // if the user has to sign in.
  async session (id) {
    if (!id) return undefined
    const session = await this.#store.load(id)
    if (!session || session.ends < Date.now()) return undefined
    if (Date.now() < session.refreshAt) return session
    // A refresh token is good for one refresh, so requests that come at the same
    // time wait for the same one.
    if (!this.#refreshing.has(id)) {
      this.#refreshing.set(id, this.#refresh(id).finally(() => this.#refreshing.delete(id)))
    }
    return this.#refreshing.get(id)
  }

  async #refresh (id) {
    // It may have been refreshed since it was read.
    const session = await this.#store.load(id)
    if (!session || Date.now() < session.refreshAt) return session
    let next
    try {
      const tokens = await this.#exchange(session.refreshToken)
      // The old refresh token is spent. The new one is kept whatever comes next.
      await this.#store.save(id, { ...session, refreshToken: tokens.refreshToken })
      next = newSession(tokens, await this.#verify(tokens.idToken, { subject: session.user.sub, organization: session.user.oid }), session.ends)
    } catch (e) {
      if (e.ends) {
        await this.#store.remove(id)
        return undefined
      }
      if (Date.now() < session.expires) return session
      throw new Refused(503, 'Your session cannot be renewed at the moment.', e)
    }
    await this.#store.save(id, next)
    return next
  }

  // #exchange is not refreshAccessToken of the SDK, which returns no ID Token:
  // Char needs a fresh one.
  async #exchange (refreshToken) {
    const { issuer, clientId, clientSecret } = this.#settings
    const response = await fetch(issuer + '/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId, client_secret: clientSecret }),
      redirect: 'error',
      signal: AbortSignal.timeout(10_000)
    })
    const answer = await response.json()
    if (!response.ok) {
      throw Object.assign(new Error(`${answer.error}: ${answer.error_description}`), { ends: answer.error === 'invalid_grant' })
    }
    return { idToken: answer.id_token, accessToken: answer.access_token, expiresIn: answer.expires_in, refreshToken: answer.refresh_token ?? refreshToken }
  }

  // ticket exchanges the ID Token for a ticket of Char, so that no page has the
  // token.
  async ticket (session) {
    const response = await fetch(this.#settings.charBase + '/api/auth/ticket', {
      method: 'POST', headers: { Authorization: `Bearer ${session.idToken}` }, signal: AbortSignal.timeout(10_000)
    })
    return { status: response.status, body: await response.json() }
  }

  // end ends a session here and returns where it is ended at the provider.
  async end (id) {
    const session = id ? await this.#store.load(id) : undefined
    if (session) await this.#store.remove(id)
    const url = new URL(this.#client.getLogoutUrl({ idTokenHint: session?.idToken, postLogoutRedirectUri: this.#settings.url + '/' }))
    url.searchParams.set('client_id', this.#settings.clientId) // which the SDK leaves out
    return url.href
  }
}

// newSession is what the store keeps. Roles are in the access token, and never
// in the ID Token.
function newSession ({ idToken, accessToken, refreshToken, expiresIn }, { sub, email, name, oid, exp, iat }, ends = Date.now() + sessionDays * 86400_000) {
  const life = Math.min(expiresIn, exp - iat)
  return {
    idToken,
    refreshToken,
    user: { sub, email, name, oid, roles: claims(accessToken).roles ?? [] },
    expires: Date.now() + life * 1000,
    refreshAt: Date.now() + (life - margin(life)) * 1000,
    ends
  }
}

// renewIn is how many seconds later a page that has the ID Token of a session
// should ask for the next one.
export const renewIn = session => Math.max(1, Math.ceil((session.refreshAt - Date.now()) / 1000))
