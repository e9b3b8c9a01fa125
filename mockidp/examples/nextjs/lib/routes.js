import { Refused } from '../../common/auth.mjs'
import { fromElsewhere, readCookie, sessionCookie } from '../../common/cookies.mjs'
import { page } from '../../common/page.mjs'
import { application } from './application.js'

// sessionId returns the name of the session in a request.
export const sessionId = request => readCookie(request.headers.get('cookie'), sessionCookie)

// needSession returns the session of a request, refreshed if that is due.
export async function needSession (request) {
  const session = await application().auth.session(sessionId(request))
  if (!session) throw new Refused(401, 'Sign in first.')
  return session
}

// redirect sends the browser to a URL with GET, and sets a cookie.
export const redirect = (url, cookie) => new Response(null, { status: 303, headers: { Location: url, 'Set-Cookie': cookie, 'Cache-Control': 'no-store' } })

// route makes a handler of a function: requests of other sites that change
// something are refused, and what is refused gets a page.
export const route = handle => async request => {
  try {
    if (request.method !== 'GET' && fromElsewhere(Object.fromEntries(request.headers), application().config.url)) {
      throw new Refused(403, 'The request comes from another site.')
    }
    return await handle(request)
  } catch (error) {
    return refusal(error)
  }
}

// refusal is the page that says what went wrong. Each bundle of Next.js has a
// class Refused of its own, so that its status is what tells it from others.
export function refusal (error) {
  if (!error.status) console.error(error)
  const { headers, html } = page({ problem: error.status ? error.message : 'Something went wrong.' })
  return new Response(html, { status: error.status ?? 500, headers })
}
