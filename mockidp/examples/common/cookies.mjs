// The two cookies. No script reads them (HttpOnly), they are sent only over TLS
// or to this machine (Secure), and their names begin with __Host-, so that
// browsers insist on that and on this one host.
export const sessionCookie = '__Host-session'
export const stateCookie = '__Host-login'

// sessionDays is how long a browser keeps a session, if the provider does not
// end it before.
export const sessionDays = 30

// A login takes at most ten minutes, the life of Scalekit's codes.
export const loginSeconds = 600

const cookie = (name, value, seconds, sameSite) =>
  `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=${sameSite}`

// setSession is Strict: no other site makes a request in the user's name.
export const setSession = id => cookie(sessionCookie, id, sessionDays * 86400, 'Strict')

// setState is Lax, the one exception: the callback is a navigation that begins
// at the provider's site, and browsers send no Strict cookie with it, so that
// every login would fail.
export const setState = state => cookie(stateCookie, state, loginSeconds, 'Lax')

export const dropSession = cookie(sessionCookie, '', 0, 'Strict')
export const dropState = cookie(stateCookie, '', 0, 'Lax')

// readCookie returns a cookie of the header Cookie. There is none if there are
// two: then another party has set one.
export function readCookie (header, name) {
  const found = (header ?? '').split('; ').filter(c => c.startsWith(name + '='))
  return found.length === 1 ? found[0].slice(name.length + 1) : ''
}

// fromElsewhere reports whether another site made the browser send a request,
// which nothing that changes something may answer.
export function fromElsewhere (headers, url) {
  const site = headers['sec-fetch-site']
  if (site) return site !== 'same-origin' && site !== 'none'
  return Boolean(headers.origin) && headers.origin !== url
}
