package mockidp

import "net/http"

// The setters of this file are shorthands for Publish.

// SetJWKSet serves body instead of the JWK Set.
func (e *Environment) SetJWKSet(body []byte, contentType string) {
	_ = e.Publish(func(p *Publication) { p.JWKSet = newBody(body, contentType) })
}

// SetKeysHeaders sends h with the JWK Set.
func (e *Environment) SetKeysHeaders(h http.Header) {
	_ = e.Publish(func(p *Publication) { p.KeysHeader = h })
}

// SetJWKSPath moves the JWK Set.
func (e *Environment) SetJWKSPath(path string) error {
	return e.Publish(func(p *Publication) { p.JWKSPath = path })
}

// SetWellKnownJWKS says what /.well-known/jwks.json answers.
func (e *Environment) SetWellKnownJWKS(mode WellKnownMode) error {
	return e.Publish(func(p *Publication) { p.WellKnown, p.StaleJWKSet = mode, nil })
}

// SetDiscovery lets edit change the provider metadata.
func (e *Environment) SetDiscovery(edit func(*Document)) {
	_ = e.Publish(func(p *Publication) { p.EditMetadata = edit })
}

// SetDiscoveryBody serves body instead of the provider metadata.
func (e *Environment) SetDiscoveryBody(body []byte, contentType string) {
	_ = e.Publish(func(p *Publication) { p.Metadata = newBody(body, contentType) })
}

// SetMetadataPlace moves the provider metadata.
func (e *Environment) SetMetadataPlace(place MetadataPlace) error {
	return e.Publish(func(p *Publication) { p.MetadataPlace = place })
}

func newBody(content []byte, contentType string) *Body {
	if content == nil {
		return nil
	}
	return &Body{content, contentType}
}
