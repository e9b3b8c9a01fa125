// Package request reads what a request to the mock carries, within limits of
// size and time.
package request
