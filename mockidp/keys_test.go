package mockidp_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestRotationIsServed looks at each mode through /keys and through the
// tokens of a login, as a Relying Party would.
func TestRotationIsServed(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	k1, k2 := source.Key("k1", "ES256").WithID("k1"), source.Key("k2", "ES256").WithID("k2")
	rotate := func(mode keyring.Mode, next *keyring.Key) func(*keyring.Ring) error {
		return func(r *keyring.Ring) error { return r.Rotate(mode, next) }
	}
	tests := []struct {
		mode    keyring.Mode
		steps   []func(*keyring.Ring) error
		served  []string // per request
		kid     string   // the kid of new tokens
		matches bool     // the published key with that kid verifies them
	}{
		{keyring.PublishThenSign, []func(*keyring.Ring) error{rotate(keyring.PublishThenSign, k2)}, []string{"k1 k2", "k1 k2"}, "k1", true},
		{keyring.PublishThenSign + " and promote", []func(*keyring.Ring) error{
			rotate(keyring.PublishThenSign, k2), func(r *keyring.Ring) error { return r.Promote("k2") },
		}, []string{"k1 k2"}, "k2", true},
		{keyring.SignAtOnce, []func(*keyring.Ring) error{rotate(keyring.SignAtOnce, k2)}, []string{"k1 k2"}, "k2", true},
		{keyring.DropOld, []func(*keyring.Ring) error{rotate(keyring.DropOld, k2)}, []string{"k2"}, "k2", true},
		{keyring.KidReuse, []func(*keyring.Ring) error{rotate(keyring.KidReuse, k2)}, []string{"k1"}, "k1", true},
		{keyring.Unpublished, []func(*keyring.Ring) error{rotate(keyring.Unpublished, k2)}, []string{"k1"}, "k2", false},
		{keyring.Rollback, []func(*keyring.Ring) error{
			rotate(keyring.SignAtOnce, k2), rotate(keyring.Rollback, nil),
		}, []string{"k1"}, "k2", false},
		{keyring.Flapping, []func(*keyring.Ring) error{rotate(keyring.Flapping, k2)}, []string{"k1", "k1 k2", "k1", "k1 k2"}, "k2", false},
	}
	for _, tt := range tests {
		t.Run(string(tt.mode), func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{Signing: []*keyring.Key{k1}})
			c := browser(t)
			etag := get(t, c, e.Issuer()+"/keys").Header.Get("ETag")
			before := e.JWKSet()
			for _, step := range tt.steps {
				if err := step(e.Ring()); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range tt.served {
				_, kids := jwks(t, c, e.Issuer()+"/keys")
				if got := strings.Join(kids, " "); got != want {
					t.Errorf("request %d sees %q, want %q", i, got, want)
				}
			}
			if tt.mode == keyring.KidReuse {
				if r := get(t, c, e.Issuer()+"/keys"); r.Header.Get("ETag") == etag || string(r.body) == string(before) {
					t.Errorf("the JWK Set is the same as before")
				}
			}
			got := login(t, c, relyingParty(e, e.Client()))
			header, _ := decode(t, got.idToken())
			if header["kid"] != tt.kid {
				t.Errorf("kid is %v, want %s", header["kid"], tt.kid)
			}
			if tt.matches {
				verify(t, c, e, got.idToken())
			}
		})
	}
}

func TestDecoys(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	e := newEnvironment(t, s, "decoys", mockidp.EnvironmentConfig{})
	other := newEnvironment(t, s, "other", mockidp.EnvironmentConfig{})
	c := browser(t)
	keys, kids := jwks(t, c, e.Issuer()+"/keys")
	var shapes []string
	for _, kid := range kids {
		var k struct{ Kty, Use, Alg string }
		if err := json.Unmarshal(keys[kid], &k); err != nil {
			t.Fatal(err)
		}
		shapes = append(shapes, k.Kty+" "+k.Use+" "+k.Alg)
	}
	want := []string{
		"RSA sig RS256", "EC sig ES256", "OKP sig EdDSA",
		"RSA sig RS256", // the real one
		"RSA enc RSA-OAEP-256", "EC sig ES384", "AKP sig ML-DSA-44",
	}
	if diff := cmp.Diff(want, shapes); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if len(keys) != len(kids) {
		t.Errorf("kids are not distinct: %q", kids)
	}
	if kids[3] != e.Ring().Signing().ID() {
		t.Errorf("the key that signs is not the fourth: %q", kids)
	}
	_, otherKids := jwks(t, c, other.Issuer()+"/keys")
	for _, kid := range kids {
		if slices.Contains(otherKids, kid) {
			t.Errorf("two environments publish the kid %s", kid)
		}
	}
	verify(t, c, e, login(t, c, relyingParty(e, e.Client())).idToken())
}

