import { setState } from '../../../common/cookies.mjs'
import { application } from '../../lib/application.js'
import { redirect, route } from '../../lib/routes.js'

export const GET = route(async () => {
  const { url, state } = application().auth.begin()
  return redirect(url, setState(state))
})
