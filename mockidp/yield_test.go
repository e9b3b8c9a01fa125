package mockidp_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

// TestYield lets a second server serve the URL of the first one for a while,
// as another process would.
func TestYield(t *testing.T) {
	t.Parallel()
	owner := startServer(t, mockidp.Config{
		Seed: 7, ListenerConfig: mockidp.ListenerConfig{Addr: "localhost:0", TLS: mockidp.TLSTrusted},
	})
	env := newEnvironment(t, owner, "", mockidp.EnvironmentConfig{Alg: "ES256"})
	listener, client := owner.Listeners()[0], trusting(t, owner)
	fetch := func(stage string, want []byte) {
		t.Helper()
		client.CloseIdleConnections()
		if got := get(t, client, env.JWKSURI()); got.StatusCode != http.StatusOK || !bytes.Equal([]byte(got.body), want) {
			t.Errorf("%s, %s answers %d: %.60s, want %.60s", stage, env.JWKSURI(), got.StatusCode, got.body, want)
		}
	}
	fetch("before Yield", env.JWKSet())
	where, err := listener.Yield(t.Context())
	if err != nil {
		t.Fatalf("Yield() = %v", err)
	}
	if _, err := listener.Yield(t.Context()); err == nil {
		t.Error("a second Yield() = nil, want an error")
	}
	borrower := startServer(t, mockidp.Config{Seed: 7, ListenerConfig: where})
	other := newEnvironment(t, borrower, "", mockidp.EnvironmentConfig{Alg: "ES256", NoDecoys: true})
	if other.Issuer() != env.Issuer() {
		t.Errorf("the issuer of the borrower is %q, want %q", other.Issuer(), env.Issuer())
	}
	fetch("after Yield", other.JWKSet())
	if err := listener.Reclaim(t.Context()); err == nil {
		t.Error("Reclaim() while another server listens = nil, want an error")
	}
	if err := borrower.Close(t.Context()); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	for range 2 {
		if err := listener.Reclaim(t.Context()); err != nil {
			t.Fatalf("Reclaim() = %v", err)
		}
	}
	fetch("after Reclaim", env.JWKSet())
	if got := listener.Traffic().Requests; got != 2 {
		t.Errorf("Traffic().Requests = %d, want 2, those before Yield and after Reclaim", got)
	}
}

// A listener that is closed while its address is yielded stays closed.
func TestYieldThenClose(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	listener := s.Listeners()[0]
	if _, err := listener.Yield(t.Context()); err != nil {
		t.Fatalf("Yield() = %v", err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if err := listener.Reclaim(t.Context()); err == nil {
		t.Error("Reclaim() after Close = nil, want an error")
	}
	if _, err := listener.Yield(t.Context()); err == nil {
		t.Error("Yield() after Close = nil, want an error")
	}
}
