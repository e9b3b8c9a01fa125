package mockidp_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

// TestExternalURL reaches an environment through a proxy that ends TLS, at the
// path of a real issuer. The proxy passes the path on or removes it.
func TestExternalURL(t *testing.T) {
	t.Parallel()
	for _, strips := range []bool{false, true} {
		for _, name := range []string{"", "staging"} {
			t.Run(fmt.Sprintf("proxy strips %v, environment %q", strips, name), func(t *testing.T) {
				t.Parallel()
				proxy, point := newProxy(t, strips)
				s := startServer(t, mockidp.Config{ListenerConfig: mockidp.ListenerConfig{ExternalURL: proxy.URL + "/tenant"}})
				point("http://" + s.Listeners()[0].Addr().String())
				e := newEnvironment(t, s, name, mockidp.EnvironmentConfig{LoginPage: true})
				want := proxy.URL + "/tenant"
				if name != "" {
					want += "/t/" + name
				}
				if e.Issuer() != want {
					t.Fatalf("Issuer() = %q, want %q", e.Issuer(), want)
				}
				client := proxy.Client()
				client.Jar, _ = cookiejar.New(nil)
				client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				if r := get(t, client, e.Issuer()+"/.well-known/openid-configuration"); !strings.Contains(string(r.body), `"jwks_uri":"`+want+`/keys"`) {
					t.Errorf("the metadata are %s, want the external jwks_uri", r.body)
				}
				if r := get(t, client, e.JWKSURI()); r.StatusCode != http.StatusOK {
					t.Errorf("GET %s = %d", e.JWKSURI(), r.StatusCode)
				}
				r := get(t, client, e.Issuer()+"/oauth/authorize?"+url.Values{
					"response_type": {"code"}, "client_id": {e.Client().ID}, "scope": {"openid"}, "state": {"a-state-of-a-login"},
					"redirect_uri": {e.Client().RedirectURIs[0]}, "nonce": {"a-nonce-of-a-login"},
				}.Encode())
				page := r.Header.Get("Location")
				u, _ := url.Parse(e.Issuer())
				if !strings.HasPrefix(page, u.Path+"/") {
					t.Fatalf("authorize = %d, Location %q, want a page below %s", r.StatusCode, page, u.Path)
				}
				if r := get(t, client, proxy.URL+page); r.StatusCode != http.StatusOK {
					t.Errorf("GET %s = %d", page, r.StatusCode)
				}
			})
		}
	}
}

// newProxy starts a proxy that ends TLS. point says where it forwards to.
func newProxy(t testing.TB, strips bool) (proxy *httptest.Server, point func(origin string)) {
	t.Helper()
	var target *url.URL
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		if strips {
			r.Out.URL.Path = strings.TrimPrefix(r.In.URL.Path, "/tenant")
		}
	}}
	proxy = httptest.NewTLSServer(forward)
	t.Cleanup(proxy.Close)
	return proxy, func(origin string) {
		var err error
		if target, err = url.Parse(origin); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExternalMetadataPlaces looks for the metadata where the path of an
// external issuer follows the well-known path.
func TestExternalMetadataPlaces(t *testing.T) {
	t.Parallel()
	const external = "https://id.test/a/tenant"
	s := startServer(t, mockidp.Config{ListenerConfig: mockidp.ListenerConfig{ExternalURL: external}})
	origin := "http://" + s.Listeners()[0].Addr().String()
	for _, name := range []string{"", "staging"} {
		e := newEnvironment(t, s, name, mockidp.EnvironmentConfig{})
		if err := e.Publish(func(p *mockidp.Publication) { p.MetadataPlace = mockidp.MetadataInserted }); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(e.Issuer(), "https://id.test")
		inserted := origin + "/.well-known/openid-configuration" + path
		if r := get(t, browser(t), inserted); !strings.Contains(string(r.body), `"issuer":"`+e.Issuer()+`"`) {
			t.Errorf("GET %s = %d, %s", inserted, r.StatusCode, r.body)
		}
		appended := origin + path + "/.well-known/openid-configuration"
		if r := get(t, browser(t), appended); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want %d", appended, r.StatusCode, http.StatusNotFound)
		}
	}
}
