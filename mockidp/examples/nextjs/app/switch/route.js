import { setState } from '../../../common/cookies.mjs'
import { application } from '../../lib/application.js'
import { needSession, redirect, route } from '../../lib/routes.js'

export const POST = route(async request => {
  const session = await needSession(request)
  const form = await request.formData()
  const { url, state } = application().auth.begin(session, String(form.get('organization') ?? ''))
  return redirect(url, setState(state))
})
