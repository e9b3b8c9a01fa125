import { dropSession } from '../../../common/cookies.mjs'
import { application } from '../../lib/application.js'
import { redirect, route, sessionId } from '../../lib/routes.js'

export const POST = route(async request => redirect(await application().auth.end(sessionId(request)), dropSession))
