// A web application with Express that signs its users in with Scalekit, whose
// callback gets the ID Token, and passes them on to Char. It reads what assay up
// --env-file writes.
import { ScalekitClient } from '@scalekit-sdk/node'
import express from 'express'
import { Auth, Refused } from '../common/auth.mjs'
import * as cookies from '../common/cookies.mjs'
import { page, signedIn } from '../common/page.mjs'
import { settings } from '../common/settings.mjs'

const config = settings()
const auth = new Auth(config, () => new ScalekitClient(config.issuer, config.clientId, config.clientSecret))
const app = express().disable('x-powered-by')

const sessionId = req => cookies.readCookie(req.headers.cookie, cookies.sessionCookie)
const show = (res, status, { headers, html }) => res.status(status).set(headers).send(html)

app.use((req, res, next) => {
  if (req.method !== 'GET' && cookies.fromElsewhere(req.headers, config.url)) throw new Refused(403, 'The request comes from another site.')
  next()
})

// needSession puts the session of the user, refreshed if that is due, where the
// routes find it.
async function needSession (req, res, next) {
  req.session = await auth.session(sessionId(req))
  if (!req.session) throw new Refused(401, 'Sign in first.')
  next()
}

app.get('/', async (req, res) => {
  const session = await auth.session(sessionId(req))
  show(res, 200, page({ user: session?.user, charBase: config.charBase, connect: { publishableKey: config.publishableKey } }))
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

app.post('/switch', needSession, express.urlencoded({ limit: '4kb' }), (req, res) => {
  const { url, state } = auth.begin(req.session, String(req.body?.organization ?? ''))
  res.append('Set-Cookie', cookies.setState(state)).redirect(303, url)
})

app.post('/logout', async (req, res) => {
  res.append('Set-Cookie', cookies.dropSession).redirect(303, await auth.end(sessionId(req)))
})

app.post('/char-token', needSession, (req, res) => {
  res.set('Cache-Control', 'no-store').json({ idToken: req.session.idToken })
})

app.use(() => { throw new Refused(404, 'There is no such page.') })

// Express knows by the four parameters that this handles errors.
app.use((error, req, res, next) => {
  if (!(error instanceof Refused)) console.error(error)
  show(res, error.status ?? 500, page({ problem: error instanceof Refused ? error.message : 'Something went wrong.' }))
})

const server = app.listen(config.port, '127.0.0.1', () => console.log(`sign in at ${config.url}`))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
  })
}
