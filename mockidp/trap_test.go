package mockidp_test

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

func newTrap(t testing.TB) *mockidp.Trap {
	t.Helper()
	trap, err := mockidp.NewTrap(t.Context(), mockidp.ListenerConfig{})
	if err != nil {
		t.Fatalf("NewTrap() = %v", err)
	}
	t.Cleanup(trap.Close)
	return trap
}

func wantConnections(t testing.TB, trap *mockidp.Trap, want int) {
	t.Helper()
	if got := trap.Connections(); got != want {
		t.Errorf("Connections() = %d, want %d", got, want)
	}
}

func TestTrapRefusesRequests(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	wantConnections(t, trap, 0)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, trap.URL()+"/steal?a=1", strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := browser(t).Do(r); err == nil {
		got.Body.Close()
		t.Errorf("the trap answers %s", got.Status)
	}
	wantConnections(t, trap, 1)
	trap.Close()
	wantConnections(t, trap, 1)
}

// TestTrapCountsSilentConnections connects without sending anything, from
// many sides at once. Not one connection may be missed or counted twice.
func TestTrapCountsSilentConnections(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
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
			if n := trap.Connections(); n < 1 {
				t.Errorf("Connections() = %d right after one was made", n)
			}
		})
	}
	all.Wait()
	wantConnections(t, trap, many)
}
