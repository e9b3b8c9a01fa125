// Package implementations holds the adapters: the glue between the harness and
// an implementation under test.
//
// Start with [Open], which returns the [Implementation] that a name such as
// "builtin", "liar:decode-only" or "exec:./adapter" refers to. Its Open makes a
// [Verifier] for each configuration. [Builtin] is the production verifier of
// this module; [Liar] is one of the verifiers that are wrong on purpose;
// [NewExec] runs a program in any language that speaks JSON lines on its
// standard input and output; [NewHTTP] exchanges the same messages with a URL.
//
// An implementation never sees the expected result. If it crashes, hangs, floods
// its output or breaks the protocol, that costs one case, in bounded time and
// memory: see [ErrCrash], [ErrHang] and [ErrProtocol]. With [ErrStart] there is
// nothing to test.
//
// # Protocol
//
// Each line to the program is a [Request], each line from it a [Response] with
// the same id; answers may come in any order. The operations are hello, open,
// verify and close. An implementation with the capability clock also gets clock,
// which sets the clock of a session; one with the capability refresh also gets
// begin, which hands over a [Login], and refresh, which asks it to renew the
// session of that login at the Token Endpoint. A program needs to know only the
// fields that it uses, and must ignore unknown ones.
package implementations
