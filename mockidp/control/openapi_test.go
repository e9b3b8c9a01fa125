package control_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

// document is the OpenAPI document as JSON.
func document(t *testing.T) map[string]any {
	t.Helper()
	text, err := yaml.YAMLToJSON(control.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

// checker is a transport that holds everything that passes against the
// document.
type checker struct {
	t        *testing.T
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu   sync.Mutex
	seen map[string]bool // operations that have succeeded
}

func newChecker(t *testing.T) *checker {
	c := &checker{t: t, doc: document(t), compiler: jsonschema.NewCompiler(), seen: make(map[string]bool)}
	if err := c.compiler.AddResource("openapi.json", c.doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// at follows names down from v, and references on the way. It returns where
// it ends as a JSON Pointer, and what is there, or nothing.
func (c *checker) at(names ...string) (pointer string, v any) {
	v = any(c.doc)
	for _, name := range names {
		object, ok := v.(map[string]any)
		if !ok || object[name] == nil {
			return "", nil
		}
		v = object[name]
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if object, ok := v.(map[string]any); ok {
			if ref, ok := object["$ref"].(string); ok {
				pointer, v = c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
		}
	}
	return pointer, v
}

// template returns the path of the document that a path is an instance of.
func (c *checker) template(path string) string {
	_, paths := c.at("paths")
	have := strings.Split(path, "/")
	for _, template := range slices.Sorted(maps.Keys(paths.(map[string]any))) {
		parts := strings.Split(template, "/")
		if slices.EqualFunc(parts, have, func(a, b string) bool { return a == b || strings.HasPrefix(a, "{") && b != "" }) {
			return template
		}
	}
	return ""
}

func (c *checker) validate(what, pointer string, text []byte) {
	schema, err := c.compiler.Compile("openapi.json#" + pointer)
	if err != nil {
		c.t.Errorf("%s: %v", what, err)
		return
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		c.t.Errorf("%s is not JSON: %v: %s", what, err, text)
		return
	}
	if err := schema.Validate(v); err != nil {
		c.t.Errorf("%s: %v\n%s", what, err, text)
	}
}

func (c *checker) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	method := strings.ToLower(r.Method)
	operation := r.Method + " " + c.template(r.URL.Path)
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body := response.Body
	var got json.RawMessage
	if operation == "POST /loan" && response.StatusCode == http.StatusOK { // which lasts
		err = json.NewDecoder(body).Decode(&got)
	} else {
		got, err = io.ReadAll(body)
		body.Close()
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(got), body}
	if err != nil {
		return nil, err
	}
	_, described := c.at("paths", c.template(r.URL.Path), method, "responses", fmt.Sprint(response.StatusCode))
	if described == nil {
		c.t.Errorf("%s answers %d, which is not described", operation, response.StatusCode)
		return response, nil
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	pointer, schema := c.at("paths", c.template(r.URL.Path), method, "responses", fmt.Sprint(response.StatusCode), "content", kind, "schema")
	switch {
	case response.StatusCode == http.StatusNoContent:
		if len(got) > 0 {
			c.t.Errorf("%s answers 204 and %q", operation, got)
		}
	case schema == nil:
		c.t.Errorf("%s answers %d with %q, which is not described", operation, response.StatusCode, kind)
	case strings.HasSuffix(kind, "json"):
		c.validate("the answer of "+operation, pointer, got)
	}
	if response.StatusCode >= 400 {
		return response, nil
	}
	c.seen[operation] = true
	pointer, schema = c.at("paths", c.template(r.URL.Path), method, "requestBody", "content", "application/json", "schema")
	if (schema == nil) != (len(sent) == 0) {
		c.t.Errorf("%s was sent %q, and the document has the schema %v", operation, sent, schema)
	} else if schema != nil {
		c.validate("the request of "+operation, pointer, sent)
	}
	return response, nil
}

// TestOpenAPI does everything that there is, and holds every request and
// answer against the document.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	checked := newChecker(t)
	c := &control.Client{URL: api.URL(), HTTP: &http.Client{Transport: checked}}
	made := tryEnvironments(t, c, idp)
	tryFaults(t, c, made)
	tryKeys(t, c, made.Name)
	tryServing(t, c, made)
	tryTokens(t, c, made, idp.Environment(made.Name).Connections()[0].ID)
	tryPeople(t, c, made)
	tryListeners(t, c)
	tryLoan(t, c, made)
	for _, path := range []string{"/openapi.yaml", "/ca.pem", "/metrics"} {
		if err := c.Do(t.Context(), http.MethodGet, path, nil, nil); err != nil {
			t.Error(err)
		}
	}
	if err := c.Remove(t.Context(), made.Name); err != nil {
		t.Error(err)
	}

	var described []string
	_, paths := checked.at("paths")
	for path, item := range paths.(map[string]any) {
		for method := range item.(map[string]any) {
			operation := strings.ToUpper(method) + " " + path
			if method == "parameters" {
				continue
			}
			described = append(described, operation)
			if !checked.seen[operation] {
				t.Errorf("%s is described and was not tried", operation)
			}
		}
	}
	slices.Sort(described)
	if diff := cmp.Diff(api.Patterns(), described); diff != "" {
		t.Errorf("the document describes other endpoints than there are (-there +described):\n%s",
			diff)
	}
}

func tryEnvironments(t *testing.T, c *control.Client, idp *mockidp.Server) control.Environment {
	t.Helper()
	made, err := c.Create(t.Context(), control.Spec{
		Name: "a", Alg: "ES256", KeyName: "own", LoginPage: true, ModularSSO: true, LinkSameBrowser: true,
		Serving: control.Serving{WellKnownJWKS: mockidp.WellKnownStale, KeysHeader: http.Header{"Age": {"7"}}},
		People:  "organizations:\n  - id: org_1\nusers:\n  - id: usr_1\n    email: a@example.com\n", RefreshGrace: control.Duration(1e9), IDTokenLifetime: control.Duration(60e9),
		Rotation: &control.Rotation{Every: control.Duration(60e9), Overlap: control.Duration(10e9), Mode: keyring.SignAtOnce},
	})
	if err != nil || made.Issuer != idp.URL()+"/t/a" || made.Clients[0].Secret == "" {
		t.Fatalf("Create() = %+v, %v", made, err)
	}
	all, err := c.Environments(t.Context())
	if diff := cmp.Diff([]control.Environment{made}, all); diff != "" || err != nil {
		t.Errorf("Environments() = %v (-want +got):\n%s", err, diff)
	}
	var one control.Environment
	if err := c.Do(t.Context(), http.MethodGet, "/environments/a", nil, &one); err != nil || !cmp.Equal(one, made) {
		t.Errorf("GET /environments/a = %+v, %v", one, err)
	}
	people, err := c.Users(t.Context(), "a")
	if err != nil || len(people) != 1 || people[0].ID != "usr_1" || !people[0].Active {
		t.Errorf("Users() = %+v, %v", people, err)
	}
	if mails, err := c.Outbox(t.Context(), "a"); err != nil || len(mails) != 0 {
		t.Errorf("Outbox() = %+v, %v", mails, err)
	}
	return made
}

func tryFaults(t *testing.T, c *control.Client, e control.Environment) {
	t.Helper()
	ctx := t.Context()
	_, err := c.Populate(ctx, e.Name,
		fault.Fault{ID: "down", Where: fault.Keys, Kind: fault.Status, Attributes: fault.Attributes{Status: 503, Body: []byte{0xff}}, Count: 2},
		fault.Fault{ID: "slow", Kind: fault.Delay, Attributes: fault.Attributes{Delay: 1}},
	)
	if err := errors.Join(err, c.SetBudget(ctx, e.Name, control.Budget{InARow: 3})); err != nil {
		t.Fatal(err)
	}
	if r := fetch(t, e.JWKSURI, nil); r.StatusCode != 503 {
		t.Errorf("the keys answer %d, want 503", r.StatusCode)
	}
	if planted, err := c.Faults(ctx, e.Name); err != nil || len(planted) != 2 || planted[0].Count != 1 {
		t.Errorf("Faults() = %+v, %v", planted, err)
	}
	applied, err := c.Applications(ctx, e.Name, control.Filter{FaultID: "down"})
	if err != nil || len(applied) != 1 || applied[0].Kind != fault.Status || applied[0].Path != "/keys" {
		t.Errorf("Applications() = %+v, %v", applied, err)
	}
	if err := errors.Join(c.RemoveFault(ctx, e.Name, "slow"), c.ResetFaults(ctx, e.Name)); err != nil {
		t.Error(err)
	}
	fetch(t, e.Discovery, nil)
	asked, err := c.Requests(ctx, e.Name, control.Filter{Since: 1, Limit: 5, Endpoint: fault.Discovery, UserAgent: "Go-http"})
	if err != nil || len(asked) != 1 || asked[0].Number != 2 || asked[0].Status != 200 {
		t.Errorf("Requests() = %+v, %v", asked, err)
	}
}

func tryKeys(t *testing.T, c *control.Client, name string) {
	t.Helper()
	ctx := t.Context()
	// The last one ends the flapping.
	for _, mode := range append(keyring.Modes(), keyring.SignAtOnce) {
		if _, err := c.Rotate(ctx, name, control.Turn{Mode: mode}); err != nil {
			t.Error(err)
		}
	}
	keys, err := c.Promote(ctx, name, "")
	if err != nil || keys.Signing != keys.Published[len(keys.Published)-1] {
		t.Fatalf("Promote() = %+v, %v", keys, err)
	}
	before := len(keys.Published)
	if keys, err = c.Retire(ctx, name, keys.Signing.ID); err != nil || len(keys.Published) != before-1 {
		t.Errorf("Retire() = %+v, %v, want %d keys", keys, err, before-1)
	}
	keys, err = c.Follow(ctx, name, control.Rotation{Every: control.Duration(90e9), Mode: keyring.DropOld})
	if err != nil || keys.Rotation == nil || keys.Rotation.Mode != keyring.DropOld {
		t.Errorf("Follow() = %+v, %v", keys, err)
	}
	if _, err := c.Follow(ctx, name, control.Rotation{}); err != nil {
		t.Error(err)
	}
	keys, err = c.Keys(ctx, name)
	if err != nil || keys.Rotation != nil || len(keys.Changes) != int(keys.Generation)+1 {
		t.Errorf("Keys() = %+v, %v", keys, err)
	}
}

func tryServing(t *testing.T, c *control.Client, e control.Environment) {
	t.Helper()
	if r := fetch(t, e.JWKSURI, nil); r.Header.Get("Age") != "7" || r.Header.Get("ETag") != "" {
		t.Errorf("the header of the keys is %v", r.Header)
	}
	err := c.Serve(t.Context(), e.Name, control.Serving{WellKnownJWKS: mockidp.WellKnownNotFound, KeysHeader: http.Header{"Cache-Control": {"no-store"}}})
	if r := fetch(t, e.JWKSURI, nil); err != nil || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Serve() = %v, and the header of the keys is %v", err, r.Header)
	}
	if r := fetch(t, e.Issuer+"/.well-known/jwks.json", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("the alias of the keys answers %d, want 404", r.StatusCode)
	}
	if err := c.Serve(t.Context(), e.Name, control.Serving{}); err != nil {
		t.Error(err)
	}
	if r := fetch(t, e.Issuer+"/.well-known/jwks.json", nil); r.StatusCode != http.StatusOK || r.Header.Get("ETag") == "" {
		t.Errorf("by default the alias of the keys answers %d with %v", r.StatusCode, r.Header)
	}
}

func tryTokens(t *testing.T, c *control.Client, e control.Environment, connection string) {
	t.Helper()
	order := control.Order{Request: map[string]string{"client_id": e.Clients[1].ID, "connection_id": connection}}
	order.Change.Claims.Set = keyring.Object{{Name: "sub", Value: "usr_other"}}
	order.Change.TamperClaims.Drop = []string{"exp"}
	token, err := c.Forge(t.Context(), e.Name, order)
	if err != nil {
		t.Fatal(err)
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`"sub":"usr_other"`)) || !bytes.Contains(text, []byte(e.Clients[1].ID)) || bytes.Contains(text, []byte(`"exp"`)) {
		t.Errorf("Forge() made a token with the claims %s", text)
	}
	var refused *control.Problem
	if _, err := c.Forge(t.Context(), e.Name, control.Order{Kind: "refresh_token"}); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity {
		t.Errorf("Forge(refresh_token) = %v, want status 422", err)
	}
}

// tryLogins starts logins that no application has asked for.
func tryLogins(t *testing.T, c *control.Client, e control.Environment) {
	t.Helper()
	var refused *control.Problem
	if to, err := c.StartLogin(t.Context(), e.Name, control.LoginStart{}); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity || !strings.Contains(refused.Error(), "clients set ID --initiate-login-uri URI") {
		t.Errorf("StartLogin() without a URI = %q, %v", to, err)
	}
	if _, err := c.PatchClient(t.Context(), e.Name, "skc_new", map[string]any{"initiate_login_uri": "http://localhost:3000/login"}); err != nil {
		t.Fatal(err)
	}
	to, err := c.StartLogin(t.Context(), e.Name, control.LoginStart{ClientID: "skc_new", Query: map[string]string{"theme": "dark"}})
	if err != nil || to != "http://localhost:3000/login?theme=dark" {
		t.Errorf("StartLogin() = %q, %v", to, err)
	}
	connections, err := c.Organizations(t.Context(), e.Name)
	if err != nil || len(connections) == 0 {
		t.Fatal(err)
	}
	to, err = c.StartLogin(t.Context(), e.Name, control.LoginStart{IdP: &control.IdPStart{UserID: "usr_1", ConnectionID: connections[0].ConnectionID, RelayState: "x"}})
	if err != nil || !strings.HasPrefix(to, "http://localhost:3000/login?idp_initiated_login=ey") {
		t.Errorf("StartLogin() at an identity provider = %q, %v", to, err)
	}
}

// trySecondFactors requires one, and gives a user an authenticator app.
func trySecondFactors(t *testing.T, c *control.Client, e control.Environment) {
	t.Helper()
	var refused *control.Problem
	if code, err := c.TOTP(t.Context(), e.Name, "usr_new"); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("TOTP() without an app = %q, %v, want status 409", code, err)
	}
	user, err := c.PatchUser(t.Context(), e.Name, "usr_new", map[string]any{"totp_secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"})
	if err != nil || !user.HasTOTP || user.TOTPSecret != "" {
		t.Errorf("PatchUser() of the TOTP secret = %+v, %v", user, err)
	}
	if code, err := c.TOTP(t.Context(), e.Name, "usr_new"); err != nil || len(code) != 6 {
		t.Errorf("TOTP() = %q, %v", code, err)
	}
	all, err := c.Organizations(t.Context(), e.Name)
	if err != nil || len(all) == 0 {
		t.Fatalf("Organizations() = %+v, %v", all, err)
	}
	o, err := c.PatchOrganization(t.Context(), e.Name, all[0].ID, map[string]any{"mfa": []string{"email"}})
	if err != nil || len(o.MFA) != 1 || o.ConnectionID != all[0].ConnectionID {
		t.Errorf("PatchOrganization() = %+v, %v", o, err)
	}
	if _, err := c.PatchOrganization(t.Context(), e.Name, "org_nowhere", map[string]any{"name": "x"}); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("PatchOrganization() of an unknown one = %v, want status 404", err)
	}
}

