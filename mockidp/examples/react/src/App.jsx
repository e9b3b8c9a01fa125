import { useCallback, useEffect, useState } from 'react'
import { CharAgent } from './CharAgent.jsx'
import { ask } from './ask.js'

// App asks its server who is signed in. Nobody can read the session in the
// browser, not even this page: its cookie is HttpOnly.
export function App () {
  const [session, setSession] = useState()
  const [problem, setProblem] = useState('')

  const load = useCallback(async () => {
    try {
      setSession(await (await ask('/session')).json())
    } catch (error) {
      setProblem(error.message)
    }
  }, [])
  useEffect(() => { load() }, [load])

  return (
    <main>
      <h1>Sample application</h1>
      {problem && <p role='alert'><strong>{problem}</strong></p>}
      {session?.user && <SignedIn session={session} onSignedOut={load} />}
      {session?.user === null && <p><a className='button' href='/login'>Sign in</a></p>}
    </main>
  )
}

function SignedIn ({ session: { user, charBase, publishableKey }, onSignedOut }) {
  return (
    <>
      <dl>
        <Row name='User' value={user.sub} />
        <Row name='Email' value={user.email} />
        <Row name='Organization' value={user.oid} />
        <Row name='Roles' value={user.roles.join(' ')} />
      </dl>
      <CharAgent apiBase={charBase} publishableKey={publishableKey} onSignedOut={onSignedOut} />
      {/* Forms and not fetch, because both lead to the provider's site. */}
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

// Row shows a claim that the user has.
function Row ({ name, value }) {
  return value ? <><dt>{name}</dt><dd>{value}</dd></> : null
}
