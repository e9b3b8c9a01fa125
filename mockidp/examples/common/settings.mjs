// What the applications have to know. Everything but the port and the key comes
// from the dashboards of Scalekit and Char, or from assay up --env-file.
import { randomBytes } from 'node:crypto'

export function settings (env = process.env) {
  for (const name of ['SCALEKIT_ENVIRONMENT_URL', 'SCALEKIT_CLIENT_ID', 'SCALEKIT_CLIENT_SECRET', 'CHAR_API_BASE', 'CHAR_PUBLISHABLE_KEY']) {
    if (!env[name]) throw new Error(`${name} is not set: assay up --env-file .env writes it, and set -a; . ./.env reads it`)
  }
  const port = env.PORT || '3000'
  // Without a key of its own the application forgets its sessions when it ends.
  const key = env.SESSION_KEY ? Buffer.from(env.SESSION_KEY, 'base64') : randomBytes(32)
  if (key.length !== 32) throw new Error('SESSION_KEY is not 32 bytes in base64: openssl rand -base64 32 makes one')
  return {
    port,
    url: `http://localhost:${port}`,
    issuer: env.SCALEKIT_ENVIRONMENT_URL,
    clientId: env.SCALEKIT_CLIENT_ID,
    clientSecret: env.SCALEKIT_CLIENT_SECRET,
    charBase: env.CHAR_API_BASE,
    publishableKey: env.CHAR_PUBLISHABLE_KEY,
    sessions: env.SESSION_DIR || 'sessions',
    key
  }
}
