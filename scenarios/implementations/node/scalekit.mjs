// An adapter for the npm package @scalekit-sdk/node: validateToken with issuer
// and audience, which are the options it has for an ID Token. validateToken is
// what validateAccessToken calls, and returns the claims besides. The keys are
// fetched from /keys of the environment, without discovery. Its errors keep only a text that
// it takes from another library, so the adapter gives no reasons.
import { ScalekitClient } from '@scalekit-sdk/node'
import { common, serve, versionOf } from './protocol.mjs'

const description = {
  name: '@scalekit-sdk/node', version: versionOf('@scalekit-sdk/node'), reasons: 'none',
  setup: 'validateToken with issuer and audience; the keys are those at /keys of the environment',
  capabilities: [...common, 'rs384', 'rs512', 'ps256', 'ps384', 'ps512', 'es256', 'es384', 'es512', 'eddsa', 'ed25519'],
}

function open({ issuer, audience }) {
  const client = new ScalekitClient(issuer, audience[0], 'unused')
  return (token) => client.validateToken(token, { issuer, audience })
}

serve({ description, open, reasonOf: () => undefined })
