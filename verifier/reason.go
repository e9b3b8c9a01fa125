package verifier

// Code is what Char documents for a refused ID Token, and what its support
// staff know. The set is closed: finer distinctions are made by [Reason].
type Code string

// The documented codes.
const (
	CodeInvalidIssuer   Code = "INVALID_ISSUER"
	CodeInvalidAudience Code = "INVALID_AUDIENCE"
	CodeJWKSFetchFailed Code = "JWKS_FETCH_FAILED"
	CodeTokenExpired    Code = "TOKEN_EXPIRED"
	CodeInvalidToken    Code = "INVALID_TOKEN"
)

// Reason says exactly why a token was refused. Reasons are stable: once
// released, one keeps its name and its [Code].
type Reason string

// Reasons that come from the bytes of a token.
const (
	// ReasonMalformedToken: not a compact JWS whose header and payload are
	// JSON objects in strict base64url. RFC 7515, 5.2; RFC 7519, 7.2.
	ReasonMalformedToken Reason = "MALFORMED_TOKEN"
	// ReasonTokenTooLarge: longer than Config.MaxTokenBytes, refused unread.
	ReasonTokenTooLarge Reason = "TOKEN_TOO_LARGE"
	// ReasonUnsupportedTokenType: encrypted, or another kind of JWT by its
	// typ or by its shape. RFC 8725, 3.11 and 3.12.
	ReasonUnsupportedTokenType Reason = "UNSUPPORTED_TOKEN_TYPE"
	// ReasonUnsupportedCritical: the header has crit. RFC 7515, 4.1.11.
	ReasonUnsupportedCritical Reason = "UNSUPPORTED_CRITICAL"
	// ReasonAlgNotAllowed: alg is not in Config.Algorithms. RFC 8725, 3.1.
	ReasonAlgNotAllowed Reason = "ALG_NOT_ALLOWED"
	// ReasonKeyNotFound: no published key has the kid. OIDC Core 1.0, 10.1.
	ReasonKeyNotFound Reason = "KEY_NOT_FOUND"
	// ReasonKeyUnusable: a key has the kid, but its type, curve, size, use,
	// key_ops or alg forbids it. RFC 7517, 4; RFC 7518, 3.3.
	ReasonKeyUnusable Reason = "KEY_UNUSABLE"
	// ReasonInvalidSignature: no candidate key verifies the signature.
	// RFC 7515, 5.2 step 8.
	ReasonInvalidSignature Reason = "INVALID_SIGNATURE"
)

// Reasons that come from the claims, which are checked once the signature is
// good. The two exceptions are a foreign and a missing iss: see the package
// comment.
const (
	// ReasonMissingClaim: a required claim is absent. OIDC Core 1.0, 2.
	ReasonMissingClaim Reason = "MISSING_CLAIM"
	// ReasonMalformedClaim: a claim has the wrong JSON type or is out of
	// range. RFC 7519, 4.1.
	ReasonMalformedClaim Reason = "MALFORMED_CLAIM"
	// ReasonInvalidIssuer: iss is not Config.Issuer, compared code point by
	// code point. OIDC Core 1.0, 3.1.3.7 item 2.
	ReasonInvalidIssuer Reason = "INVALID_ISSUER"
	// ReasonInvalidAudience: aud includes no client ID of Config.Audience, or
	// it includes an untrusted audience. OIDC Core 1.0, 3.1.3.7 item 3.
	ReasonInvalidAudience Reason = "INVALID_AUDIENCE"
	// ReasonInvalidAuthorizedParty: azp is not the client ID. OIDC Core 1.0,
	// 3.1.3.7 item 5.
	ReasonInvalidAuthorizedParty Reason = "INVALID_AUTHORIZED_PARTY"
	// ReasonInvalidSubject: sub is empty, blank, too long, or not the one the
	// caller expects. OIDC Core 1.0, 2.
	ReasonInvalidSubject Reason = "INVALID_SUBJECT"
	// ReasonTokenExpired: now is at or after exp plus the leeway. RFC 7519,
	// 4.1.4.
	ReasonTokenExpired Reason = "TOKEN_EXPIRED"
	// ReasonTokenNotYetValid: now plus the leeway is before nbf. RFC 7519,
	// 4.1.5.
	ReasonTokenNotYetValid Reason = "TOKEN_NOT_YET_VALID"
	// ReasonInvalidIssuedAt: iat is in the future, or after exp.
	ReasonInvalidIssuedAt Reason = "INVALID_ISSUED_AT"
	// ReasonTokenLifetime: exp minus iat exceeds Config.MaxLifetime.
	ReasonTokenLifetime Reason = "TOKEN_LIFETIME"
	// ReasonInvalidNonce: nonce is not the one that was sent. OIDC Core 1.0,
	// 3.1.3.7 item 11.
	ReasonInvalidNonce Reason = "INVALID_NONCE"
	// ReasonInvalidTokenHash: at_hash, c_hash or s_hash does not match. OIDC
	// Core 1.0, 3.1.3.8 and 3.3.2.10.
	ReasonInvalidTokenHash Reason = "INVALID_TOKEN_HASH"
	// ReasonAuthTooOld: auth_time is longer ago than max_age allows. OIDC
	// Core 1.0, 3.1.3.7 item 13.
	ReasonAuthTooOld Reason = "AUTH_TOO_OLD"
	// ReasonInvalidACR: acr is not one that was requested. OIDC Core 1.0,
	// 3.1.3.7 item 12.
	ReasonInvalidACR Reason = "INVALID_ACR"
	// ReasonInvalidAMR: amr lacks a required method. RFC 8176.
	ReasonInvalidAMR Reason = "INVALID_AMR"
	// ReasonPolicy: a rule of the application, such as a required
	// organization, is not met.
	ReasonPolicy Reason = "POLICY"
)