func tryPeople(t *testing.T, c *control.Client, e control.Environment) {
	t.Helper()
	if response, err := http.Get(e.Issuer + "/oauth/authorize?client_id=" + e.Clients[0].ID + "&redirect_uri=https://evil.example"); err != nil {
		t.Error(err)
	} else {
		response.Body.Close()
	}
	if all, err := c.Attempts(t.Context(), e.Name); err != nil || len(all) == 0 || all[len(all)-1].Status != "failure" || all[len(all)-1].Reason == "" {
		t.Errorf("Attempts() = %+v, %v", all, err)
	}
	const uri = "http://localhost:3000/callback"
	client, err := c.PatchClient(t.Context(), e.Name, "skc_new", map[string]any{"secret": "test_new", "redirect_uris": []string{uri}})
	if err != nil || client.ID != "skc_new" || !slices.Equal(client.RedirectURIs, []string{uri}) {
		t.Errorf("PatchClient() = %+v, %v", client, err)
	}
	client, err = c.PatchClient(t.Context(), e.Name, "skc_new", map[string]any{"redirect_uris": []string{}, "exact_ports": true})
	if err != nil || client.Secret != "test_new" || len(client.RedirectURIs) != 0 || !client.ExactPorts {
		t.Errorf("PatchClient() of a part = %+v, %v", client, err)
	}
	user, err := c.PatchUser(t.Context(), e.Name, "usr_new", map[string]any{
		"email": "new@example.com", "password": "correct-horse", "organizations": []control.Membership{},
	})
	if err != nil || !user.Active || !user.HasPassword || user.Password != "" {
		t.Errorf("PatchUser() = %+v, %v", user, err)
	}
	user, err = c.PatchUser(t.Context(), e.Name, "usr_new", map[string]any{"active": false})
	if err != nil || user.Active || !user.HasPassword || user.Email != "new@example.com" {
		t.Errorf("PatchUser() of a part = %+v, %v", user, err)
	}
	trySecondFactors(t, c, e)
	tryLogins(t, c, e)
	var refused *control.Problem
	for id, change := range map[string]map[string]any{
		"usr_new": {"organizations": []control.Membership{{OrganizationID: "org_nowhere", Roles: []string{}}}},
		"usr_2":   {"id": "usr_3"},
	} {
		if _, err := c.PatchUser(t.Context(), e.Name, id, change); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity {
			t.Errorf("PatchUser(%s, %v) = %v, want status 422", id, change, err)
		}
	}
	if err := c.RemoveUser(t.Context(), e.Name, "usr_new"); err != nil {
		t.Error(err)
	}
	if err := c.RemoveClient(t.Context(), e.Name, "skc_new"); err != nil {
		t.Error(err)
	}
	if err := c.RemoveClient(t.Context(), e.Name, "skc_new"); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("RemoveClient() a second time = %v, want status 409", err)
	}
}

