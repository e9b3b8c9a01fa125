package mockidp_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestFaultsStrike has one fault per kind, played by the server for a client
// with a deadline. What each kind does is tested in its own package; here it
// must get through the server.
func TestFaultsStrike(t *testing.T) {
	t.Parallel()
	broken := func(want error) func(*testing.T, reply, error) {
		return func(t *testing.T, r reply, err error) {
			if !errors.Is(err, want) {
				t.Errorf("the answer is %v %q, %v, want %v", r.Response, r.body, err, want)
			}
		}
	}
	answered := func(status int) func(*testing.T, reply, error) {
		return func(t *testing.T, r reply, err error) {
			if err != nil || r.StatusCode != status {
				t.Errorf("the answer is %v, %v, want %d", r.Response, err, status)
			}
		}
	}
	tests := []struct {
		kind       fault.Kind
		attributes fault.Attributes
		check      func(*testing.T, reply, error)
		status     int // in the request log
	}{
		{fault.Status, fault.Attributes{Status: 503, RetryAfter: "1"}, answered(503), 503},
		{fault.Delay, fault.Attributes{Delay: time.Millisecond}, answered(200), 200},
		{fault.Hang, fault.Attributes{}, broken(context.DeadlineExceeded), 0},
		{fault.Lost, fault.Attributes{}, broken(io.EOF), 0},
		{fault.Stale, fault.Attributes{}, answered(200), 200},
		{fault.Truncated, fault.Attributes{}, broken(io.ErrUnexpectedEOF), 200},
		{fault.TruncatedChunked, fault.Attributes{}, broken(io.ErrUnexpectedEOF), 200},
		{fault.SlowHeaders, fault.Attributes{}, broken(context.DeadlineExceeded), 0},
		{fault.Interim, fault.Attributes{}, broken(context.DeadlineExceeded), 0},
		{fault.HugeHeaders, fault.Attributes{Bytes: 100}, answered(200), 200},
		{fault.Gzip, fault.Attributes{}, answered(200), 200},
		{fault.CorruptGzip, fault.Attributes{}, broken(gzip.ErrChecksum), 200},
		{fault.Header, fault.Attributes{Header: http.Header{"Content-Type": nil}}, answered(200), 200},
		{fault.Edit, fault.Attributes{Edit: forge.Patch{Drop: []string{"keys"}}}, answered(200), 200},
		{fault.Reset, fault.Attributes{}, broken(syscall.ECONNRESET), 200},
		{fault.Drip, fault.Attributes{}, broken(context.DeadlineExceeded), 200},
		{fault.Body, fault.Attributes{Body: []byte("{}")}, answered(200), 200},
		{fault.Oversized, fault.Attributes{Bytes: 5 << 20}, answered(200), 200},
		{fault.GzipBomb, fault.Attributes{Bytes: 5 << 20}, answered(200), 200},
		{fault.Redirect, fault.Attributes{}, answered(302), 302},
		{fault.Close, fault.Attributes{}, broken(io.EOF), 0},
		{fault.Garbage, fault.Attributes{}, func(t *testing.T, r reply, err error) {
			if err == nil {
				t.Errorf("the answer is %v", r.Response)
			}
		}, 0},
	}
	if len(tests) != len(fault.Kinds())-1 { // Forge strikes no requests.
		t.Errorf("there are %d kinds and %d tests", len(fault.Kinds()), len(tests))
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{})
			c := browser(t)
			f := fault.Fault{ID: "f", Where: fault.Keys, Kind: tt.kind, Count: 1, Attributes: tt.attributes}
			if err := e.Faults().Add(f); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			switch tt.kind {
			case fault.Hang, fault.Drip, fault.SlowHeaders, fault.Interim:
				ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
			}
			defer cancel()
			r, err := try(ctx, c, e.Issuer()+"/keys?a=b")
			tt.check(t, r, err)
			if tt.kind == fault.Redirect && r.Header.Get("Location") != "/t/env/keys?a=b" {
				t.Errorf("Location is %q, want the same URL", r.Header.Get("Location"))
			}
			if got := e.Requests()[0]; got.FaultID != "f" || got.Status != tt.status {
				t.Errorf("the log has %+v, want status %d", got, tt.status)
			}
			// After Stale this request dies, and net/http sends it again.
			if after, err := try(t.Context(), c, e.Issuer()+"/keys"); err != nil || string(after.body) != string(e.JWKSet()) {
				t.Errorf("after the fault the answer is %q, %v", after.body, err)
			}
			if applied := e.Faults().Applications(); len(applied) != 1 || applied[0].Request.Path != "/keys" {
				t.Errorf("Applications() = %+v", applied)
			}
		})
	}
}

// TestFaultsPerClient strikes one client of two at the token endpoint, whose
// name is in the form or in the header.
func TestFaultsPerClient(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Clients = append(cfg.Clients, mockidp.Client{ID: "skc_2", Secret: "test_2", RedirectURIs: []string{callback}})
	e := only(t, cfg)
	c := browser(t)
	err := e.Faults().Add(fault.Fault{
		ID: "f", Where: fault.Token, Match: fault.Match{ClientID: "skc_2"}, Kind: fault.Status, Attributes: fault.Attributes{Status: 500},
	})
	if err != nil {
		t.Fatal(err)
	}
	login(t, c, relyingParty(e, e.Clients()[0]))
	for _, inHeader := range []bool{false, true} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.Issuer()+"/oauth/token", nil)
		if err != nil {
			t.Fatal(err)
		}
		if inHeader {
			r.SetBasicAuth("skc_2", "test_2")
		} else {
			r.URL.RawQuery = "client_id=skc_2"
		}
		if got := do(t, c, r); got.StatusCode != 500 {
			t.Errorf("name in the header: %v: the answer is %d", inHeader, got.StatusCode)
		}
	}
}

