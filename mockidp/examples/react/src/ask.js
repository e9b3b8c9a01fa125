// ask sends a request to the server of the application. It throws an error with
// a text for the user and the status, if there is one.
export async function ask (path, options) {
  const response = await fetch(path, { headers: { Accept: 'application/json' }, ...options })
    .catch(() => { throw new Error('The server cannot be reached.') })
  if (response.ok) return response
  const { problem } = await response.json().catch(() => ({}))
  throw Object.assign(new Error(problem ?? `The server answers ${response.status}.`), { status: response.status })
}
