package mockidp_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
)

// resourceMetadata matches the parameter of RFC 9728, 5.1.
var resourceMetadata = regexp.MustCompile(`resource_metadata="([^"]+)"`)

// TestResourceFromNothing does what an MCP client does that knows a URL only: it
// is refused, finds the metadata of the resource and of its authorization
// server, registers, has a user sign in, and is admitted.
func TestResourceFromNothing(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mockidp.EnvironmentConfig{"": {}, "tenant": {}} {
		t.Run("environment "+name, func(t *testing.T) {
			t.Parallel()
			e := newEnvironment(t, startServer(t, mockidp.Config{}), name, cfg)
			c := browser(t)
			at := e.ResourceURL(e.Resources()[0])

			refused := get(t, c, at)
			found := resourceMetadata.FindStringSubmatch(refused.Header.Get("WWW-Authenticate"))
			if refused.StatusCode != http.StatusUnauthorized || found == nil {
				t.Fatalf("%s answers %d with %q, want 401 with resource_metadata", at, refused.StatusCode, refused.Header.Get("WWW-Authenticate"))
			}
			resource := get(t, c, found[1]).object(t)
			if resource["resource"] != at {
				t.Errorf("the resource of %s is %v, want %s (RFC 9728, 3.3)", found[1], resource["resource"], at)
			}
			issuer := resource["authorization_servers"].([]any)[0].(string)
			server := get(t, c, inserted(t, issuer)).object(t)
			if server["issuer"] != issuer {
				t.Errorf("the issuer is %v, want %s (RFC 8414, 3.3)", server["issuer"], issuer)
			}
			if appended := get(t, c, issuer+"/.well-known/oauth-authorization-server"); appended.StatusCode != http.StatusOK {
				t.Errorf("the appended metadata answers %d", appended.StatusCode)
			}
			client := register(t, c, server["registration_endpoint"].(string), `{"redirect_uris":["`+callback+`"],"client_name":"probe","token_endpoint_auth_method":"none"}`)
			if client.StatusCode != http.StatusCreated {
				t.Fatalf("the registration answers %d %s", client.StatusCode, client.body)
			}
			party := &oauth2.Config{
				ClientID: client.object(t)["client_id"].(string), RedirectURL: callback, Scopes: []string{"mcp:read"},
				Endpoint: oauth2.Endpoint{
					AuthURL: server["authorization_endpoint"].(string), TokenURL: server["token_endpoint"].(string),
					AuthStyle: oauth2.AuthStyleInParams,
				},
			}
			token := login(t, c, party, with("resource", at)).AccessToken
			admitted := getAs(t, c, at, token)
			if admitted.StatusCode != http.StatusOK || admitted.object(t)["sub"] != e.User().ID {
				t.Errorf("with a token, %s answers %d %s", at, admitted.StatusCode, admitted.body)
			}
			if _, claims := decode(t, token); !slices.Equal(audienceOf(claims["aud"]), []string{e.Resources()[0].ID}) || claims["iss"] != e.Issuer() {
				t.Errorf("aud is %v and iss %v, want the resource and the environment", claims["aud"], claims["iss"])
			}
		})
	}
}

// inserted returns where the metadata of an authorization server is. RFC 8414,
// 3.1.
func inserted(t *testing.T, issuer string) string {
	t.Helper()
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/.well-known/oauth-authorization-server" + u.Path
	return u.String()
}

func register(t *testing.T, c *http.Client, to, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return do(t, c, r)
}

func getAs(t *testing.T, c *http.Client, at, token string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return do(t, c, r)
}

func audienceOf(list any) []string {
	var out []string
	for _, x := range list.([]any) {
		out = append(out, x.(string))
	}
	return out
}

func TestResourceTokens(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{Resources: []mockidp.Resource{
		{ID: "res_1", URL: "https://mcp.example.com/mcp", Scopes: []string{"calendar:read"}, OwnIssuer: true},
		{ID: "res_2", Scopes: []string{"mail:send"}},
	}})
	c := browser(t)
	for _, test := range []struct {
		name, resource, scope string
		aud                   []string
		iss                   string
	}{
		{"by ID", "res_1", "calendar:read", []string{"res_1", "https://mcp.example.com/mcp"}, e.Issuer() + "/resources/res_1"},
		{"by URL", "https://mcp.example.com/mcp/", "calendar:read", []string{"res_1", "https://mcp.example.com/mcp"}, e.Issuer() + "/resources/res_1"},
		{"with the issuer of the environment", "res_2", "mail:send", []string{"res_2"}, e.Issuer()},
	} {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {e.Client().ID}, "client_secret": {e.Client().Secret},
			"resource": {test.resource}, "scope": {test.scope},
		}
		r := post(t, c, e.Issuer()+"/oauth/token", form)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", test.name, r.StatusCode, r.body)
			continue
		}
		_, claims := decode(t, r.object(t)["access_token"].(string))
		if !slices.Equal(audienceOf(claims["aud"]), test.aud) || claims["iss"] != test.iss {
			t.Errorf("%s: aud is %v and iss %v, want %v and %s", test.name, claims["aud"], claims["iss"], test.aud, test.iss)
		}
	}
}

