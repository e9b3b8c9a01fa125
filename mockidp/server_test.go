package mockidp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		addr string
		want string
	}{
		{"all addresses", ":0", "not a loopback address"},
		{"all IPv4 addresses", "0.0.0.0:0", "UnsafeAllowNonLoopback"},
		{"all IPv6 addresses", "[::]:0", "not a loopback address"},
		{"a public address", "192.0.2.1:0", "not a loopback address"},
		{"a name", "example.com:0", "not a loopback address"},
		{"no port", "127.0.0.1", "want host:port"},
		{"no such port", "127.0.0.1:http-but-not-really", "listening on"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := mockidp.Start(t.Context(), mockidp.Config{ListenerConfig: mockidp.ListenerConfig{Addr: tt.addr}})
			if err == nil {
				s.Close(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Start(%q) = %v, want an error with %q", tt.addr, err, tt.want)
			}
		})
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		cfg  mockidp.Config
		want string
	}{
		{"default", mockidp.Config{}, "http://127.0.0.1:"},
		{"IPv4", mockidp.Config{ListenerConfig: mockidp.ListenerConfig{Addr: "127.0.0.2:0"}}, "http://127.0.0.2:"},
		{"unsafe", mockidp.Config{ListenerConfig: mockidp.ListenerConfig{Addr: "0.0.0.0:0", UnsafeAllowNonLoopback: true}}, "http://127.0.0.1:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, tt.cfg)
			if !strings.HasPrefix(s.URL(), tt.want) {
				t.Errorf("URL() = %q, want %s…", s.URL(), tt.want)
			}
			root := newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
			if root.Issuer() != s.URL() {
				t.Errorf("Issuer() = %q for the name \"\", want %q", root.Issuer(), s.URL())
			}
			if r := get(t, browser(t), root.Issuer()+"/keys"); r.StatusCode != http.StatusOK {
				t.Errorf("GET /keys answers %d, want 200", r.StatusCode)
			}
		})
	}
}