func TestKeysHeaders(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	url := e.Issuer() + "/keys"
	first := get(t, c, url)
	etag := first.Header.Get("ETag")
	if got := first.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control is %q", got)
	}
	if got := first.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	conditional := func(ifNoneMatch string) reply {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", ifNoneMatch)
		return do(t, c, r)
	}
	for _, tt := range []struct {
		value  string
		status int
	}{
		{etag, 304},
		{`"x", ` + etag, 304},
		{"W/" + etag, 304},
		{"*", 304},
		{`"x"`, 200},
		{strings.Trim(etag, `"`), 200},
	} {
		r := conditional(tt.value)
		if r.StatusCode != tt.status {
			t.Errorf("If-None-Match: %s answers %d, want %d", tt.value, r.StatusCode, tt.status)
		}
		if r.StatusCode == 304 && (len(r.body) > 0 || r.Header.Get("ETag") != etag || r.Header.Get("Cache-Control") == "") {
			t.Errorf("the 304 has %d bytes and the header %v", len(r.body), r.Header)
		}
	}

	publish(t, e, func(p *mockidp.Publication) { p.KeysHeader = http.Header{"cache-control": {"no-store"}, "Age": {"50"}} })
	r := conditional(etag)
	if r.StatusCode != 200 || r.Header.Get("ETag") != "" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Age") != "50" {
		t.Errorf("with headers of the test: %d %v", r.StatusCode, r.Header)
	}
	publish(t, e, func(p *mockidp.Publication) { p.KeysHeader = http.Header{"ETag": {`"mine"`}, "Content-Type": {}} })
	if r := get(t, c, url); r.Header.Get("ETag") != `"mine"` || len(r.Header.Values("Content-Type")) > 0 {
		t.Errorf("with an ETag and no Content-Type: %v", r.Header)
	}
	if r := conditional(`"mine"`); r.StatusCode != 304 {
		t.Errorf("the ETag of the test does not match: %d", r.StatusCode)
	}
	publish(t, e, func(p *mockidp.Publication) { p.KeysHeader = nil })
	if r := get(t, c, url); r.Header.Get("ETag") != etag {
		t.Errorf("ETag is %q after a return to the default, want %q", r.Header.Get("ETag"), etag)
	}
}

func TestPublishedJWKSet(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	genuine := e.JWKSet()
	planted := []byte(`{"keys":[]}<!-- cdn -->`)
	publish(t, e, func(p *mockidp.Publication) {
		p.JWKSet = &mockidp.Body{Content: planted, Type: "application/jwk-set+json"}
	})
	planted[0] = 'X'
	r := get(t, c, e.Issuer()+"/keys")
	if string(r.body) != `{"keys":[]}<!-- cdn -->` || r.Header.Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("GET /keys answers %s %q", r.Header.Get("Content-Type"), r.body)
	}
	if got := e.JWKSet(); string(got) != string(r.body) {
		t.Errorf("JWKSet() = %q, want what is served", got)
	}
	publish(t, e, func(p *mockidp.Publication) { p.JWKSet = &mockidp.Body{} })
	if r := get(t, c, e.Issuer()+"/keys"); r.StatusCode != 200 || len(r.body) != 0 {
		t.Errorf("an empty JWK Set is served as %d %q", r.StatusCode, r.body)
	}
	publish(t, e, func(p *mockidp.Publication) { p.JWKSet = nil })
	if r := get(t, c, e.Issuer()+"/keys"); string(r.body) != string(genuine) {
		t.Errorf("GET /keys answers %q after all, want the ring", r.body)
	}
}

func TestWellKnownJWKS(t *testing.T) {
	t.Parallel()
	next := keyring.NewSource(1).Key("next", "EdDSA")
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	alias := e.Issuer() + "/.well-known/jwks.json"
	old := e.Ring().Signing().ID()
	kids := func() []string {
		_, kids := jwks(t, c, alias)
		return kids
	}
	if got := kids(); !slices.Equal(got, []string{old}) {
		t.Errorf("the alias has %q", got)
	}
	publish(t, e, func(p *mockidp.Publication) { p.WellKnown = mockidp.WellKnownStale })
	if err := e.Ring().Rotate(keyring.DropOld, next); err != nil {
		t.Fatal(err)
	}
	if got := kids(); !slices.Equal(got, []string{old}) {
		t.Errorf("the stale copy has %q, want %q", got, old)
	}
	if _, got := jwks(t, c, e.Issuer()+"/keys"); !slices.Equal(got, []string{next.ID()}) {
		t.Errorf("/keys has %q, want %q", got, next.ID())
	}
	publish(t, e, func(p *mockidp.Publication) { p.WellKnown = mockidp.WellKnownNotFound })
	wantError(t, get(t, c, alias), http.StatusNotFound, "not_found")
	publish(t, e, func(p *mockidp.Publication) { p.WellKnown = mockidp.WellKnownAlias })
	if got := kids(); !slices.Equal(got, []string{next.ID()}) {
		t.Errorf("the alias has %q, want %q", got, next.ID())
	}
	if err := e.Publish(func(p *mockidp.Publication) { p.WellKnown = "gone" }); err == nil || !strings.Contains(err.Error(), `mode is "gone"`) {
		t.Errorf("Publish(gone) = %v", err)
	}
}
