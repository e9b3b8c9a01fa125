import { ScalekitClient } from '@scalekit-sdk/node'
import { Auth } from '../../common/auth.mjs'
import { settings } from '../../common/settings.mjs'

// application returns the settings and the logins of this process. They are made
// once, and not when a module is loaded: Next.js loads modules while it builds,
// and may load them once for each bundle. Two of them would refresh a session
// twice, and its refresh token is good for one refresh.
export function application () {
  globalThis.sampleApplication ??= make()
  return globalThis.sampleApplication
}

function make () {
  const config = settings()
  return { config, auth: new Auth(config, () => new ScalekitClient(config.issuer, config.clientId, config.clientSecret)) }
}
