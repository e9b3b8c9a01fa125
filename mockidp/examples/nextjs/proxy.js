import { NextResponse } from 'next/server'
import { application } from './lib/application.js'
import { refusal, sessionId } from './lib/routes.js'

// A page cannot choose its status, so that a session which cannot be renewed at
// the moment is answered before it is rendered.
export async function proxy (request) {
  try {
    await application().auth.session(sessionId(request))
    return NextResponse.next()
  } catch (error) {
    return refusal(error)
  }
}

export const config = { matcher: '/' }
