// Package verifier checks ID Tokens as Char does for Scalekit, and as OpenID
// Connect Core 1.0 demands: strictly, fast, and calmly while keys rotate and
// providers fail.
//
// For most uses: make one Verifier with [New] when the program starts, and
// call [Verifier.Verify] with each token:
//
//	v, err := verifier.New(verifier.Config{
//		Issuer:   "https://acme.scalekit.com",
//		Audience: []string{"skc_58327482062864390"},
//	})
//	…
//	token, err := v.Verify(ctx, rawIDToken)
//
// The issuer and the client ID are all that it needs to know. It finds the
// keys by discovery, keeps them, and fetches them again when they change. The
// [Token] that comes back has the claims as typed fields; [Claims] decodes
// those of your own.
//
// A refusal is an [*Error]. Its [Code] is what Char's support knows, its
// [Reason] says exactly why, and its [Kind] tells a bad token (401) from keys
// that are unavailable (503) and from a mistake in the configuration (500).
//
// Further on:
//
//   - [Config] is plain data. Its zero values are the policy that Char
//     documents; [Strict] returns the stricter policy of the specifications.
//   - [Verifier.VerifyWith] also checks what depends on one login, such as
//     nonce.
//   - [Middleware] verifies the tokens of HTTP requests. In tests of handlers,
//     [UnverifiedToken] makes a token.
//   - [Tenants] holds one Verifier for each of several issuers.
//   - [Hooks] tell a log or metrics what happens.
//   - [Examine] makes every check of a token that was refused, past the first
//     failure.
//
// Everything exported is safe for concurrent use unless it says otherwise.
//
// # What it does not do
//
// It does not decrypt, does not follow jku, x5u or jwk in a header, and does
// not look up a session: a token stays valid until exp, whatever happens to
// the user at the provider, unless Config.Rule says otherwise.
//
// # Keys
//
// [Remote], which New makes, finds the JWK Set by discovery and keeps it. It
// has no timer: it fetches only when it is asked for keys, one request at a
// time, and never lets a token decide how often. [Remote.Keys] documents what
// it promises and when a verification waits for a request.
//
// # Order of checks
//
//   - size;
//   - three segments in strict base64url;
//   - the JOSE header: strict JSON, alg allowed, typ, crit;
//   - the claims object: strict JSON, no claim checked yet;
//   - iss, the one claim that is checked before the signature, so that a token
//     of another environment reads INVALID_ISSUER and costs no request;
//   - the key, by kid, from the JWK Set that discovery leads to;
//   - the signature;
//   - the claims aud, azp, exp, nbf, iat, sub, and the shape of an ID Token;
//   - the rules about the user, and Config.Rule;
//   - what the [Inputs] ask for.
//
// An [Error] says whether the signature had been verified when the token was
// refused. Until then every value it shows is of unknown origin.
//
// # Every check
//
// What is checked, by which clause, what a refusal is called, and the
// scenarios of this project's catalogue that demand it. A * stands for any
// further characters.
//
//	check                                clause                      reason                     scenarios
//	length of the token                  -                           TOKEN_TOO_LARGE            dos.token-1mib, dos.header-only-huge
//	three segments                       RFC 7515 7.1                MALFORMED_TOKEN            jws.*, ser.*
//	base64url, one spelling              RFC 7515 2, RFC 4648 3.5    MALFORMED_TOKEN            b64.*
//	JSON objects, UTF-8, unique names    RFC 7515 4, RFC 7519 4      MALFORMED_TOKEN            json.*
//	names by exact case                  RFC 7519 10.1               as if absent               json.case-*, json.unicode-fold
//	not encrypted                        RFC 7516 9                  UNSUPPORTED_TOKEN_TYPE     jwe.*
//	alg is in the allow-list             RFC 8725 3.1                ALG_NOT_ALLOWED            alg.*, cfg.none-allowed
//	typ names a plain JWT                RFC 8725 3.11               UNSUPPORTED_TOKEN_TYPE     type.at-jwt, type.logout, type.dpop
//	crit is absent                       RFC 7515 4.1.11             UNSUPPORTED_CRITICAL       hdr.crit-*
//	jwk, jku, x5u, x5c are not read      OIDC Core 2, RFC 8725 3.10  as if absent               hdr.jwk-*, hdr.jku*, hdr.x5*
//	iss is the configured issuer         OIDC Core 3.1.3.7 item 2    INVALID_ISSUER             iss.*, scalekit.wrong-environment
//	metadata is available                OIDC Discovery 4.2          DISCOVERY_FAILED           disc.404, disc.503
//	metadata is the issuer's             OIDC Discovery 4.3          DISCOVERY_INVALID          disc.issuer-*, disc.jwks-uri-*
//	the JWK Set is available             RFC 9110, RFC 9111          JWKS_FETCH_FAILED          fetch.*, tls.*, cache.*
//	the JWK Set is well-formed           RFC 7517 5                  JWKS_INVALID               jwks.bare-array, fetch.200-html
//	a published key has the kid          OIDC Core 10.1              KEY_NOT_FOUND              hdr.kid-*, rot.*, flood.*
//	the key may be used for alg          RFC 7517 4, RFC 7518 3.3    KEY_UNUSABLE               jwks.*, alg.family-mismatch
//	the signature verifies               RFC 7515 5.2 step 8         INVALID_SIGNATURE          sig.*
//	aud includes a client ID             OIDC Core 3.1.3.7 item 3    INVALID_AUDIENCE           aud.*
//	aud names no untrusted party ¹       OIDC Core 3.1.3.7 item 3    INVALID_AUDIENCE           aud.untrusted-extra
//	azp and client_id are ours ¹         OIDC Core 3.1.3.7 item 5    INVALID_AUTHORIZED_PARTY   azp.mismatch, azp.empty
//	exp is present                       OIDC Core 2                 MISSING_CLAIM              exp.missing
//	exp, nbf, iat, azp, nonce are typed  RFC 7519 2 and 4.1          MALFORMED_CLAIM            exp.string, iat.wrong-type, azp.wrong-type
//	exp is in the future                 RFC 7519 4.1.4              TOKEN_EXPIRED              exp.*, clock.*
//	nbf is past, and not after exp       RFC 7519 4.1.5              TOKEN_NOT_YET_VALID        nbf.*
//	iat is present, not in the future ¹  OIDC Core 2                 INVALID_ISSUED_AT          iat.missing, exp.before-iat
//	exp minus iat is bounded ²           RFC 8725 3                  TOKEN_LIFETIME             exp.too-long-lived
//	sub is present and not blank         OIDC Core 2                 INVALID_SUBJECT            sub.*
//	no claim of another kind of JWT      RFC 8725 3.12               UNSUPPORTED_TOKEN_TYPE     type.logout-untyped, type.vc-jwt
//	not an access token ¹                RFC 8725 3.12               UNSUPPORTED_TOKEN_TYPE     scalekit.access-token-aud-client
//	organization, connection, … ²        -                           POLICY                     scalekit.oid-*, scalekit.amr-connection
//	nonce is the one that was sent ³     OIDC Core 3.1.3.7 item 11   INVALID_NONCE              nonce.*
//	at_hash, c_hash, s_hash ³            OIDC Core 3.1.3.6, 3.3.2.11 INVALID_TOKEN_HASH         hash.*
//	auth_time within max_age ³           OIDC Core 3.1.3.7 item 13   AUTH_TOO_OLD               auth.*
//	acr is one of those requested ³      OIDC Core 3.1.3.7 item 12   INVALID_ACR                acr.*
//	amr has the methods requested ³      RFC 8176 1                  INVALID_AMR                amr.*
//	a refresh brings tokens ⁴            RFC 6749 5.2 and 6          REFRESH_FAILED             refresh.*
//	they continue the same session ⁴     OIDC Core 12.2              REFRESH_MISMATCH           refresh.*-changed
//	the configuration makes sense        -                           CONFIG_INVALID             cfg.*, nonce.empty-expected
//
//	¹ with [Strict]   ² where configured   ³ with [Inputs]   ⁴ package refresh
package verifier
