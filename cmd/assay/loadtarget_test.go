package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/verifier"
)

// A load of a service as it is deployed: the token in a cookie, behind HTTP/2
// with client certificates, and with keys and clients of which the seed of the
// environment says nothing.
func TestLoadOfADeployedService(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	idp, err := mockidp.Start(t.Context(), mockidp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(idp) })
	env, err := idp.NewEnvironment("a", mockidp.EnvironmentConfig{Clients: []mockidp.Client{{ID: "skc_app", Secret: "s"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := env.Ring().Rotate(keyring.DropOld, idp.Keys().Key("next", "RS256")); err != nil {
		t.Fatal(err)
	}
	api, err := control.Start(t.Context(), idp, control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close(t.Context()) })
	v, err := verifier.New(verifier.Config{Issuer: env.Issuer(), Audience: []string{"skc_app"}, Allow: verifier.Allowances{LoopbackHTTP: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })

	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := r.Cookie("session")
		switch {
		case err != nil || r.ProtoMajor != 2 || r.Header.Get("X-Tenant") != "acme" || r.Host != "api.example":
			w.WriteHeader(http.StatusBadRequest)
		default:
			if _, err := v.Verify(r.Context(), session.Value); err != nil {
				w.WriteHeader(http.StatusNotFound) // as if there were nothing
			}
		}
	}))
	var connections atomic.Int64
	service.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	service.EnableHTTP2 = true
	service.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	service.StartTLS()
	t.Cleanup(service.Close)

	pair := service.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name, kind string, der []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	cert := file("cert.pem", "CERTIFICATE", pair.Certificate[0])
	args := []string{
		"load", "https://api.example/me", "--connect-to", service.Listener.Addr().String(),
		"--protocol", "http2", "--no-keepalive", "--unsafe-skip-tls-verify", "--cert", cert, "--key", file("key.pem", "PRIVATE KEY", key),
		"--control", api.URL(), "--issuer", env.Issuer(), "--header", "X-Tenant: acme",
		"--present", "cookie:session={{token}}", "--reject-status", "404", "--timeout", "1m",
		"--rate", "3000/m", "--duration", "400ms", "--warmup", "0", "--mix", "good=1,expired=1,tampered=1,unknown-key=1,alg-none=1",
		"--seed", "1", // presents every case among so few requests
	}
	if r := execute(t, args...); r.code != exitOK {
		t.Errorf("the load ended with %d, want %d:\n%s%s", r.code, exitOK, r.stdout, r.stderr)
	}
	if n := connections.Load(); n < 20 {
		t.Errorf("20 requests came over %d connections, want one each", n)
	}
	for i, tt := range []struct {
		name, flag, value string
		want              string
	}{
		{"another audience", "--client-id", "skc_other", "WRONG good: got reject, want accept"},
		{"statuses of its own", "--reject-status", "401", "HTTP 404"},
		{"without the cookie", "--present", "header:Authorization: Bearer {{token}}", "HTTP 400"},
		{"another protocol", "--protocol", "http1", "HTTP 400"},
	} {
		if i > 0 && !longtest.Wanted() {
			break
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, append(args[:len(args):len(args)], tt.flag, tt.value)...)
			if r.code != exitNonconform || !strings.Contains(r.stdout, tt.want) {
				t.Errorf("the load ended with %d, want %d and %q:\n%s%s", r.code, exitNonconform, tt.want, r.stdout, r.stderr)
			}
		})
	}
}
