package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/people"
)

// patience is far longer than anything takes, so that a test that would hang
// fails instead.
const patience = time.Minute

// callback is where the clients in Go and Node.js are sent back to.
const callback = "http://127.0.0.1:8080/callback"

// bye is where they are sent after a logout.
const bye = "http://127.0.0.1:8080/bye"

// need fails the test unless the program is installed.
func need(t *testing.T, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: run mockidp/e2e/run as root, or %s", name, install)
	}
	return path
}

// needNode returns the path of Node.js, whose packages are there.
func needNode(t *testing.T) string {
	t.Helper()
	node := need(t, "node", "apt-get install nodejs npm")
	if _, err := os.Stat("node/node_modules/openid-client"); err != nil {
		t.Fatal("the packages of Node.js are missing: run mockidp/e2e/run, or npm ci --prefix mockidp/e2e/node")
	}
	return node
}

// world is a mock server with its control API.
type world struct {
	idp *mockidp.Server
	api *control.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	idp, err := mockidp.Start(t.Context(), mockidp.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	api, err := control.Start(t.Context(), idp, control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := api.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := idp.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return &world{idp, api}
}

// environment makes an environment whose one client may come back to
// redirect.
func (w *world) environment(
	t *testing.T, name, redirect string, change func(*mockidp.EnvironmentConfig),
) *mockidp.Environment {
	t.Helper()
	cfg := people.Default()
	cfg.Clients = []mockidp.Client{{
		ID: "skc_10000000000000001", Name: "The application", Secret: "test_e2e",
		RedirectURIs:           []string{redirect},
		PostLogoutRedirectURIs: []string{bye, redirect},
	}}
	if change != nil {
		change(&cfg)
	}
	e, err := w.idp.NewEnvironment(name, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// plant plants a fault in its JSON form.
func plant(t *testing.T, e *mockidp.Environment, text string) {
	t.Helper()
	if text == "" {
		return
	}
	var f fault.Fault
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := e.Faults().Add(f); err != nil {
		t.Fatal(err)
	}
}

// struck reports whether a fault has struck in an environment.
func struck(e *mockidp.Environment) bool { return len(e.Faults().Applications()) > 0 }

// client returns an HTTP client that trusts the authority of the server and
// does not follow redirects.
func (w *world) client(t *testing.T) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(w.idp.CA())
	return newHTTP(t, &tls.Config{RootCAs: pool})
}

// browser returns an HTTP client that does not follow redirects, of somebody
// who clicks every warning away: who is under test is the application.
func browser(t *testing.T) *http.Client {
	return newHTTP(t, &tls.Config{InsecureSkipVerify: true})
}

func newHTTP(t *testing.T, config *tls.Config) *http.Client {
	transport := &http.Transport{TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// caFile writes the certificate of the authority to a file that everybody may
// read.
func (w *world) caFile(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "ca.pem")
	for _, err := range []error{os.WriteFile(name, w.idp.CA(), 0o644), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// origin returns the URL of a new listener, or nothing for plain HTTP.
func (w *world) origin(t *testing.T, profile mockidp.TLSProfile) string {
	t.Helper()
	if profile == mockidp.TLSNone {
		return ""
	}
	l, err := w.idp.Listen(t.Context(), mockidp.ListenerConfig{TLS: profile})
	if err != nil {
		t.Fatal(err)
	}
	return l.URL()
}

// follow visits a URL and returns where it redirects to.
func follow(
	ctx context.Context, c *http.Client, to string, host string, cookies []*http.Cookie,
) (*url.URL, *http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Host = host
	r.Header.Set("Accept", "text/html,*/*") // Apache sends nobody else to a login.
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	response, err := c.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
	back, err := response.Location()
	if err != nil {
		return nil, response, fmt.Errorf("%s answers %s and redirects nowhere", r.URL.Path, response.Status)
	}
	return back, response, nil
}
