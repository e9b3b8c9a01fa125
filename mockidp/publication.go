package mockidp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/words"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/signin"
)

// Publication holds what an environment publishes about itself, the provider
// metadata and the JWK Set, and where. [Environment.Publish] changes it. The
// zero value publishes the truth where Scalekit does.
type Publication struct {
	// JWKSPath is the path of the JWK Set below the issuer, which jwks_uri
	// then names. Any other path answers 404. Empty means "/keys".
	JWKSPath string

	// JWKSet is served instead of the JWK Set, whatever it is. Nil means the
	// keys of the ring.
	JWKSet *Body

	// KeysHeader is sent with the JWK Set instead of the default caching
	// headers, Cache-Control and a strong ETag. A field that has no value is
	// not sent, not even if it is Content-Type. If there is an ETag, a
	// matching If-None-Match is answered with 304. Nil means the default.
	KeysHeader http.Header

	// WellKnown says what /.well-known/jwks.json answers, unless the JWK Set
	// is there. Empty means [WellKnownAlias].
	WellKnown WellKnownMode

	// StaleJWKSet is what [WellKnownStale] serves. Nil means the JWK Set of
	// the moment at which it is published.
	StaleJWKSet *Body

	// MetadataPlace says where the provider metadata is. The other places
	// answer 404.
	MetadataPlace MetadataPlace

	// Metadata is served instead of the provider metadata, whatever it is,
	// and EditMetadata has no effect. Nil means the genuine metadata.
	Metadata *Body

	// EditMetadata changes the provider metadata of each answer. It works on
	// a copy made for that answer, so it may set, drop and append what it
	// likes; it must not keep the document or call back into the
	// environment, and may run concurrently.
	EditMetadata func(*Document)
}

// Body is a document that is served as it is.
type Body struct {
	Content []byte
	Type    string // the Content-Type; empty means application/json
}

// own returns a copy with the defaults filled in, or nil.
func (b *Body) own() *Body {
	if b == nil {
		return nil
	}
	c := Body{append([]byte{}, b.Content...), b.Type}
	if c.Type == "" {
		c.Type = "application/json"
	}
	return &c
}

// publisher serves what an environment publishes about itself.
type publisher struct {
	name   string // the name of the environment
	issuer string
	ring   *keyring.Ring
	decoys decoys
	scopes func() []string // the scopes of all clients

	changing sync.Mutex // held by publish
	mu       sync.Mutex
	now      Publication // complete; what the pointers lead to never changes
}

// current returns what is published now.
func (p *publisher) current() Publication {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *publisher) publish(change func(*Publication)) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	next := p.current()
	change(&next)
	if err := p.validate(next); err != nil {
		return err
	}
	if next.JWKSPath == "" {
		next.JWKSPath = defaultJWKSPath
	}
	next.JWKSet, next.Metadata = next.JWKSet.own(), next.Metadata.own()
	next.KeysHeader = ownHeader(next.KeysHeader)
	switch {
	case next.WellKnown != WellKnownStale:
		next.StaleJWKSet = nil
	case next.StaleJWKSet == nil:
		now := p.jwks(next, p.ring.Published)
		next.StaleJWKSet = &now
	default:
		next.StaleJWKSet = next.StaleJWKSet.own()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = next
	return nil
}

// ownHeader returns a copy with canonical names, or nil.
func ownHeader(h http.Header) http.Header {
	if h == nil {
		return nil
	}
	own := make(http.Header, len(h))
	for name, values := range h {
		own[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	return own
}

func (p *publisher) validate(next Publication) error {
	modes := []WellKnownMode{"", WellKnownAlias, WellKnownNotFound, WellKnownStale}
	places := []MetadataPlace{MetadataAppended, MetadataInserted, MetadataOAuth}
	switch {
	case !slices.Contains(modes, next.WellKnown):
		return fmt.Errorf("mode is %q, want one of %s or nothing",
			next.WellKnown, words.Join(modes[1:]))
	case !slices.Contains(places, next.MetadataPlace):
		return fmt.Errorf("place is %q, want one of %s or nothing",
			next.MetadataPlace, words.Join(places[1:]))
	case next.MetadataPlace == MetadataInserted && pathOf(p.issuer) == "":
		return fmt.Errorf("place is %q, and the issuer %q has no path to insert it before",
			next.MetadataPlace, p.issuer)
	}
	return validateJWKSPath(next.JWKSPath)
}

// validateJWKSPath refuses paths that no request can have or that belong to
// another endpoint.
func validateJWKSPath(path string) error {
	switch path {
	case "", defaultJWKSPath, wellKnownJWKSPath:
		return nil
	case discoveryPath, oauthMetadataPath, authorizePath, tokenPath, userInfoPath, introspectPath, revokePath, logoutPath:
		return fmt.Errorf("%q is the path of another endpoint", path)
	}
	if signin.Owns(path) {
		return fmt.Errorf("%q is the path of another endpoint", path)
	}
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") ||
		strings.ContainsAny(path, "?#%") {
		return fmt.Errorf("%q, want a path like %q, unescaped and without empty segments",
			path, defaultJWKSPath)
	}
	return nil
}

// marshalled returns v as a document.
func marshalled(v any) Body { return Body{answer.Marshal(v), "application/json"} }

// Publish changes what the environment publishes about itself, for requests
// that arrive later. change is called once, with what is published now; it must
// not call back into the environment. Publish changes nothing and returns an
// error if a mode or a place is unknown, if a path belongs to another endpoint
// or does not start with a slash, and for [MetadataInserted] in the environment
// without a name, whose issuer has no path.
func (e *Environment) Publish(change func(*Publication)) error {
	return e.published.publish(change)
}
