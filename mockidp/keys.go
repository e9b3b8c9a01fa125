package mockidp

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/keyring"
)

// WellKnownMode says what /.well-known/jwks.json answers. Scalekit serves its
// JWK Set at /keys, some documentation says otherwise; only jwks_uri counts.
type WellKnownMode string

// The modes of /.well-known/jwks.json.
const (
	WellKnownAlias    WellKnownMode = "alias"     // the JWK Set, as at jwks_uri
	WellKnownNotFound WellKnownMode = "not-found" // 404
	WellKnownStale    WellKnownMode = "stale"     // a JWK Set that no longer changes
)

// cacheControl is sent with the JWK Set unless the [Publication] says
// otherwise: five minutes, in the range that providers use.
const cacheControl = "public, max-age=300"

// JWKSURI returns where the JWK Set is, which is what jwks_uri says unless
// the provider metadata is changed.
func (e *Environment) JWKSURI() string { return e.published.jwksURI() }

// JWKSet returns the JWK Set as the next request would receive it.
func (e *Environment) JWKSet() []byte {
	return e.published.jwks(e.published.current(), e.ring.Published).Content
}

func (p *publisher) jwksURI() string { return p.issuer + p.current().JWKSPath }

// jwks returns the JWK Set that was published instead of the genuine one, or one
// of the keys that served returns.
func (p *publisher) jwks(o Publication, served func() []*keyring.Key) Body {
	if o.JWKSet != nil {
		return *o.JWKSet
	}
	set := keyring.JWKSet(slices.Clone(p.decoys.before))
	for _, k := range served() {
		set = append(set, k.JWK())
	}
	set = append(set, p.decoys.after...)
	return marshalled(set)
}

// serveKeys answers with the JWK Set.
func (p *publisher) serveKeys(w http.ResponseWriter, r *http.Request) {
	o := p.current()
	serveJWKS(w, r, p.jwks(o, p.ring.Serve), o.KeysHeader)
}

// serveWellKnownKeys answers at the path where the JWK Set need not be.
func (p *publisher) serveWellKnownKeys(w http.ResponseWriter, r *http.Request) {
	switch o := p.current(); o.WellKnown {
	case WellKnownNotFound:
		answer.NotFound(w, r)
	case WellKnownStale:
		serveJWKS(w, r, *o.StaleJWKSet, o.KeysHeader)
	default:
		p.serveKeys(w, r)
	}
}

func serveJWKS(w http.ResponseWriter, r *http.Request, d Body, own http.Header) {
	h := w.Header()
	h.Set("Content-Type", d.Type)
	if own == nil {
		h.Set("Cache-Control", cacheControl)
		h.Set("ETag", etag(d.Content))
	}
	for name, values := range own {
		h[name] = values
	}
	if matches(r.Header.Values("If-None-Match"), h.Get("ETag")) {
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(d.Content)
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// matches compares weakly, as RFC 9110, 13.1.2 asks for.
func matches(ifNoneMatch []string, etag string) bool {
	if etag == "" {
		return false
	}
	for _, field := range ifNoneMatch {
		for one := range strings.SplitSeq(field, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}
