// Package scenarios holds the catalogue of cases and its strict reader.
//
// A [Scenario] is one good token and one change, or a sequence of steps against
// one environment, with the verdict that an implementation must give. It is
// data: nothing here executes anything. Start with [Builtin] for the embedded
// catalogue, [Parse] for a file of your own, and
// [Catalogue.Select] for patterns.
//
// # Files
//
// A file holds one group. Its keys are group, title, intro, cause, advice,
// documented, policy and cases. Anything unknown, doubled or out of place is an error that
// names file, line and column. schema.json describes the same format to
// editors.
//
//	group: aud
//	title: Audience
//	cases:
//	  - id: aud.suffix-char
//	    title: The audience is the client ID with one more character
//	    level: must
//	    spec: [OIDC Core 1.0 §3.1.3.7 item 3]
//	    code: INVALID_AUDIENCE
//	    token: { claims: { aud: "{{client_id}}1" } }
//	    expect: reject INVALID_AUDIENCE
//
// # The baseline
//
// What a case does not mention is good. The issuer is an https URL without a
// trailing slash, or the URL of a mock environment where the case needs one;
// the client ID has Scalekit's form. The key k1 is RSA with 2048 bits for
// RS256, and published with kid, alg and use, among decoy keys.
// The header is alg, kid and typ JWT; the claims are iss, sub, aud, exp and
// iat, and the token lives for five minutes.
//
// # Values
//
// A string is a [Template] (package text/template) unless its field says
// otherwise, and so is the name of a member. The functions are those of
// [TemplateFuncs]; the members of a variant are fields, as in {{.alg}}. A member
// value that begins with = is an expression: =now, =now-61s and the like are
// points in time in seconds, anything else is JSON text that is used as it
// is, as in "=1.9e9" or "=null".
//
// # Expectations
//
// expect is "accept", "reject" with any reason, "reject A or B", "refuse" for
// a configuration that must not be accepted, "accept or reject A" where the
// clause leaves the choice, or "either", which never fails and is reported.
//
// # Steps
//
// A case with steps has no token and no expectation of its own: each step says
// what is done and, if it judges, what the result must be. See [Step].
package scenarios
