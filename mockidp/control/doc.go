// Package control is an HTTP API that changes the environments of a mock
// server while others are tested against it: plants faults, rotates keys,
// makes and removes environments, and tells what was asked and what went
// wrong.
//
// [Start] serves it on a port of its own, so that nothing that is tested can
// meet it by accident. [Client] is the other side, for programs in Go; for
// everybody else the API describes itself at /openapi.yaml. Prometheus finds
// its metrics at /metrics.
//
// Whoever reaches the API can sign in as anybody. It listens on loopback only,
// answers no request whose Host is another name, as a rebound DNS name has,
// and none that a page of another origin has sent.
//
// Everything is safe for concurrent use.
package control
