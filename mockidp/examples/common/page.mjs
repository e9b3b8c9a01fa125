// The page of the applications without a framework for pages.
import { randomBytes } from 'node:crypto'

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = text => String(text).replace(/[&<>"']/g, c => escapes[c])

const style = `
* { box-sizing: border-box }
:root { color-scheme: light dark; --accent: #1c4fa8; --on-accent: #fff; --line: #737a88; background: Canvas }
@media (prefers-color-scheme: dark) { :root { --accent: #8db8ff; --on-accent: #0b1526 } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem }
button, .button, input { font: inherit; min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .25rem }
button, .button { display: inline-block; color: var(--on-accent); background: var(--accent); text-decoration: none; cursor: pointer }
label { display: block; font-weight: 600 } input { width: 100%; max-width: 20rem; margin-bottom: .5rem }
dt { font-weight: 600 } dd { margin: 0 0 .5rem }
char-agent { display: block; border: 1px solid var(--line); border-radius: .25rem; padding: .5rem 1rem; margin: 1rem 0 }`

// row shows a claim that the user has.
const row = (name, value) => value ? `<dt>${name}</dt><dd>${escape(value)}</dd>` : ''

// page returns the page of a user, of somebody who is signed out, or of a
// problem, with its header fields. connect has the further options for the
// connect() of Char's agent, next to the ID Token, which the page fetches and
// keeps nowhere.
export function page ({ user, problem, charBase, connect }) {
  const nonce = randomBytes(16).toString('base64')
  const body = user
    ? `<dl>${row('User', user.sub)}${row('Email', user.email)}${row('Organization', user.oid)}${row('Roles', user.roles.join(' '))}</dl>
<char-agent api-base="${escape(charBase)}"></char-agent>
<form method="post" action="/switch">
<p><label for="organization">Organization</label> <input id="organization" name="organization" required> <button>Switch</button></p>
</form>
<form method="post" action="/logout"><button>Sign out</button></form>
<script type="module" nonce="${nonce}" src="${escape(charBase)}/char-agent.js"></script>
<script type="module" nonce="${nonce}">
await customElements.whenDefined("char-agent");
const response = await fetch("/char-token", { method: "POST" });
const agent = document.querySelector("char-agent");
if (response.ok) {
  const { idToken } = await response.json();
  agent.connect({ ...${JSON.stringify(connect).replaceAll('<', '\\u003c')}, idToken });
} else {
  agent.textContent = "Your session has ended. Sign in again.";
}
</script>`
    : '<p><a class="button" href="/login">Sign in</a></p>'
  return {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      // A script of somebody else could pass the token to somebody else.
      'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self' ${charBase}; img-src data:; base-uri 'none'; frame-ancestors 'none'`
    },
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${problem ? 'Error: ' : ''}Sample application</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>Sample application</h1>
${problem ? `<p role="alert"><strong>${escape(problem)}</strong></p>` : ''}
${body}
</main>
</body>
</html>
`
  }
}

// signedIn answers the callback. The session cookie is SameSite=Strict: a
// browser does not send it with a redirect that began at the provider, but it
// does from this page.
export const signedIn = '<!doctype html><html lang="en"><title>Signed in</title><meta http-equiv="refresh" content="0; url=/"><p><a href="/">Continue</a></p>'
