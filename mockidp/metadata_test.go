package mockidp_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

const metadataPath = "/.well-known/openid-configuration"

// TestMetadata checks the required metadata of Discovery 1.0, 3, and that
// everything advertised is there.
func TestMetadata(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t, startServer(t, mockidp.Config{}), "env", mockidp.EnvironmentConfig{})
	c := browser(t)
	r := get(t, c, e.Issuer()+metadataPath)
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	metadata := r.object(t)
	want := map[string]any{
		"issuer":                                e.Issuer(),
		"jwks_uri":                              e.Issuer() + "/keys",
		"authorization_endpoint":                e.Issuer() + "/oauth/authorize",
		"token_endpoint":                        e.Issuer() + "/oauth/token",
		"end_session_endpoint":                  e.Issuer() + "/oidc/logout",
		"response_types_supported":              []any{"code"},
		"subject_types_supported":               []any{"public"},
		"id_token_signing_alg_values_supported": []any{"RS256"},
		"code_challenge_methods_supported":      []any{"S256"},
		"request_uri_parameter_supported":       false,
		"scopes_supported":                      []any{"openid", "profile", "email", "offline_access"},
	}
	for name, value := range want {
		if diff := cmp.Diff(value, metadata[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, value := range metadata {
		uri, ok := value.(string)
		if !ok || !strings.HasSuffix(name, "_endpoint") && !strings.HasSuffix(name, "_uri") {
			continue
		}
		if answer := get(t, c, uri); answer.StatusCode == http.StatusNotFound {
			t.Errorf("%s is %s, where there is nothing", name, uri)
		}
	}
	got := login(t, c, relyingParty(e, e.Client()), with("nonce", "n"), with("max_age", "9"))
	_, claims := decode(t, got.idToken())
	supported := metadata["claims_supported"].([]any)
	for name := range claims {
		if !slices.Contains(supported, any(name)) {
			t.Errorf("the ID Token has %s, which claims_supported does not name", name)
		}
	}
}

func TestMetadataFollowsTheRing(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	if err := e.Ring().Rotate(keyring.SignAtOnce, source.Key("next", "EdDSA")); err != nil {
		t.Fatal(err)
	}
	got := get(t, c, e.Issuer()+metadataPath).object(t)["id_token_signing_alg_values_supported"]
	if diff := cmp.Diff([]any{"ES256", "EdDSA"}, got); diff != "" {
		t.Errorf("id_token_signing_alg_values_supported (-want +got):\n%s", diff)
	}
}

func TestPublishedMetadata(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	before := get(t, c, e.Issuer()+metadataPath)

	edit := func(d *mockidp.Document) {
		d.Set("issuer", "https://evil.example.com")
		d.Drop("jwks_uri", "token_endpoint")
		*d = append(*d, keyring.Member{Name: "issuer", Value: e.Issuer()})
	}
	publish(t, e, func(p *mockidp.Publication) { p.EditMetadata = edit })
	edited := get(t, c, e.Issuer()+metadataPath)
	if !strings.HasPrefix(string(edited.body), `{"issuer":"https://evil.example.com",`) {
		t.Errorf("the metadata starts with %.60s", edited.body)
	}
	if !strings.HasSuffix(string(edited.body), `"issuer":"`+e.Issuer()+`"}`) {
		t.Errorf("the second issuer is not there: %s", edited.body)
	}
	if _, ok := edited.object(t)["jwks_uri"]; ok {
		t.Errorf("jwks_uri is still there")
	}

	publish(t, e, func(p *mockidp.Publication) { p.Metadata = &mockidp.Body{Content: []byte("<html>"), Type: "text/html"} })
	planted := get(t, c, e.Issuer()+metadataPath)
	if string(planted.body) != "<html>" || planted.Header.Get("Content-Type") != "text/html" {
		t.Errorf("the planted metadata is %s %q", planted.Header.Get("Content-Type"), planted.body)
	}

	publish(t, e, func(p *mockidp.Publication) { p.Metadata, p.EditMetadata = nil, nil })
	if after := get(t, c, e.Issuer()+metadataPath); string(after.body) != string(before.body) {
		t.Errorf("the metadata after all is %s, want %s", after.body, before.body)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{JWKSPath: "/first/place.json"})
	c := browser(t)
	uri := func() string {
		s, _ := get(t, c, e.Issuer()+metadataPath).object(t)["jwks_uri"].(string)
		return s
	}
	for _, step := range []struct{ set, want, gone string }{
		{"", "/first/place.json", "/keys"},
		{"/second", "/second", "/first/place.json"},
		{"/.well-known/jwks.json", "/.well-known/jwks.json", "/second"},
		{"/keys", "/keys", "/second"},
	} {
		if step.set != "" {
			if err := e.Publish(func(p *mockidp.Publication) { p.JWKSPath = step.set }); err != nil {
				t.Fatal(err)
			}
		}
		if got := uri(); got != e.Issuer()+step.want || e.JWKSURI() != got {
			t.Errorf("jwks_uri is %q and JWKSURI() %q, want %s", got, e.JWKSURI(), step.want)
		}
		if _, kids := jwks(t, c, uri()); len(kids) != 1 {
			t.Errorf("the JWK Set at %s has %d keys, want 1", step.want, len(kids))
		}
		wantError(t, get(t, c, e.Issuer()+step.gone), http.StatusNotFound, "not_found")
	}
	if err := e.Publish(func(p *mockidp.Publication) { p.JWKSPath = "/oauth/token" }); err == nil {
		t.Errorf("Publish(/oauth/token) = nil, want an error")
	}
	if got := e.Counts()[fault.Keys]; got != 4 {
		t.Errorf("Counts()[keys] = %d, want 4", got)
	}
}

// TestMetadataIsOrdered compares two documents byte by byte.
func TestMetadataIsOrdered(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	first, second := get(t, c, e.Issuer()+metadataPath), get(t, c, e.Issuer()+metadataPath)
	if string(first.body) != string(second.body) || !json.Valid(first.body) {
		t.Errorf("two answers differ: %s and %s", first.body, second.body)
	}
}

// TestMetadataPlace demands that the metadata are where they were put, and
// nowhere else.
func TestMetadataPlace(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	root := newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	e := newEnvironment(t, s, "env", mockidp.EnvironmentConfig{})
	c := browser(t)
	const oauth = "/.well-known/oauth-authorization-server"
	tests := []struct {
		place mockidp.MetadataPlace
		at    []string
	}{
		{mockidp.MetadataAppended, []string{e.Issuer() + metadataPath}},
		{mockidp.MetadataInserted, []string{s.URL() + metadataPath + "/t/env"}},
		{mockidp.MetadataOAuth, []string{e.Issuer() + oauth, s.URL() + oauth + "/t/env"}},
	}
	for _, test := range tests {
		if err := e.Publish(func(p *mockidp.Publication) { p.MetadataPlace = test.place }); err != nil {
			t.Fatal(err)
		}
		for _, other := range tests {
			for _, at := range other.at {
				r := get(t, c, at)
				if other.place != test.place {
					wantError(t, r, http.StatusNotFound, "not_found")
				} else if got := r.object(t)["issuer"]; got != e.Issuer() {
					t.Errorf("place %q: the issuer at %s is %v, want %q",
						test.place, at, got, e.Issuer())
				}
			}
		}
	}
	for place, env := range map[mockidp.MetadataPlace]*mockidp.Environment{"elsewhere": e, mockidp.MetadataInserted: root} {
		if err := env.Publish(func(p *mockidp.Publication) { p.MetadataPlace = place }); err == nil || !strings.Contains(err.Error(), `place is "`+string(place)+`"`) {
			t.Errorf("Publish(%s) in %s = %v", place, env.Issuer(), err)
		}
	}
}
