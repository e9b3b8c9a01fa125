// The server of a React application: it signs users in with Scalekit, keeps
// their tokens, and serves what Vite has built. It reads what assay up
// --env-file writes.
import { fileURLToPath } from 'node:url'
import { ScalekitClient } from '@scalekit-sdk/node'
import express from 'express'
import { Auth, Refused, renewIn } from '../common/auth.mjs'
import * as cookies from '../common/cookies.mjs'
import { page, signedIn } from '../common/page.mjs'
import { settings } from '../common/settings.mjs'

const config = settings()
const auth = new Auth(config, () => new ScalekitClient(config.issuer, config.clientId, config.clientSecret))
const app = express().disable('x-powered-by')

const sessionId = req => cookies.readCookie(req.headers.cookie, cookies.sessionCookie)

app.use((req, res, next) => {
  if (req.method !== 'GET' && cookies.fromElsewhere(req.headers, config.url)) throw new Refused(403, 'The request comes from another site.')
  res.set({
    'Cache-Control': 'no-store',
    // A script of somebody else could pass the token to somebody else.
    'Content-Security-Policy': `default-src 'none'; script-src 'self' ${config.charBase}; style-src 'self'; connect-src 'self' ${config.charBase}; img-src data:; base-uri 'none'; frame-ancestors 'none'`
  })
  next()
})

// What the page shows. Of the tokens it has the roles, and no more.
app.get('/session', async (req, res) => {
  const session = await auth.session(sessionId(req))
  res.json({ user: session?.user ?? null, charBase: config.charBase, publishableKey: config.publishableKey })
})

// The one token that the page gets, because Char's agent needs it. Renew-In says
// after how many seconds there is a new one.
app.post('/char-token', async (req, res) => {
  const session = await auth.session(sessionId(req))
  if (!session) throw new Refused(401, 'Sign in first.')
  res.set('Renew-In', String(renewIn(session))).json({ idToken: session.idToken })
})

app.get('/login', (req, res) => {
  const { url, state } = auth.begin()
  res.append('Set-Cookie', cookies.setState(state)).redirect(303, url)
})

app.get('/auth/callback', async (req, res) => {
  const query = new URL(req.url, config.url).searchParams
  const id = await auth.finish(query, cookies.readCookie(req.headers.cookie, cookies.stateCookie))
  res.append('Set-Cookie', [cookies.dropState, cookies.setSession(id)]).send(signedIn)
})

app.post('/switch', express.urlencoded({ limit: '4kb' }), async (req, res) => {
  const session = await auth.session(sessionId(req))
  if (!session) throw new Refused(401, 'Sign in first.')
  const { url, state } = auth.begin(session, String(req.body?.organization ?? ''))
  res.append('Set-Cookie', cookies.setState(state)).redirect(303, url)
})

app.post('/logout', async (req, res) => {
  res.append('Set-Cookie', cookies.dropSession).redirect(303, await auth.end(sessionId(req)))
})

app.use(express.static(fileURLToPath(new URL('dist', import.meta.url)), { cacheControl: false }))

app.use(() => { throw new Refused(404, 'There is no such page.') })

// Express knows by the four parameters that this handles errors. Scripts read
// them as JSON.
app.use((error, req, res, next) => {
  if (!(error instanceof Refused)) console.error(error)
  const problem = error instanceof Refused ? error.message : 'Something went wrong.'
  res.status(error.status ?? 500)
  if (!req.accepts('html')) return res.json({ problem })
  const { headers, html } = page({ problem })
  res.set(headers).send(html)
})

const server = app.listen(config.port, '127.0.0.1', () => console.log(`sign in at ${config.url}`))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit())
    server.closeAllConnections()
  })
}
