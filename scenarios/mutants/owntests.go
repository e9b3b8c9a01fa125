package main

import (
	"slices"
	"strings"
)

// place is a file, or one function or variable in it.
type place struct{ where, why string }

// ownTests are what no scenario can drive, each with the reason: it is no part
// of a verdict, or of API that the builtin implementation has no use for. Its
// mutants are tried against the tests of the packages.
var ownTests = []place{
	{"verifier/algorithm.go algorithmList.String", "texts of errors"},
	{"verifier/cause.go", "texts for support staff"},
	{"verifier/check.go claimChecks", "names of checks, for diagnose"},
	{"verifier/check.go timeChecks", "names of checks, for diagnose"},
	{"verifier/configtext.go", "configuration from text"},
	{"verifier/discovery.go Discover", "for programs that only want metadata"},
	{"verifier/error.go", "texts of errors"},
	{"verifier/examine.go", "finds out why, for diagnose; gives no verdict"},
	{"verifier/fetch.go rough", "texts of errors"},
	{"verifier/fetch.go sanitize", "texts of errors"},
	{"verifier/hint.go", "texts of errors"},
	{"verifier/hooks.go", "metrics"},
	{"verifier/middleware.go", "HTTP API"},
	{"verifier/pinned.go", "another source of keys"},
	{"verifier/reason.go Kind.String", "texts of errors"},
	{"verifier/reason.go Reasons", "a list for programs"},
	{"verifier/refresh/compare.go audienceOf", "what the verifier has refused"},
	{"verifier/refresh/compare.go explain", "what the verifier has refused"},
	{"verifier/refresh/compare.go mismatch", "texts of errors"},
	{"verifier/refresh/client.go Client.Begin", "what is kept of a login"},
	{"verifier/refresh/client.go Client.Close", "the end of a client"},
	{"verifier/refresh/client.go Client.Current", "refreshes when that is due; the builtin refreshes when it is told"},
	{"verifier/refresh/client.go Client.End", "a logout"},
	{"verifier/refresh/client.go Client.Refresh", "callers who give up"},
	{"verifier/refresh/client.go Client.delete", "a store that fails"},
	{"verifier/refresh/client.go Client.keep", "a store that fails"},
	{"verifier/refresh/client.go Client.load", "a store that fails"},
	{"verifier/refresh/client.go Client.save", "a store that fails"},
	{"verifier/refresh/client.go Client.start", "callers who give up, and the end of a client"},
	{"verifier/refresh/client.go New", "configuration"},
	{"verifier/refresh/config.go", "configuration"},
	{"verifier/refresh/cookie.go", "HTTP API"},
	{"verifier/refresh/errors.go", "texts of errors"},
	{"verifier/refresh/exchange.go Client.authenticate", "configuration"},
	{"verifier/refresh/exchange.go Client.post", "whether a request was sent; scenarios bound how often"},
	{"verifier/refresh/exchange.go answer.life", "when a session is due"},
	{"verifier/refresh/exchange.go newUnanswered", "whether a request was sent; scenarios bound how often"},
	{"verifier/refresh/exchange.go originOf", "texts of errors"},
	{"verifier/refresh/exchange.go refusal.Error", "texts of errors"},
	{"verifier/refresh/exchange.go textError.Error", "texts of errors"},
	{"verifier/refresh/exchange.go textError.Unwrap", "texts of errors"},
	{"verifier/refresh/exchange.go unanswered.Error", "texts of errors"},
	{"verifier/refresh/exchange.go unanswered.Unwrap", "texts of errors"},
	{"verifier/refresh/filelock.go", "a store on disk"},
	{"verifier/refresh/filelock_unix.go", "a store on disk"},
	{"verifier/refresh/filestore.go", "a store on disk"},
	{"verifier/refresh/refresh.go Client.KeepAlive", "for programs that hold few sessions"},
	{"verifier/refresh/refresh.go Client.latest", "several clients with one store"},
	{"verifier/refresh/refresh.go Client.lock", "several clients with one store"},
	{"verifier/refresh/refresh.go Client.overtaken", "several clients with one store"},
	{"verifier/refresh/refresh.go Client.postpone", "how long each pause is; scenarios bound it"},
	{"verifier/refresh/refresh.go Client.refresh", "several clients with one store"},
	{"verifier/refresh/refresh.go Client.schedule", "when a session is due"},
	{"verifier/refresh/refresh.go Client.send", "how often a token is sent; scenarios bound it"},
	{"verifier/refresh/refresh.go Client.tokenEndpoint", "for how long an endpoint is known; scenarios bound it"},
	{"verifier/refresh/refresh.go withoutToken", "texts of errors"},
	{"verifier/refresh/sealer.go", "a store on disk"},
	{"verifier/refresh/session.go", "what a program reads of a session"},
	{"verifier/refresh/store.go", "a store in memory, and its locks"},
	{"verifier/scan.go scanner.fail", "texts of errors"},
	{"verifier/scan.go scanner.failAt", "texts of errors"},
	{"verifier/scan.go scanner.tooMany", "a limit that no text names"},
	{"verifier/scan.go tooDeep", "a limit that no text names"},
	{"verifier/status.go", "metrics"},
	{"verifier/tenants.go", "several verifiers in one"},
	{"verifier/token.go Token.LogValue", "logs"},
	{"verifier/verifier.go Verifier.Ready", "for the health check of a service"},
}

func (p place) has(m *Mutant) bool {
	return strings.HasPrefix(m.File+" "+m.Function+" ", p.where+" ")
}

// byOwnTests reports whether the tests of the packages judge m. Calls of hooks
// are in functions that scenarios drive.
func (m *Mutant) byOwnTests() bool {
	return strings.Contains(m.Was, ".Hooks.") || slices.ContainsFunc(ownTests, func(p place) bool { return p.has(m) })
}
