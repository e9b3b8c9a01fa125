package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/longtest"
)

// hostAddress and implementationAddress are for documentation (RFC 5737, 3), so
// that no real network has them.
const (
	hostAddress           = "198.51.100.1"
	implementationAddress = "198.51.100.2"
)

// newNamespace makes a network namespace that reaches this one at hostAddress,
// and nothing else: not its loopback, which is what an implementation in a
// container or on another host sees. It skips the test where that is not
// allowed.
func newNamespace(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("making a network namespace needs root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("making a network namespace needs ip, of iproute2")
	}
	name := fmt.Sprintf("assay%d", os.Getpid())
	host, inside := name+"h", name+"i"
	if out, err := exec.CommandContext(t.Context(), "ip", "netns", "add", name).CombinedOutput(); err != nil {
		t.Skipf("ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() {
		// The context of the test has ended. The link goes with the namespace.
		if out, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
			t.Errorf("ip netns delete: %v: %s", err, out)
		}
	})
	for _, args := range []string{
		"link add " + host + " type veth peer name " + inside + " netns " + name,
		"addr add " + hostAddress + "/30 dev " + host,
		"link set " + host + " up",
		"-n " + name + " addr add " + implementationAddress + "/30 dev " + inside,
		"-n " + name + " link set " + inside + " up",
		"-n " + name + " link set lo up",
	} {
		if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Skipf("ip %s: %v: %s", args, err, out)
		}
	}
	return name
}

// An adapter in another network namespace reaches the environments at an
// address of this one, over TLS with the CA that the run writes, and passes.
// At the default address, which is loopback, it reaches nothing.
func TestAnotherNetworkNamespace(t *testing.T) {
	longtest.Only(t)
	namespace := newNamespace(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	implementation := "exec:env SSL_CERT_FILE=" + ca + " ip netns exec " + namespace + " " + buildAdapter(t)
	run := func(args ...string) (code int, output string) {
		var out, errors bytes.Buffer
		args = append([]string{"run", "--implementation", implementation, "--seed", "7"}, args...)
		code = invoke(t.Context(), args, strings.NewReader(""), &out, &errors, nil)
		return code, out.String() + errors.String()
	}
	code, output := run("disc", "hdr.jku*", "rot.just-before-signing", "-v",
		"--idp-addr", hostAddress+":0", "--unsafe-allow-non-loopback", "--idp-tls", "--idp-ca-file", ca)
	for _, id := range []string{"disc.minimal", "hdr.jku", "rot.just-before-signing"} {
		if !strings.Contains(output, "PASS  "+id+" ") {
			t.Errorf("%s does not pass", id)
		}
	}
	if code != exitOK || t.Failed() {
		t.Errorf("assay run from the namespace = %d, want %d:\n%s", code, exitOK, output)
	}
	code, output = run("disc.minimal")
	if code != exitNonconform {
		t.Errorf("assay run with the environment on loopback = %d, want %d:\n%s", code, exitNonconform, output)
	}
}
