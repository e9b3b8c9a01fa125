import { cookies } from 'next/headers'
import { renewIn } from '../../common/auth.mjs'
import { sessionCookie } from '../../common/cookies.mjs'
import { application } from '../lib/application.js'
import { CharAgent } from './char-agent.jsx'

// Page runs on the server for each request. The ID Token does not leave it: the
// browser gets a ticket, which is good for one connection within a minute.
export default async function Page () {
  const id = (await cookies()).get(sessionCookie)?.value
  const { config, auth } = application()
  const session = await auth.session(id)
  if (!session) return <p><a className='button' href='/login'>Sign in</a></p>
  const { user } = session
  return (
    <>
      <dl>
        <Row name='User' value={user.sub} />
        <Row name='Email' value={user.email} />
        <Row name='Organization' value={user.oid} />
        <Row name='Roles' value={user.roles.join(' ')} />
      </dl>
      <CharAgent apiBase={config.charBase} first={await ticket(auth, session)} renewIn={renewIn(session)} />
      <form method='post' action='/switch'>
        <p>
          <label htmlFor='organization'>Organization</label>{' '}
          <input id='organization' name='organization' required />{' '}
          <button>Switch</button>
        </p>
      </form>
      <form method='post' action='/logout'><button>Sign out</button></form>
    </>
  )
}

// ticket returns what Char answers, or that it does not answer: the page works
// without its agent.
async function ticket (auth, session) {
  try {
    return (await auth.ticket(session)).body
  } catch {
    return { error: { code: 'UNREACHABLE', message: 'Char has not issued a ticket' } }
  }
}

// Row shows a claim that the user has.
function Row ({ name, value }) {
  return value ? <><dt>{name}</dt><dd>{value}</dd></> : null
}
