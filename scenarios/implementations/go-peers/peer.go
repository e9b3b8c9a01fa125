package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// verify checks one token.
type verify func(raw string) error

// peer is an implementation under comparison.
type peer struct {
	name   string
	module string // the path of its module, for the version
	make   func(e *environment, alg string) (verify, error)
}

// peers are the implementations, ours first.
func peers() []peer {
	return []peer{
		{"assay", "github.com/assay-id/assay", newAssay},
		{"go-oidc", "github.com/coreos/go-oidc/v3", newGoOIDC},
		{"jwx v2", "github.com/lestrrat-go/jwx/v2", newJWX2},
		{"jwx v3", "github.com/lestrrat-go/jwx/v3", newJWX3},
		{"golang-jwt + keyfunc", "github.com/golang-jwt/jwt/v5", newGolangJWT},
		{"go-jose", "github.com/go-jose/go-jose/v4", newGoJOSE},
		{"zitadel", "github.com/zitadel/oidc/v3", newZitadel},
	}
}

// version returns the version of a module in this build.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			if dep.Replace != nil {
				return "(this tree)"
			}
			return dep.Version
		}
	}
	return ""
}

// prove makes a peer and returns it if it verifies what it is to be compared
// in. The error names everything that it accepts or refuses wrongly.
func (p *peer) prove(e *environment, alg string) (verify, error) {
	v, err := p.make(e, alg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	var errs []error
	if err := v(e.token(alg)); err != nil {
		errs = append(errs, fmt.Errorf("%s refuses a good %s token: %w", p.name, alg, err))
	}
	for what, raw := range map[string]string{
		"a forged":                  e.sign(alg, e.claims(nil), true),
		"an expired":                e.sign(alg, e.claims(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), false),
		"another issuer's":          e.sign(alg, e.claims(map[string]any{"iss": "https://evil.example"}), false),
		"another audience's":        e.sign(alg, e.claims(map[string]any{"aud": "somebody else"}), false),
		"a changed, once accepted,": e.token(alg) + "x",
	} {
		if v(raw) == nil {
			errs = append(errs, fmt.Errorf("%s accepts %s %s token", p.name, what, alg))
		}
	}
	return v, errors.Join(errs...)
}