func tryListeners(t *testing.T, c *control.Client) {
	t.Helper()
	opened, err := c.Listen(t.Context(), control.Opening{TLS: string(mockidp.TLSExpired), Host: "localhost"})
	if err != nil || !strings.HasPrefix(opened.URL, "https://localhost:") {
		t.Errorf("Listen() = %+v, %v", opened, err)
	}
	if ports, err := c.Listeners(t.Context()); err != nil || len(ports) != 2 || ports[1].TLS != "expired" {
		t.Errorf("Listeners() = %+v, %v", ports, err)
	}
	if changed, err := c.Certify(t.Context(), control.Certificate{URL: opened.URL, TLS: "wrong-host"}); err != nil || changed.TLS != "wrong-host" {
		t.Errorf("Certify() = %+v, %v", changed, err)
	}
	var refused *control.Problem
	for _, asked := range []control.Certificate{{TLS: "expired"}, {URL: opened.URL, TLS: "tls-1.1"}} {
		if _, err := c.Certify(t.Context(), asked); !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity {
			t.Errorf("Certify(%+v) = %v, want status 422", asked, err)
		}
	}
	if _, err := c.Certify(t.Context(), control.Certificate{URL: "https://nobody", TLS: "expired"}); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("Certify() of an unknown listener = %v, want status 404", err)
	}
}

