// A web application that signs its users in with Scalekit and passes them on to
// Char, with Scalekit's SDK for Node.js and nothing else. It reads what assay up
// --env-file writes.
import http from 'node:http'
import { ScalekitClient } from '@scalekit-sdk/node'
import { Auth, Refused } from '../common/auth.mjs'
import * as cookies from '../common/cookies.mjs'
import { page, signedIn } from '../common/page.mjs'
import { settings } from '../common/settings.mjs'

const config = settings()
const auth = new Auth(config, () => new ScalekitClient(config.issuer, config.clientId, config.clientSecret))

const send = (res, status, { headers, html }) => res.writeHead(status, headers).end(html)
const redirect = (res, url, cookie) => res.writeHead(303, { Location: url, 'Set-Cookie': cookie }).end()
const sessionId = req => cookies.readCookie(req.headers.cookie, cookies.sessionCookie)

async function needSession (req) {
  const session = await auth.session(sessionId(req))
  if (!session) throw new Refused(401, 'Sign in first.')
  return session
}

// form reads a form, which is a few bytes long.
async function form (req) {
  let text = ''
  for await (const part of req.setEncoding('utf8')) {
    text += part
    if (text.length > 4096) throw new Refused(413, 'The form is too long.')
  }
  return new URLSearchParams(text)
}

const routes = {
  async 'GET /' (req, res) {
    const session = await auth.session(sessionId(req))
    send(res, 200, page({ user: session?.user, charBase: config.charBase, connect: { clientId: config.clientId } }))
  },

  'GET /login' (req, res) {
    const { url, state } = auth.begin()
    redirect(res, url, cookies.setState(state))
  },

  async 'GET /auth/callback' (req, res, query) {
    const state = cookies.readCookie(req.headers.cookie, cookies.stateCookie)
    const id = await auth.finish(query, state)
    res.setHeader('Set-Cookie', [cookies.dropState, cookies.setSession(id)])
    send(res, 200, { headers: { 'Content-Type': 'text/html; charset=utf-8' }, html: signedIn })
  },

  async 'POST /switch' (req, res) {
    const session = await needSession(req)
    const { url, state } = auth.begin(session, (await form(req)).get('organization'))
    redirect(res, url, cookies.setState(state))
  },

  async 'POST /logout' (req, res) {
    redirect(res, await auth.end(sessionId(req)), cookies.dropSession)
  },

  async 'POST /char-token' (req, res) {
    const { idToken } = await needSession(req)
    res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify({ idToken }))
  }
}

async function answer (req, res) {
  try {
    if (req.method !== 'GET' && cookies.fromElsewhere(req.headers, config.url)) throw new Refused(403, 'The request comes from another site.')
    const url = new URL(req.url, config.url)
    const route = routes[`${req.method} ${url.pathname}`]
    if (!route) throw new Refused(404, 'There is no such page.')
    await route(req, res, url.searchParams)
  } catch (e) {
    if (!(e instanceof Refused)) console.error(e)
    send(res, e.status ?? 500, page({ problem: e instanceof Refused ? e.message : 'Something went wrong.' }))
  }
}

const server = http.createServer(answer)
server.listen(config.port, '127.0.0.1', () => console.log(`sign in at ${config.url}`))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    server.closeAllConnections()
  })
}