// Every refusal says what is missing.
func TestResourceRefuses(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t, startServer(t, mockidp.Config{}), "", mockidp.EnvironmentConfig{Resources: []mockidp.Resource{
		{ID: "res_1", Scopes: []string{"read"}}, {ID: "res_2"}, {ID: "res_3", URL: "https://mcp.example.com"},
	}})
	c := browser(t)
	token := func(form url.Values) reply {
		form.Set("grant_type", "client_credentials")
		form.Set("client_id", e.Client().ID)
		form.Set("client_secret", e.Client().Secret)
		return post(t, c, e.Issuer()+"/oauth/token", form)
	}
	wantError(t, token(url.Values{"resource": {"res_9"}}), http.StatusBadRequest, "invalid_target")

	access := func(form url.Values) string { return token(form).object(t)["access_token"].(string) }
	at := e.ResourceURL(e.Resources()[0])
	for _, test := range []struct {
		name, token string
		status      int
		want        string
	}{
		{"a token of nobody", "x.y.z", http.StatusUnauthorized, "unknown, expired or revoked"},
		{"a token for another resource", access(url.Values{"resource": {"res_2"}}), http.StatusUnauthorized, "res_1 is missing"},
		{"a token without a scope", access(url.Values{"resource": {"res_1"}}), http.StatusForbidden, `scope="read"`},
	} {
		r := getAs(t, c, at, test.token)
		if challenge := r.Header.Get("WWW-Authenticate"); r.StatusCode != test.status || !strings.Contains(challenge, test.want) ||
			!resourceMetadata.MatchString(challenge) {
			t.Errorf("%s: %d %q, want %d and %q", test.name, r.StatusCode, challenge, test.status, test.want)
		}
	}

	form := redemption(e, authorize(t, c, relyingParty(e, e.Client(), "openid"), "state", with("resource", "res_1")).Get("code"))
	form.Set("resource", "res_2")
	wantError(t, post(t, c, e.Issuer()+"/oauth/token", form), http.StatusBadRequest, "invalid_target")

	for _, path := range []string{
		"/resources/res_3/mcp", "/resources/res_9/mcp", "/resources/res_1/.well-known/openid-configuration", "/resources/res_1/keys",
		"/oauth/register",
	} {
		if r := get(t, c, e.Issuer()+path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, r.StatusCode)
		}
	}
}

func TestRegistrationRefuses(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	to := e.ResourceIssuer(e.Resources()[0].ID) + "/oauth/register"
	for body, code := range map[string]string{
		`{`:                               "invalid_client_metadata",
		`{}`:                              "invalid_redirect_uri",
		`{"redirect_uris":["/relative"]}`: "invalid_redirect_uri",
		`{"redirect_uris":["` + callback + `"],"grant_types":["password"]}`:                         "invalid_client_metadata",
		`{"redirect_uris":["` + callback + `"],"token_endpoint_auth_method":"tls_client_auth"}`:     "invalid_client_metadata",
		`{"redirect_uris":["` + callback + `"],"client_name":"` + strings.Repeat("x", 1<<14) + `"}`: "invalid_client_metadata",
	} {
		wantError(t, register(t, c, to, body), http.StatusBadRequest, code)
	}
	before := len(e.Clients())
	r := register(t, c, to, `{"grant_types":["client_credentials"],"scope":"mcp:read"}`)
	if r.StatusCode != http.StatusCreated || len(e.Clients()) != before+1 {
		t.Fatalf("the registration answers %d %s, and there are %d clients", r.StatusCode, r.body, len(e.Clients()))
	}
	got := r.object(t)
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {got["client_id"].(string)}, "client_secret": {got["client_secret"].(string)},
		"scope": {"mcp:read"},
	}
	if r := post(t, c, e.Issuer()+"/oauth/token", form); r.StatusCode != http.StatusOK {
		t.Errorf("a token request of the new client answers %d %s", r.StatusCode, r.body)
	}
}
