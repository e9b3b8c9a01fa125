package mockidp_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
)

func newTrap(t testing.TB, s *mockidp.Server, cfg mockidp.TrapConfig) *mockidp.Trap {
	t.Helper()
	trap, err := s.NewTrap(t.Context(), cfg)
	if err != nil {
		t.Fatalf("NewTrap() = %v", err)
	}
	return trap
}

func wantConnections(t testing.TB, trap *mockidp.Trap, want int) {
	t.Helper()
	if got, err := trap.Connections(t.Context()); err != nil || got != want {
		t.Errorf("Connections() = %d, %v, want %d", got, err, want)
	}
}

func TestTrapRecords(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	trap := newTrap(t, s, mockidp.TrapConfig{})
	wantConnections(t, trap, 0)
	if got := trap.Requests(); len(got) != 0 {
		t.Errorf("Requests() = %v before any", got)
	}
	c := browser(t)
	r := post(t, c, trap.URL()+"/steal?a=1", url.Values{"refresh_token": {"x"}, "client_secret": {"y"}})
	wantError(t, r, http.StatusNotFound, "not_found")
	got := trap.Requests()
	if len(got) != 1 {
		t.Fatalf("Requests() = %v, want one", got)
	}
	if got[0].Method != "POST" || got[0].Target != "/steal?a=1" || "http://"+got[0].Host != trap.URL() || got[0].Header.Get("Content-Type") == "" {
		t.Errorf("Requests() = %+v", got)
	}
	if diff := cmp.Diff([]string{"a", "client_secret", "refresh_token"}, got[0].Parameters); diff != "" {
		t.Errorf("Parameters (-want +got):\n%s", diff)
	}
	wantConnections(t, trap, 1)
}

// TestTrapCountsSilentConnections connects and says nothing, from many sides
// at once. Not one connection may be missed or counted twice.
func TestTrapCountsSilentConnections(t *testing.T) {
	t.Parallel()
	trap := newTrap(t, startServer(t, mockidp.Config{}), mockidp.TrapConfig{})
	address := strings.TrimPrefix(trap.URL(), "http://")
	const many = 20
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Errorf("connecting: %v", err)
				return
			}
			conn.Close()
			if n, err := trap.Connections(t.Context()); err != nil || n < 1 {
				t.Errorf("Connections() = %d, %v right after one was made", n, err)
			}
		})
	}
	all.Wait()
	wantConnections(t, trap, many)
}

// TestTrapAnswers is a redirect from https to http, into a trap with the JWK
// Set of an attacker.
func TestTrapAnswers(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{TLS: mockidp.TLSTrusted})
	trap := newTrap(t, s, mockidp.TrapConfig{
		ListenerConfig: mockidp.ListenerConfig{Host: "localhost"},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"keys":[]}`)
		}),
	})
	if !strings.HasPrefix(trap.URL(), "http://localhost:") {
		t.Errorf("URL() = %q", trap.URL())
	}
	if r := get(t, browser(t), trap.URL()+"/keys"); string(r.body) != `{"keys":[]}` {
		t.Errorf("the trap answers %q", r.body)
	}
	if len(s.Listeners()) != 1 {
		t.Errorf("a trap is among the listeners")
	}
}

func TestTrapGivesUp(t *testing.T) {
	t.Parallel()
	trap := newTrap(t, startServer(t, mockidp.Config{}), mockidp.TrapConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := trap.Connections(ctx); err == nil {
		t.Errorf("Connections() = %d with a context that has ended", n)
	}
	if err := trap.Close(t.Context()); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if n, err := trap.Connections(t.Context()); err == nil {
		t.Errorf("Connections() = %d after Close()", n)
	}
}
