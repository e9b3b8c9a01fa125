package e2e

// readmeHead is what README.md begins with.
const readmeHead = `# What real clients make of faults

Clients that nobody here wrote log in to a mock environment, each as its documentation says, while one thing goes wrong. This
file is written by the tests of this folder, and compared by them with what they find. ` + "`make e2e-idp`" + ` runs them.

*accepted* means that the user is signed in, *refused* that the client has ended the login with an error.

`

// readmeNotes explains what a reader might take for a mistake.
const readmeNotes = `
- openid-client does not check the signature of an ID Token that came from the token endpoint itself over TLS, as OIDC Core 1.0,
  3.1.3.7 item 6 allows, and so fetches no keys. Its documentation says so, and that ` + "`enableNonRepudiationChecks`" + ` changes it: the
  strict column. Over plain HTTP, as in most rows here, that check is due.
- @scalekit-sdk/node is used as ` + "`authenticateWithCode`" + ` and then ` + "`validateToken`" + ` of the ID Token with issuer and audience. It reads no
  metadata, keeps the keys for as long as the client lives, and sends no nonce.
- go-oidc leaves the comparison of the nonce to its caller, which the test does.
- openid-client and go-oidc read the metadata once, at their start.

A trouble can be planted by hand, for a client of yours: ` + "`assay idp --control 127.0.0.1:9090`" + `, and then
` + "`assay idp ctl faults add '…'`" + ` with one of these; a certificate with a fault is ` + "`assay idp --tls=expired`" + `.
`
