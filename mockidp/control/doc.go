// Package control is an HTTP API that changes the environments of a mock
// server while others are tested against it: it adds faults, rotates keys,
// creates and removes environments, and reports what was requested and what
// went wrong.
//
// [Start] serves it on a port of its own, so that nothing under test can
// reach it by accident. [Client] is the client for programs in Go; for all
// others the API describes itself at /openapi.yaml. Prometheus finds its
// metrics at /metrics.
//
// [Client.Borrow] lets another process serve an environment at its own URL for
// a while, with its private keys.
//
// Anyone who reaches the API can sign in as anyone. It listens only on
// loopback, and refuses requests whose Host is another name, as with DNS
// rebinding, and requests from pages of another origin.
//
// Everything is safe for concurrent use.
package control
