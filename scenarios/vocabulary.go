package scenarios

// DefaultVerifier is the name of the verifier that every case has. DefaultKey is
// the name of the key that signs its tokens.
const (
	DefaultVerifier = "main"
	DefaultKey      = "k1"
)

// Reasons lists every reason that an expectation may name. They are those of
// the production verifier, which this package does not import: a test of the
// runner keeps the two lists equal.
func Reasons() []string {
	return []string{
		"TOKEN_TOO_LARGE", "MALFORMED_TOKEN", "UNSUPPORTED_TOKEN_TYPE", "UNSUPPORTED_CRITICAL", "ALG_NOT_ALLOWED",
		"DISCOVERY_FAILED", "DISCOVERY_INVALID", "JWKS_FETCH_FAILED", "JWKS_INVALID",
		"KEY_NOT_FOUND", "KEY_UNUSABLE", "INVALID_SIGNATURE",
		"MISSING_CLAIM", "MALFORMED_CLAIM", "INVALID_ISSUER", "INVALID_AUDIENCE", "INVALID_AUTHORIZED_PARTY",
		"TOKEN_EXPIRED", "TOKEN_NOT_YET_VALID", "INVALID_ISSUED_AT", "TOKEN_LIFETIME", "INVALID_SUBJECT",
		"INVALID_NONCE", "INVALID_TOKEN_HASH", "AUTH_TOO_OLD", "INVALID_ACR", "INVALID_AMR", "POLICY",
		"REFRESH_FAILED", "REFRESH_MISMATCH", "CONFIG_INVALID",
	}
}

// Codes lists the codes that Char documents.
func Codes() []string {
	return []string{"INVALID_ISSUER", "INVALID_AUDIENCE", "JWKS_FETCH_FAILED", "TOKEN_EXPIRED", "INVALID_TOKEN"}
}

// DocumentedCause is a cause that Char's troubleshooting page names for a code.
type DocumentedCause struct{ Name, Code string }

// DocumentedCauses lists the causes, by code.
func DocumentedCauses() []DocumentedCause {
	return []DocumentedCause{
		{"issuer.exact", "INVALID_ISSUER"}, {"issuer.https", "INVALID_ISSUER"},
		{"issuer.environment", "INVALID_ISSUER"}, {"issuer.custom-domain", "INVALID_ISSUER"},
		{"audience.exact", "INVALID_AUDIENCE"}, {"audience.access-token", "INVALID_AUDIENCE"}, {"audience.environment", "INVALID_AUDIENCE"},
		{"keys.url", "JWKS_FETCH_FAILED"}, {"keys.inactive", "JWKS_FETCH_FAILED"}, {"keys.unreachable", "JWKS_FETCH_FAILED"},
		{"expired.session", "TOKEN_EXPIRED"}, {"expired.kept", "TOKEN_EXPIRED"}, {"expired.clock", "TOKEN_EXPIRED"},
		{"token.kind", "INVALID_TOKEN"}, {"token.signature", "INVALID_TOKEN"}, {"token.claims", "INVALID_TOKEN"},
	}
}

// codeOf returns the code of a documented cause, or "" if there is none of that
// name.
func codeOf(documented string) string {
	for _, c := range DocumentedCauses() {
		if c.Name == documented {
			return c.Code
		}
	}
	return ""
}

// Levels lists the levels, the most binding first.
func Levels() []string { return []string{"must", "should", "may", "hardening", "info"} }

// Policies lists the policies that a scenario can apply to.
func Policies() []string { return []string{"char", "strict"} }

// KeyAlgs lists the algorithms that a key of a case can be made for.
func KeyAlgs() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// signingAlgs lists the algorithms that a token can be signed with.
func signingAlgs() []string { return append(KeyAlgs(), "HS256", "HS384", "HS512", "RS1", "none") }

// SignatureEdits lists the names of the edits of a signature.
func SignatureEdits() []string {
	return []string{
		"flip", "append", "zero-prefix", "shorten", "pad", "empty", "zero", "encoded", "negate",
		"der", "swap", "strip", "narrow", "widen", "high-s", "r-plus-n", "s-plus-n", "r=", "s=", "s-plus-l",
	}
}

// Encodings lists the wrong encodings of a segment.
func Encodings() []string {
	return []string{"padded", "standard", "trailing-bits", "illegal", "twice", "newline", "high-bit", "cyrillic"}
}

// PSSFaults lists the forms of RSASSA-PSS that JWS does not allow.
func PSSFaults() []string {
	return []string{
		"no-salt", "short-salt", "long-salt", "mgf1-sha1", "trailer", "top-bit", "padding", "separator", "hash-end", "hash-start",
	}
}

// RotationModes lists the ways in which keys are rotated.
func RotationModes() []string {
	return []string{"publish-then-sign", "sign-at-once", "drop-old", "kid-reuse", "unpublished", "rollback", "flapping"}
}

