package appcheck_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/appcheck"
)

// TestProvider signs in through the provider as an application would.
func TestProvider(t *testing.T) {
	t.Parallel()
	p, err := appcheck.StartProvider(t.Context(), appcheck.ProviderConfig{
		Host: "localhost", ClientID: "skc_mine", ClientSecret: "test_mine", Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	issuer := p.Env.Issuer()
	if !strings.HasPrefix(issuer, "http://localhost:") {
		t.Errorf("the issuer is %s", issuer)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(issuer + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {"skc_mine"}, "redirect_uri": {"http://localhost:3000/callback"},
		"scope": {"openid offline_access"}, "state": {"0123456789"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	at, err := res.Location()
	if err != nil || at.Query().Get("code") == "" || at.Query().Get("state") != "0123456789" {
		t.Fatalf("the authorization request is answered %d %v, %v", res.StatusCode, at, err)
	}
	res, err = client.PostForm(issuer+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {at.Query().Get("code")}, "redirect_uri": {"http://localhost:3000/callback"},
		"client_id": {"skc_mine"}, "client_secret": {"test_mine"},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(text), "refresh_token") {
		t.Errorf("the token request is answered %d %s, %v", res.StatusCode, text, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if res, err := client.Get(issuer + "/keys"); err == nil {
		res.Body.Close()
		t.Error("a provider that was closed answers")
	}
	if _, err := appcheck.StartProvider(t.Context(), appcheck.ProviderConfig{Addr: "0.0.0.0:0"}); err == nil {
		t.Error("the provider listens for everybody")
	}
}
