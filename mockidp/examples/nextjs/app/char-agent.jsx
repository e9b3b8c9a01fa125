'use client'

import { useEffect, useRef } from 'react'

const retrySeconds = 30

// CharAgent embeds Char's agent and connects it with the ticket that came with
// the page. Before the token of the ticket expires it connects again with
// another one, and the agent is not interrupted.
export function CharAgent ({ apiBase, first, renewIn }) {
  const agent = useRef(null)

  useEffect(() => {
    const element = agent.current
    let timer
    let stopped = false

    async function connect (ticketAuth) {
      if (ticketAuth.error) throw ticketAuth.error
      await import(/* turbopackIgnore: true */ `${apiBase}/char-agent.js`)
      if (!stopped) element.connect({ ticketAuth })
    }

    function renewAfter (seconds) {
      if (!stopped) timer = setTimeout(renew, seconds * 1000)
    }

    async function renew () {
      let seconds = retrySeconds
      try {
        const response = await fetch('/char-ticket', { method: 'POST' })
        if (response.status === 401) return window.location.reload()
        const ticketAuth = await response.json()
        seconds = Number(response.headers.get('Renew-In'))
        await connect(ticketAuth)
      } catch (error) {
        show(element, error)
      }
      renewAfter(seconds)
    }

    connect(first).catch(error => show(element, error))
    renewAfter(first.error ? retrySeconds : renewIn)
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [apiBase, first, renewIn])

  return <char-agent ref={agent} role='status' api-base={apiBase} />
}

// show says in the agent why there is no connection, with the causes that Char
// names. What is in the agent is not React's.
function show (element, { code = 'UNREACHABLE', message, causes = [] }) {
  const line = document.createElement('p')
  line.textContent = `${code}: ${message}`
  const list = document.createElement('ul')
  for (const cause of causes) {
    const item = document.createElement('li')
    item.textContent = cause.do ? `${cause.text}. ${cause.do}` : cause.text
    list.append(item)
  }
  element.replaceChildren(line, ...(causes.length > 0 ? [list] : []))
}