// FaultEndpoints lists where a fault can be.
func FaultEndpoints() []string {
	return []string{
		"discovery", "keys", "authorize", "token", "userinfo", "introspect", "revoke", "logout", "login", "grpc", "resource", "scim", "other",
	}
}

// FaultKinds lists what can go wrong.
func FaultKinds() []string {
	return []string{
		"status", "delay", "hang", "body", "redirect", "close", "lost", "stale", "truncated", "truncated-chunked",
		"reset", "drip", "slow-headers", "interim", "huge-headers", "oversized", "gzip", "gzip-corrupt",
		"gzip-bomb", "garbage", "header", "edit", "forge",
	}
}

// TLSProfiles lists how an environment can speak TLS.
func TLSProfiles() []string {
	return []string{
		"trusted", "self-signed", "unknown-ca", "incomplete-chain", "wrong-host", "cn-only",
		"expired", "not-yet-valid", "client-eku", "tls-1.1", "plain-http", "stalled",
	}
}

// WellKnownModes lists what /.well-known/jwks.json can answer.
func WellKnownModes() []string { return []string{"alias", "not-found", "stale"} }

// MetadataPlaces lists where the provider metadata can be, other than after
// the issuer.
func MetadataPlaces() []string { return []string{"inserted", "oauth"} }

// flows lists where a token can come from, other than the forge.
func flows() []string { return []string{"login", "refresh", "client-credentials"} }

// tokenUses lists which token of a flow can be presented.
func tokenUses() []string { return []string{"id_token", "access_token"} }

// keyShapes lists the forms that a key can be made in: roca is an RSA key of
// CVE-2017-15361, zero-x an ECDSA key whose x begins with a byte 0x00.
func keyShapes() []string { return []string{"roca", "zero-x"} }

// Capability is something that an implementation must be able to do for a case
// to make sense.
type Capability struct {
	Name  string
	Means string
}

// Capabilities lists every capability that a scenario may need.
func Capabilities() []Capability {
	return []Capability{
		{"idp", "fetches keys from the issuer by discovery"},
		{"tls", "fetches over https with a CA given in the configuration"},
		{"clock", "runs on a clock that the harness moves"},
		{"state", "keeps a verifier over several steps"},
		{"load", "takes thousands of calls, some at once"},
		{"budget", "answers fast enough for its time to be judged"},
		{"seed", "takes hundreds of generated tokens"},
		{"trap", "runs where a listener of the harness can see stray requests"},
		{"api", "runs in process"},
		{"flow", "knows the response type of the login"},
		{"expect", "compares sub with one the caller expects"},
		{"nonce", "compares nonce with the one that was sent"},
		{"redeem", "takes a nonce once"},
		{"max_age", "checks auth_time"},
		{"acr", "checks acr"},
		{"amr", "checks amr"},
		{"at_hash", "checks at_hash"},
		{"c_hash", "checks c_hash"},
		{"s_hash", "checks s_hash"},
		{"policy", "applies rules of the application"},
		{"refresh", "is an OAuth client that refreshes"},
		{"jwe", "decrypts"},
		{"rs384", "verifies RS384"},
		{"rs512", "verifies RS512"},
		{"ps256", "verifies PS256"},
		{"ps384", "verifies PS384"},
		{"ps512", "verifies PS512"},
		{"es256", "verifies ES256"},
		{"es384", "verifies ES384"},
		{"es512", "verifies ES512"},
		{"eddsa", "verifies EdDSA with Ed25519"},
		{"ed25519", "verifies by the name Ed25519"},
		{"hs256", "verifies HS256 with a client secret"},
	}
}

// documents lists the documents that a spec entry may cite, as it writes them.
// OIDC Core means the version that incorporates errata set 2.
func documents() []string {
	return []string{
		"OIDC Core 1.0", "OIDC Discovery 1.0", "OIDC Back-Channel Logout 1.0", "OIDC RP-Initiated Logout 1.0",
		"OpenID Federation 1.0", "JARM 1.0", "FAPI 1.0 Advanced",
		"RFC 1952", "RFC 4648", "RFC 5280", "RFC 5861", "RFC 6585", "RFC 6749", "RFC 6750", "RFC 6761",
		"RFC 7468", "RFC 7493", "RFC 7515", "RFC 7516", "RFC 7517", "RFC 7518", "RFC 7519", "RFC 7523", "RFC 7636",
		"RFC 7797", "RFC 8017", "RFC 8032", "RFC 8037", "RFC 8176", "RFC 8259", "RFC 8414", "RFC 8725", "RFC 8812", "RFC 8996",
		"RFC 9068", "RFC 9101", "RFC 9110", "RFC 9111", "RFC 9112", "RFC 9207", "RFC 9325", "RFC 9449", "RFC 9525",
		"RFC 9700", "RFC 9864", "RFC 9901", "rfc8725bis", "FIPS 186-5", "RFC 2045", "RFC 3986",
		"CVE", "CWE", "Char", "Scalekit",
	}
}
