import { useEffect, useRef, useState } from 'react'
import { ask } from './ask.js'

const retrySeconds = 30

// CharAgent embeds Char's agent and connects it with the ID Token of the user.
// Before the token expires it connects again with a new one, and the agent is
// not interrupted. The token is in no storage and nowhere in the document.
export function CharAgent ({ apiBase, publishableKey, onSignedOut }) {
  const agent = useRef(null)
  const [problem, setProblem] = useState('')

  useEffect(() => {
    let stopped = false
    let timer

    async function connect () {
      let seconds = retrySeconds
      try {
        await load(apiBase)
        const response = await ask('/char-token', { method: 'POST' })
        const { idToken } = await response.json()
        if (stopped) return
        seconds = Number(response.headers.get('Renew-In'))
        agent.current.connect({ publishableKey, idToken })
        setProblem('')
      } catch (error) {
        if (stopped) return
        if (error.status === 401) return onSignedOut()
        setProblem(error.message)
      }
      timer = setTimeout(connect, seconds * 1000)
    }

    connect()
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [apiBase, publishableKey, onSignedOut])

  return (
    <>
      <char-agent ref={agent} api-base={apiBase} />
      {problem && <p role='alert'><strong>{problem}</strong></p>}
    </>
  )
}

// load loads the script of Char's agent, once.
async function load (apiBase) {
  try {
    await import(/* @vite-ignore */ `${apiBase}/char-agent.js`)
  } catch {
    throw new Error(`Char cannot be reached at ${apiBase}.`)
  }
}
