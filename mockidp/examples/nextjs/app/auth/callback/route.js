import { dropState, readCookie, setSession, stateCookie } from '../../../../common/cookies.mjs'
import { signedIn } from '../../../../common/page.mjs'
import { application } from '../../../lib/application.js'
import { route } from '../../../lib/routes.js'

export const GET = route(async request => {
  const query = new URL(request.url).searchParams
  const id = await application().auth.finish(query, readCookie(request.headers.get('cookie'), stateCookie))
  const headers = new Headers({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
  headers.append('Set-Cookie', dropState)
  headers.append('Set-Cookie', setSession(id))
  return new Response(signedIn, { headers })
})
