package mockidptest_test

import (
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/mockidptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// status asks for the keys of an environment on a new connection.
func status(t *testing.T, e *mockidp.Environment) (int, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(e.JWKSURI())
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestStart(t *testing.T) {
	var e *mockidp.Environment
	t.Run("inside", func(t *testing.T) {
		e = mockidptest.StartServer(t, mockidp.Config{Seed: 7}, mockidp.EnvironmentConfig{Alg: "ES256"})
		t.Run("fault", func(t *testing.T) {
			mockidptest.Fault(t, e, `{"id":"busy","where":"keys","kind":"status","attributes":{"status":503}}`)
			if got, err := status(t, e); got != http.StatusServiceUnavailable {
				t.Errorf("with the fault the keys answer %d, %v", got, err)
			}
		})
		if got, err := status(t, e); got != http.StatusOK {
			t.Errorf("after the test with the fault the keys answer %d, %v", got, err)
		}
		if other := mockidptest.Start(t, mockidp.EnvironmentConfig{Alg: "ES256"}); other.Issuer() == e.Issuer() {
			t.Errorf("two servers have the issuer %s", e.Issuer())
		}
	})
	if got, err := status(t, e); err == nil {
		t.Errorf("after the test the keys answer %d", got)
	}
}

// fatal is a test that does not end the process when it fails.
type fatal struct {
	testing.TB
	said string
}

func (f *fatal) Helper() {}

func (f *fatal) Fatalf(format string, args ...any) {
	f.said = format
	panic(f)
}

func TestMistakesFailTheTest(t *testing.T) {
	t.Parallel()
	e := mockidptest.Start(t, mockidp.EnvironmentConfig{Alg: "ES256"})
	tests := []struct {
		want string
		do   func(t testing.TB)
	}{
		{"starting", func(t testing.TB) {
			mockidptest.StartServer(t, mockidp.Config{ListenerConfig: mockidp.ListenerConfig{Addr: "192.0.2.1:0"}}, mockidp.EnvironmentConfig{})
		}},
		{"making", func(t testing.TB) { mockidptest.Start(t, mockidp.EnvironmentConfig{Alg: "HS256"}) }},
		{"the fault", func(t testing.TB) { mockidptest.Fault(t, e, `{"id":"x","kind":"sulk"}`) }},
	}
	for _, tt := range tests {
		f := &fatal{TB: t}
		func() {
			defer func() { _ = recover() }()
			tt.do(f)
		}()
		if !strings.HasPrefix(f.said, tt.want) {
			t.Errorf("the test fails with %q, want %q", f.said, tt.want)
		}
	}
}
