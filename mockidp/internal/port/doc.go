// Package port is an HTTP server on one port that can be closed for good: Close
// returns when every goroutine has ended, those of hijacked and of stalled
// connections included. It counts what comes in before HTTP, because clients
// are judged by the connections and handshakes that they make.
package port