func tryLoan(t *testing.T, c *control.Client, e control.Environment) {
	t.Helper()
	borrowed, err := c.Borrow(t.Context(), e.Name)
	if err != nil {
		t.Fatalf("Borrow() = %v", err)
	}
	cfg, err := borrowed.Config()
	if diff := cmp.Diff(e, borrowed.Environment); diff != "" || err != nil || cfg.Seed != 1 || "http://"+cfg.Addr+"/t/a" != e.Issuer {
		t.Errorf("Borrow() = %+v, %v (-want +got):\n%s", cfg, err, diff)
	}
	if err := borrowed.Return(t.Context()); err != nil {
		t.Errorf("Return() = %v", err)
	}
}

// TestOpenAPIKnowsTheNames compares the lists of the document with those of
// the packages.
func TestOpenAPIKnowsTheNames(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for name, want := range map[string]any{
		"Endpoint": fault.Endpoints(), "Kind": fault.Kinds(), "Mode": keyring.Modes(), "Alg": keyring.Algs(), "TLS": mockidp.TLSProfiles(),
		"WellKnown": []mockidp.WellKnownMode{mockidp.WellKnownAlias, mockidp.WellKnownNotFound, mockidp.WellKnownStale},
	} {
		_, got := c.at("components", "schemas", name, "enum")
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if !bytes.Equal(a, b) {
			t.Errorf("the document has the %s %s, want %s", name, a, b)
		}
	}
}
