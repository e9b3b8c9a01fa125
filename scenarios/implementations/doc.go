// Package implementations holds the adapters: the glue between the harness and
// an implementation under test.
//
// Start with [Implementation]. [Builtin] is the production verifier of this
// module; [Liar] is one of the verifiers that are wrong on purpose; [NewExec]
// runs a program in any language that speaks JSON lines on its standard input
// and output; [NewHTTP] speaks the same messages to a URL. [Open] finds the one
// that a name such as "liar:decode-only" or "exec:./adapter" means.
//
// An implementation never sees what is expected of it. One that crashes, hangs,
// floods its output or answers nonsense costs its case and never the run: the
// errors [ErrCrash], [ErrHang] and [ErrProtocol] tell these apart from the
// harness's own failures.
//
// # Protocol
//
// Each line to the program is a [Request], each line from it a [Response] with
// the same id; answers may come in any order. The operations are hello, open,
// verify and close, in the words of [Request], and for what declares the
// capability refresh also begin and refresh: a [Login] is handed over, and the
// session that it began is to be renewed at the Token Endpoint. A program need
// not know more than the fields it uses: unknown ones are to be ignored.
package implementations
