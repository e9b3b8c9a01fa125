import { fileURLToPath } from 'node:url'

// What the applications have in common is next to this folder.
const root = fileURLToPath(new URL('..', import.meta.url))

export default {
  poweredByHeader: false,
  outputFileTracingRoot: root,
  turbopack: { root },
  serverExternalPackages: ['@scalekit-sdk/node'],
  headers: async () => [{
    source: '/:path*',
    headers: [
      { key: 'Content-Security-Policy', value: "base-uri 'none'; frame-ancestors 'none'; object-src 'none'" },
      { key: 'Referrer-Policy', value: 'no-referrer' }
    ]
  }]
}