// Reasons that are not about the token: the keys were unavailable, a refresh
// failed, or the caller made a mistake.
const (
	// ReasonDiscoveryFailed: the provider metadata could not be fetched.
	ReasonDiscoveryFailed Reason = "DISCOVERY_FAILED"
	// ReasonDiscoveryInvalid: the provider metadata must not be used. OpenID
	// Connect Discovery 1.0, 4.3.
	ReasonDiscoveryInvalid Reason = "DISCOVERY_INVALID"
	// ReasonJWKSFetchFailed: the JWK Set could not be fetched.
	ReasonJWKSFetchFailed Reason = "JWKS_FETCH_FAILED"
	// ReasonJWKSInvalid: what was fetched is not a JWK Set. RFC 7517, 5.
	ReasonJWKSInvalid Reason = "JWKS_INVALID"
	// ReasonRefreshFailed: the Token Endpoint refused or failed a refresh.
	ReasonRefreshFailed Reason = "REFRESH_FAILED"
	// ReasonRefreshMismatch: the refreshed ID Token does not continue the
	// first one. OIDC Core 1.0, 12.2.
	ReasonRefreshMismatch Reason = "REFRESH_MISMATCH"
	// ReasonConfigInvalid: a mistake in the configuration or in the inputs of
	// a call. It says nothing about the token.
	ReasonConfigInvalid Reason = "CONFIG_INVALID"
)

// Kind says who has to act on a refusal.
type Kind uint8

// The kinds. KindInvalid asks for another token (HTTP 401), KindUnavailable
// for patience (503), KindConfiguration for a developer (500).
const (
	KindInvalid Kind = iota + 1
	KindUnavailable
	KindConfiguration
)

// String returns "invalid", "unavailable" or "configuration".
func (k Kind) String() string {
	switch k {
	case KindInvalid:
		return "invalid"
	case KindUnavailable:
		return "unavailable"
	case KindConfiguration:
		return "configuration"
	}
	return "unknown"
}

// Reasons lists every reason, in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		ReasonTokenTooLarge, ReasonMalformedToken, ReasonUnsupportedTokenType,
		ReasonUnsupportedCritical, ReasonAlgNotAllowed,
		ReasonDiscoveryFailed, ReasonDiscoveryInvalid,
		ReasonJWKSFetchFailed, ReasonJWKSInvalid,
		ReasonKeyNotFound, ReasonKeyUnusable, ReasonInvalidSignature,
		ReasonMissingClaim, ReasonMalformedClaim,
		ReasonInvalidIssuer, ReasonInvalidAudience, ReasonInvalidAuthorizedParty,
		ReasonTokenExpired, ReasonTokenNotYetValid, ReasonInvalidIssuedAt,
		ReasonTokenLifetime, ReasonInvalidSubject, ReasonInvalidNonce,
		ReasonInvalidTokenHash, ReasonAuthTooOld, ReasonInvalidACR,
		ReasonInvalidAMR, ReasonPolicy,
		ReasonRefreshFailed, ReasonRefreshMismatch, ReasonConfigInvalid,
	}
}

// Code returns the documented code that r belongs to: INVALID_TOKEN for
// reasons that Char does not tell apart.
func (r Reason) Code() Code {
	switch r {
	case ReasonInvalidIssuer:
		return CodeInvalidIssuer
	case ReasonInvalidAudience:
		return CodeInvalidAudience
	case ReasonDiscoveryFailed, ReasonDiscoveryInvalid, ReasonJWKSFetchFailed, ReasonJWKSInvalid:
		return CodeJWKSFetchFailed
	case ReasonTokenExpired:
		return CodeTokenExpired
	}
	return CodeInvalidToken
}

// Kind returns who has to act on r.
func (r Reason) Kind() Kind {
	switch r {
	case ReasonDiscoveryFailed, ReasonDiscoveryInvalid, ReasonJWKSFetchFailed, ReasonJWKSInvalid:
		return KindUnavailable
	case ReasonConfigInvalid:
		return KindConfiguration
	}
	return KindInvalid
}
