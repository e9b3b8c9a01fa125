package main

import (
	"bytes"
	"encoding/pem"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run/runtest"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newTLSProxy starts a proxy that ends TLS in front of an address, and returns
// its URL. Its certificate is in caFile.
func newTLSProxy(t *testing.T, address, caFile string) string {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: address}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog: log.New(io.Discard, "", 0), // of the faults of environments
	})
	proxy.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})
	if err := os.WriteFile(caFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return proxy.URL
}

// freeAddress returns an address of loopback on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := runtest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// buildAdapter builds the adapter to copy, and returns its path.
func buildAdapter(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "adapter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../scenarios/implementations/goadapter")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return path
}

// An adapter with its own CA certificates reaches the environments through a
// proxy that ends TLS, at the path of a real issuer.
func TestRunBehindAProxy(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	ca, address := filepath.Join(t.TempDir(), "ca.pem"), freeAddress(t)
	issuer := newTLSProxy(t, address, ca) + "/tenant"
	var out, problems bytes.Buffer
	code := invoke(t.Context(), []string{
		"run", "disc", "rot.just-before-signing", "hdr.jku", "-v", "--implementation", "exec:env SSL_CERT_FILE=" + ca + " " + buildAdapter(t),
		"--external-url", issuer, "--idp-addr", address,
	}, strings.NewReader(""), &out, &problems, nil)
	for _, want := range []string{"PASS  disc.minimal ", "PASS  rot.just-before-signing ", "needs a trap on a port of its own"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if code != exitOK || t.Failed() {
		t.Errorf("assay run --external-url %s = %d, want %d:\n%s%s", issuer, code, exitOK, &out, &problems)
	}
}

// A service gets the keys of an environment behind a proxy that ends TLS, and is
// itself loaded through one. Both need the CA.
func TestServeAndLoadWithACA(t *testing.T) {
	t.Parallel()
	ca, address := filepath.Join(t.TempDir(), "ca.pem"), freeAddress(t)
	issuer := newTLSProxy(t, address, ca) + "/tenant"
	idp := start(t, "idp", "--seed", "7f3a", "--addr", address, "--external-url", issuer)
	if got := idp.find(`^issuer +(\S+)$`); got != issuer {
		t.Errorf("assay idp prints the issuer %s, want %s", got, issuer)
	}
	if got := idp.find(`^listens on +(\S+)$`); got != address {
		t.Errorf("assay idp prints that it listens on %s, want %s", got, address)
	}
	clientID := idp.find(`^client ID +(\S+)$`)
	idp.discard()

	service := start(t, "serve", "--issuer", issuer, "--client-id", clientID, "--addr", "127.0.0.1:0", "--ca-file", ca)
	verify, ready := service.find(`^verify +(\S+)$`), service.find(`^ready +(\S+)$`)
	service.discard()
	deadline := time.Now().Add(20 * time.Second)
	for status := 0; status != http.StatusOK; status, _, _ = get(t, ready, nil) {
		if time.Now().After(deadline) {
			t.Fatalf("assay serve --ca-file has no keys")
		}
		time.Sleep(20 * time.Millisecond)
	}
	untrusting := start(t, "serve", "--issuer", issuer, "--client-id", clientID, "--addr", "127.0.0.1:0")
	untrusting.discard()
	for !strings.Contains(untrusting.stderr.String(), "--ca-file FILE trusts") {
		if time.Now().After(deadline) {
			t.Fatalf("assay serve without the CA does not name --ca-file: %s", untrusting.stderr)
		}
		time.Sleep(20 * time.Millisecond)
	}

	u, err := url.Parse(verify)
	if err != nil {
		t.Fatal(err)
	}
	target := newTLSProxy(t, u.Host, ca) + u.Path
	load := func(more ...string) (int, string) {
		var out bytes.Buffer
		args := []string{
			"load", target, "--issuer", issuer, "--idp-seed", "7f3a", "--rate", "50/s", "--duration", "300ms", "--warmup", "100ms",
			"--mix", "good=1,wrong-audience=1", "--threshold", "errors == 0", "--threshold", "wrong == 0",
		}
		code := invoke(t.Context(), append(args, more...), strings.NewReader(""), &out, &out, nil)
		return code, out.String()
	}
	if code, out := load("--ca-file", ca); code != exitOK && code != exitInvalid {
		t.Errorf("assay load --ca-file = %d, want %d or %d:\n%s", code, exitOK, exitInvalid, out)
	}
	if code, out := load(); code == exitOK || !strings.Contains(out, "unknown authority") {
		t.Errorf("assay load without the CA = %d, want an error about the authority:\n%s", code, out)
	}
}

// An environment that runs already on the port of --issuer is named as what is
// in the way.
func TestIssuerIsInUse(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var out bytes.Buffer
	args := []string{"run", "aud.prefix", "--implementation", "bearer:http://127.0.0.1:1/me", "--issuer", "http://" + listener.Addr().String()}
	code := invoke(t.Context(), args, nil, &out, &out, nil)
	if code != exitUsage || !strings.Contains(out.String(), "hint: if an assay idp listens there, start it with --control") {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}
