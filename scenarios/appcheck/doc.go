// Package appcheck judges from outside whether an application signs its users in
// securely. It drives the application with a browser, with a mock environment as
// its provider, and does what an attacker or a broken provider would do: it
// changes callbacks, injects codes, forges ID Tokens, copies cookies and ends
// accounts.
//
// A [Script] says how to sign in, and how to see that one is. [StartProvider]
// starts the environment, with which the application must be configured. [Run]
// executes checks, the list of which is [Checks], and emits the records of a
// run, so that every rendering of package reports shows them.
//
// An application is blamed only for what was seen. A check that needs what the
// application does not have, such as a nonce or a refresh, is skipped and says
// so. What cannot be seen from outside, such as whether tokens are encrypted on
// the server, is not judged at all.
//
// Nothing here may be shared between goroutines: the checks of one run change
// the environment and follow one another.
package appcheck
