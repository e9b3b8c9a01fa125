package plain

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// comparesRefreshed replaces the comparison of a claim with the first ID Token.
func comparesRefreshed(claim string, same func(first, next any) bool) bend {
	return all(forgets(claim), requires(claim, func(s session, next map[string]any) bool { return same(s.first[claim], next[claim]) }))
}

func foldedText(first, next any) bool {
	a, okA := first.(string)
	b, okB := next.(string)
	return okA == okB && strings.EqualFold(a, b)
}

// readsCacheControl rewrites Cache-Control before it is read.
func readsCacheControl(rewrite func(value string) string) bend {
	return keepsFresh(func(h http.Header, otherwise time.Duration) time.Duration {
		h = h.Clone()
		h.Set("Cache-Control", rewrite(h.Get("Cache-Control")))
		return freshFor(h, otherwise)
	})
}

// providerLiars compare refreshed tokens, keys and answers of a provider
// loosely.
func providerLiars() []Liar {
	return []Liar{
		{"refresh-sub-case", "It ignores case when it compares the user of a refreshed ID Token.", ids{"refresh.sub-case"}, comparesRefreshed("sub", foldedText)},
		{"refresh-nonce-case", "It ignores case when it compares the nonce of a refreshed ID Token.", ids{"refresh.nonce-case"}, comparesRefreshed("nonce", foldedText)},
		{"refresh-common-aud", "It is content with one audience that both ID Tokens have.", ids{"refresh.aud-shrunk"},
			comparesRefreshed("aud", func(first, next any) bool {
				return slices.ContainsFunc(list(first), func(a any) bool { return slices.Contains(list(next), a) })
			})},
		{"refetch-drops-keys", "It throws its keys away if a fetch for an unknown kid fails.",
			ids{"rot.refused-refetch-keeps-old"}, func(h *habits) { h.cache.dropsOnError = true }},
		{"missed-by-prefix", "It remembers the first eight characters of a kid that it has looked for in vain.", ids{"rot.alike-kids"}, missesByPrefix()},
		{"max-age-shared", "It reads s-maxage, which is for shared caches.", ids{"cache.directives"},
			readsCacheControl(func(value string) string { return strings.ReplaceAll(value, "s-maxage=1, Max-Age=60", "max-age=1") })},
		{"max-age-case", "It knows directives in lower case only.", ids{"cache.directives"},
			readsCacheControl(strings.NewReplacer("Max-Age", "other").Replace)},
		{"key-any-base64", "It reads the members of a key in any base64.", ids{"jwks.members-encoding"},
			readsKeysAs(func(jwk object) object {
				n, _ := jwk.string("n")
				return jwk.with("n", asBase64URL(strings.TrimSpace(n)))
			})},
		{"key-hex", "It reads the modulus of a key in hexadecimal.", ids{"jwks.members-encoding"},
			readsKeysAs(func(jwk object) object {
				n, _ := jwk.string("n")
				if bytes, err := hex.DecodeString(n); err == nil && len(bytes) > 0 {
					return jwk.with("n", base64URL(bytes))
				}
				return jwk
			})},
		{"key-type-case", "It ignores case in the kty of a key.", ids{"jwks.member-values-case"},
			readsKeysAs(func(jwk object) object {
				if kty, _ := jwk.string("kty"); strings.EqualFold(kty, "RSA") {
					return jwk.with("kty", "RSA")
				}
				return jwk
			})},
		{"key-use-case", "It ignores case in the use of a key.", ids{"jwks.member-values-case"},
			readsKeysAs(func(jwk object) object {
				if use, _ := jwk.string("use"); strings.EqualFold(use, "sig") {
					return jwk.with("use", "sig")
				}
				return jwk
			})},
		{"status-any-2xx", "It reads the keys out of every answer with a status of 2xx.", ids{"fetch.other-2xx", "fetch.206"},
			roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				res, err := next.RoundTrip(req)
				if err == nil && res.StatusCode/100 == 2 {
					res.StatusCode = http.StatusOK
				}
				return res, err
			})},
	}
}

// missesByPrefix refuses to fetch for a kid that begins as one that was not
// found.
func missesByPrefix() bend {
	return fetchesFor(func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
		for absent, until := range b.absent {
			if now.Before(until) && len(kid.text) > 8 && strings.HasPrefix(absent.text, kid.text[:8]) {
				return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "the ID of a published key")
			}
		}
		return mayFetchFor(b, now, kid)
	})
}
