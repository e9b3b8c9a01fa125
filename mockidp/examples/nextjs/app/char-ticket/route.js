import { renewIn } from '../../../common/auth.mjs'
import { application } from '../../lib/application.js'
import { needSession, route } from '../../lib/routes.js'

// A further ticket, for a page that is open when its token expires. Renew-In says
// after how many seconds there is a new token.
export const POST = route(async request => {
  const session = await needSession(request)
  const { status, body } = await application().auth.ticket(session)
  return Response.json(body, { status, headers: { 'Cache-Control': 'no-store', 'Renew-In': String(renewIn(session)) } })
})
