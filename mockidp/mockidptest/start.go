package mockidptest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
)

// closeTimeout is how long a test waits for running requests when it ends.
// Faults that wait are ended at once.
const closeTimeout = 10 * time.Second

// Start starts a server on a free loopback port with one environment, whose
// issuer is the URL of the server, and closes it at the end of the test. The
// zero value of cfg works. The seed is random; a failed test logs it.
func Start(t testing.TB, cfg mockidp.EnvironmentConfig) *mockidp.Environment {
	t.Helper()
	return StartServer(t, mockidp.Config{}, cfg)
}

// StartServer is [Start] with a configuration of the server, for https or a
// seed for instance.
func StartServer(
	t testing.TB, server mockidp.Config, cfg mockidp.EnvironmentConfig,
) *mockidp.Environment {
	t.Helper()
	s, err := mockidp.Start(t.Context(), server)
	if err != nil {
		t.Fatalf("starting a mock environment: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("stopping the mock environment: %v", err)
		}
		if t.Failed() {
			t.Logf("the mock environment had the seed %d", s.Seed())
		}
	})
	e, err := s.NewEnvironment("", cfg)
	if err != nil {
		t.Fatalf("making a mock environment: %v", err)
	}
	return e
}

// Fault adds the fault that text describes in its JSON form, until the test
// ends. A fault with the same ID is replaced.
func Fault(t testing.TB, e *mockidp.Environment, text string) {
	t.Helper()
	var f fault.Fault
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("the fault %s: %v", text, err)
	}
	if err := e.Faults().Add(f); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Faults().Remove(f.ID) })
}
