package refresh_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// Over real connections: discovery of the endpoint, and what is known of a
// request that failed.
func TestRefreshOverHTTP(t *testing.T) {
	t.Parallel()
	var trapped atomic.Bool
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { trapped.Store(true) }))
	defer trap.Close()
	var discovered, asked atomic.Int64
	var redirect, reset atomic.Bool
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		discovered.Add(1)
		json.NewEncoder(w).Encode(object{"issuer": server.URL, "jwks_uri": server.URL + "/keys", "token_endpoint": server.URL + "/oauth/token"})
	})
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case redirect.Load():
			http.Redirect(w, r, trap.URL+"/oauth/token", http.StatusTemporaryRedirect)
		case reset.Load():
			panic(http.ErrAbortHandler)
		case r.PostFormValue("refresh_token") == "":
			t.Error("no refresh_token in the form")
		default:
			json.NewEncoder(w).Encode(with(goodAnswer(t, time.Now(), nil), object{"id_token": nil}))
		}
	})
	var now atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(now.Load())) }
	newClient := func(endpoint string) *refresh.Client {
		client, err := refresh.New(refresh.Config{
			Verifier: newVerifier(t), Issuer: server.URL, TokenEndpoint: endpoint, LoopbackHTTP: true,
			ClientID: testClient, ClientSecret: testSecret, Store: refresh.NewMemoryStore(), Now: clock,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return client
	}
	session := func() *refresh.Session { return &refresh.Session{ID: t.Name(), RefreshToken: "rt-1"} }

	client := newClient("")
	s, err := client.Refresh(t.Context(), session())
	if err != nil || s.RefreshToken != "rt-2" {
		t.Fatalf("Refresh = %+v, %v", s, err)
	}
	if s, err = client.Refresh(t.Context(), s); err != nil || discovered.Load() != 1 {
		t.Errorf("Refresh = %v after %d discoveries, want one", err, discovered.Load())
	}

	redirect.Store(true)
	if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || trapped.Load() {
		t.Errorf("with a redirect: %v, trapped: %v", err, trapped.Load())
	}
	redirect.Store(false)

	// A refused connection has sent nothing, so it may be tried for ever.
	closed := httptest.NewServer(nil)
	closed.Close()
	refused := newClient(closed.URL + "/oauth/token")
	for range 4 {
		now.Add(int64(2 * time.Minute))
		if _, err := refused.Refresh(t.Context(), session()); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("a refused connection: %v", err)
		}
	}

	// One that broke after the request may have spent the token.
	reset.Store(true)
	asked.Store(0)
	broken := newClient(server.URL + "/oauth/token")
	for _, ends := range []bool{false, true} {
		now.Add(int64(2 * time.Minute))
		if _, err := broken.Refresh(t.Context(), session()); errors.Is(err, refresh.ErrSignInRequired) != ends {
			t.Errorf("a broken connection: %v, want the end of the session: %v", err, ends)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestCloseStopsARefresh(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		result := make(chan error, 1)
		go func() { _, err := client.Refresh(t.Context(), s); result <- err }()
		time.Sleep(time.Millisecond)
		client.Close()
		if err := <-result; verifier.ReasonOf(err) != verifier.ReasonRefreshFailed {
			t.Errorf("a refresh under way: %v", err)
		}
		if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || p.count() != 1 ||
			!strings.Contains(err.Error(), "the client is closed") {
			t.Errorf("after Close: %v after %d requests", err, p.count())
		}
		if err := client.KeepAlive(t.Context(), s.ID, nil); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed {
			t.Errorf("KeepAlive after Close: %v", err)
		}
	})
}
