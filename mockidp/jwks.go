package mockidp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/keyring"
)

// WellKnownMode is what /.well-known/jwks.json answers. Scalekit serves its
// JWK Set at /keys, some documentation says otherwise; only jwks_uri counts.
type WellKnownMode string

// The modes of [Environment.SetWellKnownJWKS].
const (
	WellKnownAlias    WellKnownMode = "alias"     // the JWK Set, as at jwks_uri
	WellKnownNotFound WellKnownMode = "not-found" // 404
	WellKnownStale    WellKnownMode = "stale"     // the JWK Set of the moment this was set
)

// cacheControl is sent with the JWK Set unless [Environment.SetKeysHeaders]
// says otherwise: five minutes, in the range that providers use.
const cacheControl = "public, max-age=300"

// JWKSURI returns where the JWK Set is, which is what jwks_uri says unless
// the provider metadata is changed.
func (e *Environment) JWKSURI() string { return e.issuer + e.overridden().jwksPath }

// JWKSet returns the JWK Set as the next request would receive it.
func (e *Environment) JWKSet() []byte {
	return e.jwksNow(e.overridden(), e.ring.Published).body
}

// SetJWKSet serves body in the place of the JWK Set from now on, whatever it
// is. An empty contentType means application/json. A nil body returns to the
// ring.
func (e *Environment) SetJWKSet(body []byte, contentType string) {
	e.override(func(o *overrides) { o.jwks = newDocument(body, contentType) })
}

// SetKeysHeaders sends h with the JWK Set in the place of the default caching
// headers, Cache-Control and a strong ETag. A field with no value at all is
// not sent, not even if it is Content-Type. If h has an ETag, a matching
// If-None-Match is answered with 304. Nil returns to the default.
func (e *Environment) SetKeysHeaders(h http.Header) {
	if h == nil {
		e.override(func(o *overrides) { o.keysHeaders = nil })
		return
	}
	own := make(http.Header, len(h))
	for name, values := range h {
		own[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	e.override(func(o *overrides) { o.keysHeaders = own })
}

// SetJWKSPath moves the JWK Set to another path below the issuer, which
// jwks_uri then names. The old path answers 404. It returns an error for a
// path that belongs to another endpoint or does not start with a slash.
func (e *Environment) SetJWKSPath(path string) error {
	if err := validateJWKSPath(path); err != nil {
		return err
	}
	if path == "" {
		path = defaultJWKSPath
	}
	e.override(func(o *overrides) { o.jwksPath = path })
	return nil
}

// SetWellKnownJWKS says what /.well-known/jwks.json answers, unless the JWK
// Set is there. The zero value is [WellKnownAlias]. It returns an error for
// an unknown mode.
func (e *Environment) SetWellKnownJWKS(mode WellKnownMode) error {
	modes := []WellKnownMode{WellKnownAlias, WellKnownNotFound, WellKnownStale}
	if mode != "" && !slices.Contains(modes, mode) {
		return fmt.Errorf("mode is %q, want one of %q", mode, modes)
	}
	now := e.jwksNow(e.overridden(), e.ring.Published)
	e.override(func(o *overrides) { o.wellKnown, o.stale = mode, now })
	return nil
}

// newDocument copies body. A nil body is no document.
func newDocument(body []byte, contentType string) *document {
	if body == nil {
		return nil
	}
	if contentType == "" {
		contentType = "application/json"
	}
	return &document{slices.Clone(body), contentType}
}

// jwksNow returns the planted JWK Set or one of the keys that served returns.
func (e *Environment) jwksNow(o overrides, served func() []*keyring.Key) document {
	if o.jwks != nil {
		return *o.jwks
	}
	set := keyring.JWKSet(slices.Clone(e.decoys.before))
	for _, k := range served() {
		set = append(set, k.JWK())
	}
	set = append(set, e.decoys.after...)
	return marshalled(set)
}

// marshalled returns a document of v, which always marshals.
func marshalled(v any) document {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("mockidp: internal error: marshalling a %T: %v", v, err))
	}
	return document{body, "application/json"}
}

// serveKeys answers with the JWK Set.
func (e *Environment) serveKeys(w http.ResponseWriter, r *http.Request) {
	o := e.overridden()
	serveJWKS(w, r, e.jwksNow(o, e.ring.Serve), o.keysHeaders)
}

// serveWellKnownKeys answers at the path where the JWK Set need not be.
func (e *Environment) serveWellKnownKeys(w http.ResponseWriter, r *http.Request) {
	switch o := e.overridden(); o.wellKnown {
	case WellKnownNotFound:
		notFound(w, r)
	case WellKnownStale:
		serveJWKS(w, r, o.stale, o.keysHeaders)
	default:
		e.serveKeys(w, r)
	}
}

func serveJWKS(w http.ResponseWriter, r *http.Request, d document, own http.Header) {
	h := w.Header()
	h.Set("Content-Type", d.contentType)
	if own == nil {
		h.Set("Cache-Control", cacheControl)
		h.Set("ETag", etag(d.body))
	}
	for name, values := range own {
		h[name] = values
	}
	if matches(r.Header.Values("If-None-Match"), h.Get("ETag")) {
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(d.body)
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
