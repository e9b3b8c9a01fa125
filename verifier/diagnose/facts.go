package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// facts are what a token says. They are read leniently, and whatever cannot be
// read counts as absent: the verifier has judged it already.
type facts struct {
	header, claims map[string]json.RawMessage
}

// read returns the facts of a header and a payload.
func read(header, payload string) facts {
	var f facts
	// What is wrong JSON leaves the map as far as it was read.
	_ = json.Unmarshal([]byte(header), &f.header)
	_ = json.Unmarshal([]byte(payload), &f.claims)
	return f
}

// has reports whether the token has any of the claims.
func (f facts) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := f.claims[name]; return ok })
}

// list returns those of the claims that the token has.
func (f facts) list(names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !f.has(name) })
}

// text returns a claim that is a string, or the empty string.
func (f facts) text(name string) string { return text(f.claims[name]) }

// parameter returns a header parameter that is a string.
func (f facts) parameter(name string) string { return text(f.header[name]) }

func text(value json.RawMessage) string {
	var s string
	_ = json.Unmarshal(value, &s)
	return s
}

// number returns a claim that is a number.
func (f facts) number(name string) (float64, bool) {
	var n *float64 // nil for null
	if json.Unmarshal(f.claims[name], &n) != nil || n == nil {
		return 0, false
	}
	return *n, true
}

// date returns a NumericDate between the years 1970 and 10000, and the zero
// time for anything else.
func (f facts) date(name string) time.Time {
	const end = 253_402_300_800
	n, ok := f.number(name)
	if !ok || n < 0 || n >= end {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// audience returns the strings of aud.
func (f facts) audience() []string {
	var list []string
	if json.Unmarshal(f.claims["aud"], &list) == nil {
		return slices.DeleteFunc(list, func(s string) bool { return s == "" })
	}
	if s := f.text("aud"); s != "" {
		return []string{s}
	}
	return nil
}

// kind says what kind of token this is, and by what signs.
func (f facts) kind() (Kind, []string) {
	typ := strings.TrimPrefix(strings.ToLower(f.parameter("typ")), "application/")
	authorized := f.list("scope", "scopes", "scp", "roles", "permissions")
	bound := f.list("at_hash", "c_hash", "azp", "nonce", "auth_time")
	machine := strings.HasPrefix(f.text("sub"), "m2m") ||
		strings.HasPrefix(f.text("client_id"), "m2m")
	switch {
	case len(f.header) > 0 && f.header["enc"] != nil:
		return KindEncrypted, []string{"the header has enc"}
	case typ == "logout+jwt":
		return KindLogoutToken, []string{"typ is logout+jwt"}
	case f.has("events"):
		return KindLogoutToken, []string{"it has events"}
	case machine:
		return KindMachineToken, []string{"sub or client_id begins with m2m"}
	case typ == "at+jwt":
		return KindAccessToken, []string{"typ is at+jwt"}
	case f.has("organization_id", "connection_id") && !f.has("sub") && !f.has("aud"):
		return KindInitiated, append(f.list("organization_id", "connection_id", "login_hint"),
			"no aud", "no sub")
	case strings.Contains(f.text("iss"), "/resources/res_"):
		return KindAccessToken, []string{"iss is the one of an MCP resource"}
	case typ != "" && typ != "jwt", f.has("vc"):
		return KindUnknownJWT, f.foreign(typ)
	case len(bound) == 0 && len(authorized) > 0 && f.has("jti", "nbf"):
		return KindAccessToken, append(append(authorized, f.list("jti", "nbf")...),
			"no at_hash, c_hash, azp or nonce")
	case len(bound) == 0 && f.resources():
		return KindAccessToken, []string{"aud is an API or a resource"}
	case len(f.claims) > 0:
		return KindIDToken, append(bound, f.list("email", "amr")...)
	}
	return KindFragment, nil
}

// foreign returns the signs of another kind of JWT.
func (f facts) foreign(typ string) []string {
	if f.has("vc") {
		return []string{"it has vc"}
	}
	return []string{"typ is " + clip(typ)}
}

// resources reports whether every audience is a URL or a resource.
func (f facts) resources() bool {
	aud := f.audience()
	return len(aud) > 0 && !slices.ContainsFunc(aud, func(s string) bool {
		return !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") &&
			!strings.HasPrefix(s, "res_")
	})
}

// clip bounds a value that a token says.
func clip(s string) string {
	const limit = 128
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