// TestSeed shows what derives from the seed and the name of an environment.
func TestSeed(t *testing.T) {
	t.Parallel()
	names := func(seed uint64, name string) []string {
		e := newEnvironment(t, startServer(t, mockidp.Config{Seed: seed}), name, mockidp.EnvironmentConfig{})
		var kids []string
		for _, k := range e.Ring().Published() {
			kids = append(kids, k.ID())
		}
		return append(kids, e.Client().ID, e.Client().Secret, e.Clients()[1].ID, e.User().ID, e.Organizations()[0].ID, e.Organizations()[0].ConnectionID)
	}
	first := names(7, "a")
	if diff := cmp.Diff(first, names(7, "a")); diff != "" {
		t.Errorf("the same seed and name (-first +second):\n%s", diff)
	}
	for _, other := range [][]string{names(8, "a"), names(7, "b")} {
		for i := range first {
			if first[i] == other[i] {
				t.Errorf("%s is the same with another seed or name", first[i])
			}
		}
	}
	for i, prefix := range []string{"snk_", "skc_", "", "skc_", "usr_", "org_", "conn_"} {
		if prefix != "" {
			wantForm(t, "identifier", first[i], prefix)
		}
	}
	if !strings.HasPrefix(first[2], "test_") || len(first[2]) != 45 {
		t.Errorf("secret is %q, want test_ and 40 characters", first[2])
	}

	random, err := mockidp.Start(t.Context(), mockidp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer random.Close(t.Context())
	if random.Seed() == 0 {
		t.Errorf("Seed() = 0 for a random seed")
	}
}

func TestNewEnvironmentRefuses(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	newEnvironment(t, s, "taken", mockidp.EnvironmentConfig{})
	key := s.Keys().Key("k", "EdDSA")
	client := mockidp.Client{ID: "c"}
	stray := mockidp.User{ID: "u", Memberships: []mockidp.Membership{{OrganizationID: "o"}}}
	tests := []struct {
		name string
		env  string
		cfg  mockidp.EnvironmentConfig
		want string
	}{
		{"taken name", "taken", mockidp.EnvironmentConfig{}, `already an environment "taken"`},
		{"name with a slash", "a/b", mockidp.EnvironmentConfig{}, `name is "a/b"`},
		{"name of the parent", "..", mockidp.EnvironmentConfig{}, `name is ".."`},
		{"negative lifetime", "x", mockidp.EnvironmentConfig{IDTokenLifetime: -1}, "IDTokenLifetime is -1ns"},
		{"nil key", "x", mockidp.EnvironmentConfig{Signing: []*keyring.Key{key, nil}}, "Signing has a nil key"},
		{"no key", "x", mockidp.EnvironmentConfig{Signing: []*keyring.Key{}}, "Signing is empty"},
		{"no client", "x", mockidp.EnvironmentConfig{Clients: []mockidp.Client{}}, "Clients is empty"},
		{"no user", "x", mockidp.EnvironmentConfig{Users: []mockidp.User{}}, "Users is empty"},
		{"client twice", "x", mockidp.EnvironmentConfig{Clients: []mockidp.Client{client, client}}, `two clients have the ID "c"`},
		{"client without ID", "x", mockidp.EnvironmentConfig{Clients: []mockidp.Client{{}}}, "client 0 has no ID"},
		{"user without ID", "x", mockidp.EnvironmentConfig{Users: []mockidp.User{{}}}, "user 0 has no ID"},
		{"organization twice", "x", mockidp.EnvironmentConfig{Organizations: []mockidp.Organization{{ID: "o"}, {ID: "o"}}}, `two organizations have the ID "o"`},
		{"stray membership", "x", mockidp.EnvironmentConfig{Users: []mockidp.User{stray}}, `member of the organization "o", which is not`},
		{"path of another endpoint", "x", mockidp.EnvironmentConfig{JWKSPath: "/oauth/token"}, `"/oauth/token" is the path of another endpoint`},
		{"relative path", "x", mockidp.EnvironmentConfig{JWKSPath: "keys"}, `"keys", want a path like "/keys"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := s.NewEnvironment(tt.env, tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewEnvironment(%q) = %v, want an error with %q", tt.env, err, tt.want)
			}
		})
	}
}

// TestConfigIsCopied changes the configuration after it was used.
func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	clients := []mockidp.Client{{ID: "c", Secret: "s", RedirectURIs: []string{callback}}}
	users := []mockidp.User{{ID: "u", Memberships: []mockidp.Membership{{OrganizationID: "o", Roles: []string{"r"}}}}}
	e := only(t, mockidp.EnvironmentConfig{Clients: clients, Users: users, Organizations: []mockidp.Organization{{ID: "o"}}})
	users[0].Memberships[0].Roles[0] = "changed"
	e.User().Memberships[0].Roles[0] = "changed"
	e.Users()[0].Memberships[0].OrganizationID = "changed"
	if got := e.User(); got.Memberships[0].Roles[0] != "r" || got.Memberships[0].OrganizationID != "o" {
		t.Errorf("User() = %+v", got)
	}
	clients[0].ID = "changed"
	clients[0].RedirectURIs[0] = "https://evil.example.com/callback"
	e.Client().RedirectURIs[0] = "https://evil.example.com/callback"
	if got := e.Client(); got.ID != "c" || got.RedirectURIs[0] != callback {
		t.Errorf("Client() = %+v", got)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	e := newEnvironment(t, s, "gone", mockidp.EnvironmentConfig{})
	other := newEnvironment(t, s, "stays", mockidp.EnvironmentConfig{})
	c := browser(t)
	if err := e.Faults().Add(fault.Fault{ID: "hang", Kind: fault.Hang}); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() {
		response, err := c.Get(e.Issuer() + "/keys")
		if err == nil {
			response.Body.Close()
		}
		waiting <- err
	}()
	waitFor(t, func() bool { return e.Counts()[fault.Keys] == 1 })
	s.Remove("gone")
	s.Remove("never was")
	if err := <-waiting; err == nil {
		t.Errorf("a hanging request was answered after its environment was removed")
	}
	wantError(t, get(t, c, e.Issuer()+"/keys"), http.StatusNotFound, "not_found")
	if r := get(t, c, other.Issuer()+"/keys"); r.StatusCode != http.StatusOK {
		t.Errorf("the other environment answers %d", r.StatusCode)
	}
	if _, err := s.NewEnvironment("gone", mockidp.EnvironmentConfig{}); err != nil {
		t.Errorf("NewEnvironment() = %v for a name that is free again", err)
	}
}

func TestEnvironmentsAreIsolated(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	source := keyring.NewSource(9)
	a := newEnvironment(t, s, "a", mockidp.EnvironmentConfig{Signing: []*keyring.Key{source.Key("a", "ES256")}})
	b := newEnvironment(t, s, "b", mockidp.EnvironmentConfig{Signing: []*keyring.Key{source.Key("b", "ES256")}})
	c := browser(t)
	got := login(t, c, relyingParty(a, a.Client()))
	_, claims := verify(t, c, a, got.idToken())
	if claims["iss"] != a.Issuer() {
		t.Errorf("iss is %v, want %s", claims["iss"], a.Issuer())
	}
	keys, _ := jwks(t, c, b.Issuer()+"/keys")
	header, _ := decode(t, got.idToken())
	if keys[header["kid"].(string)] != nil {
		t.Errorf("b publishes the key of a")
	}
	wantError(t, post(t, c, b.Issuer()+"/oauth/token", redemption(a, got.code)), http.StatusUnauthorized, "invalid_client")
	wantError(t, refresh(t, c, b, got.RefreshToken), http.StatusBadRequest, "invalid_grant")
	if active(t, c, b, got.AccessToken) {
		t.Errorf("b holds the access token of a for active")
	}
	if n := a.Counts()[fault.Token]; n != 1 {
		t.Errorf("a counts %d token requests, want its own 1", n)
	}
	if r := refresh(t, c, a, got.RefreshToken); r.StatusCode != http.StatusOK {
		t.Errorf("the refresh token is spent after b has refused it: %s", r.body)
	}
}

// TestSharedKeyMaterial shows what KeyName does.
func TestSharedKeyMaterial(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	a := newEnvironment(t, s, "a", mockidp.EnvironmentConfig{}).Ring().Signing()
	b := newEnvironment(t, s, "b", mockidp.EnvironmentConfig{}).Ring().Signing()
	other := newEnvironment(t, s, "c", mockidp.EnvironmentConfig{KeyName: "staging"}).Ring().Signing()
	if !a.Same(b) || a.ID() == b.ID() {
		t.Errorf("the default keys are %s and %s, the same: %v; want one key under two IDs",
			a.ID(), b.ID(), a.Same(b))
	}
	if a.Same(other) {
		t.Errorf("another KeyName has the same key")
	}
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{http.MethodPost, "/keys", 405, "GET, HEAD"},
		{http.MethodDelete, "/.well-known/openid-configuration", 405, "GET, HEAD"},
		{http.MethodGet, "/oauth/token", 405, "POST"},
		{http.MethodPut, "/oauth/authorize", 405, "GET, POST"},
		{http.MethodGet, "/oauth/introspect", 405, "POST"},
		{http.MethodGet, "/revoke", 405, "POST"},
		{http.MethodPatch, "/userinfo", 405, "GET, POST"},
		{http.MethodHead, "/keys", 200, ""},
		{http.MethodHead, "/.well-known/openid-configuration", 200, ""},
		{http.MethodGet, "/keys/", 404, ""},
		{http.MethodGet, "/KEYS", 404, ""},
		{http.MethodGet, "/", 404, ""},
		{http.MethodGet, "", 404, ""},
		{http.MethodGet, "/.well-known/oauth-authorization-server", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), tt.method, e.Issuer()+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := do(t, c, r)
			if got.StatusCode != tt.status {
				t.Errorf("status is %d, want %d: %s", got.StatusCode, tt.status, got.body)
			}
			if allow := got.Header.Get("Allow"); allow != tt.allow {
				t.Errorf("Allow is %q, want %q", allow, tt.allow)
			}
			if tt.method == http.MethodHead && len(got.body) > 0 {
				t.Errorf("HEAD has a body of %d bytes", len(got.body))
			}
		})
	}
}

// TestHealth asks before there is an environment and after.
func TestHealth(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	c := browser(t)
	if r := get(t, c, s.URL()+"/healthz"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without an environment: %d %s", r.StatusCode, r.body)
	}
	e := newEnvironment(t, s, "acme", mockidp.EnvironmentConfig{Alg: "ES256", NoDecoys: true})
	if r := get(t, c, s.URL()+"/healthz"); r.StatusCode != http.StatusOK {
		t.Errorf("with an environment: %d %s", r.StatusCode, r.body)
	}
	if n := len(e.Requests()); n != 0 {
		t.Errorf("%d requests are logged", n)
	}
}