// TestLostAnswer loses the answer of a refresh after the environment has
// rotated the token. The client that tries again looks like a thief.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, grace := range []time.Duration{0, time.Minute} {
		t.Run(grace.String(), func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{RefreshGrace: grace})
			c := browser(t)
			addFault(t, e, fault.Fault{
				ID: "lost", Where: fault.Token, Match: fault.Match{GrantType: "refresh_token"}, Kind: fault.Lost, Count: 1,
			})
			got := login(t, c, relyingParty(e, e.Client()))
			form := redemption(e, "")
			form.Set("grant_type", "refresh_token")
			form.Set("refresh_token", got.RefreshToken)
			if response, err := c.PostForm(e.Issuer()+"/oauth/token", form); err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
				if err == nil {
					t.Errorf("the answer has arrived")
				}
			}
			again := refresh(t, c, e, got.RefreshToken)
			if grace == 0 {
				wantError(t, again, http.StatusBadRequest, "invalid_grant")
			} else if again.StatusCode != http.StatusOK {
				t.Errorf("within the grace the second try answers %d %s",
					again.StatusCode, again.body)
			}
		})
	}
}

// TestTokenAnswers covers what can be wrong in a token response besides the
// tokens.
func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	edit := func(p forge.Patch) fault.Fault {
		return fault.Fault{Kind: fault.Edit, Attributes: fault.Attributes{Edit: p}}
	}
	set := func(name string, value any) fault.Fault {
		return edit(forge.Patch{Set: keyring.Object{{Name: name, Value: value}}})
	}
	tests := []struct {
		name  string
		fault fault.Fault
		check func(map[string]any) bool
	}{
		{"no id_token", edit(forge.Patch{Drop: []string{"id_token"}}), func(o map[string]any) bool { return o["id_token"] == nil }},
		{"no refresh_token", edit(forge.Patch{Drop: []string{"refresh_token"}}), func(o map[string]any) bool { return o["refresh_token"] == nil }},
		{"no expires_in", edit(forge.Patch{Drop: []string{"expires_in"}}), func(o map[string]any) bool { return o["expires_in"] == nil }},
		{"expires_in is text", set("expires_in", "300"), func(o map[string]any) bool { return o["expires_in"] == "300" }},
		{"odd token_type", set("token_type", "BEARER"), func(o map[string]any) bool { return o["token_type"] == "BEARER" }},
		{"narrower scope", set("scope", "openid"), func(o map[string]any) bool { return o["scope"] == "openid" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{})
			c := browser(t)
			got := login(t, c, relyingParty(e, e.Client()))
			tt.fault.ID, tt.fault.Where = "f", fault.Token
			addFault(t, e, tt.fault)
			r := refresh(t, c, e, got.RefreshToken)
			if o := r.object(t); r.StatusCode != http.StatusOK || !tt.check(o) || o["access_token"] == nil {
				t.Errorf("the answer is %d %s", r.StatusCode, r.body)
			}
			evidence := e.Faults().Applications()
			if len(evidence) != 1 || evidence[0].After != string(r.body) || evidence[0].Before == evidence[0].After {
				t.Errorf("the evidence is %+v", evidence)
			}
			if evidence[0].Request.GrantType != "refresh_token" || evidence[0].Request.ClientID != e.Client().ID {
				t.Errorf("the record has the request %+v", evidence[0].Request)
			}
		})
	}
}

// TestRedirectedAway loses the form of a refresh to a stranger, which a client
// must not let happen.
func TestRedirectedAway(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	forms := make(chan url.Values, 1)
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		forms <- r.PostForm
	}))
	defer stranger.Close()
	addFault(t, e, fault.Fault{ID: "f", Where: fault.Token, Kind: fault.Redirect, Attributes: fault.Attributes{
		Status: http.StatusTemporaryRedirect, Location: stranger.URL + "/oauth/token",
	}})
	c := browser(t)
	c.CheckRedirect = nil
	refresh(t, c, e, "rt_secret")
	close(forms) // The client has followed the redirect, or has not.
	if got := <-forms; !got.Has("refresh_token") || !got.Has("client_secret") {
		t.Errorf("the stranger has %v, want the form", got)
	}
}

// TestFaultsOff lets the requests of an onlooker through.
func TestFaultsOff(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	addFault(t, e, fault.Fault{ID: "f", Kind: fault.Status, Attributes: fault.Attributes{Status: 500}})
	for value, want := range map[string]int{"off": 200, "on": 500, "": 500} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.Issuer()+"/keys", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Assay-Faults", value)
		if got := do(t, browser(t), r); got.StatusCode != want {
			t.Errorf("with Assay-Faults: %s the answer is %d, want %d", value, got.StatusCode, want)
		}
	}
}

func addFault(t testing.TB, e *mockidp.Environment, f fault.Fault) {
	t.Helper()
	if err := e.Faults().Add(f); err != nil {
		t.Fatalf("Add(%q) = %v", f.ID, err)
	}
}

// try is get for requests that may fail.
func try(ctx context.Context, c *http.Client, url string) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return reply{}, err
	}
	response, err := c.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{response, body}, err
}
