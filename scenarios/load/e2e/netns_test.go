package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// ip runs a command of iproute2.
func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

// namespaces makes network namespaces that reach this one at the returned
// address, and nothing else. The addresses are for documentation: RFC 5737, 3.
func namespaces(t *testing.T, count int) (host string, names []string) {
	t.Helper()
	bridge := fmt.Sprintf("assay%d", os.Getpid())
	ip(t, "link add "+bridge+" type bridge")
	t.Cleanup(func() { ip(t, "link delete "+bridge) })
	ip(t, "addr add 198.51.100.1/24 dev "+bridge)
	ip(t, "link set "+bridge+" up")
	for n := range count {
		name := fmt.Sprintf("%s-%d", bridge, n)
		link := fmt.Sprintf("%s%d", bridge[len(bridge)-8:], n)
		ip(t, "netns add "+name)
		t.Cleanup(func() { ip(t, "netns delete "+name) }) // with its link
		ip(t, "link add "+link+"h master "+bridge+" type veth peer name "+link+"i netns "+name)
		ip(t, "link set "+link+"h up")
		ip(t, fmt.Sprintf("-n %s addr add 198.51.100.%d/24 dev %si", name, n+2, link))
		ip(t, "-n "+name+" link set "+link+"i up")
		ip(t, "-n "+name+" link set lo up")
		until(t, link+"h forwards", func() bool {
			const forwarding = "3"
			state, err := os.ReadFile("/sys/class/net/" + link + "h/brport/state")
			return err == nil && strings.TrimSpace(string(state)) == forwarding
		})
		names = append(names, name)
	}
	return "198.51.100.1", names
}

// Three machines that share nothing but a link have, merged, byte for byte the
// table of outcomes of one.
func TestNetworkNamespaces(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	host, names := namespaces(t, 3)
	target := service(t, host)
	dir, start := t.TempDir(), starts(12*time.Second) // longer than a lost first packet takes
	files := make([]string, len(names))
	var running sync.WaitGroup
	for n, name := range names {
		files[n] = filepath.Join(dir, fmt.Sprintf("%d.part", n))
		running.Go(func() {
			args := append([]string{"netns", "exec", name, binary(t, "ASSAY"), "load"}, target...)
			args = append(args, "--part", fmt.Sprintf("%d/%d", n+1, len(names)), "--start-at", start, "-o", files[n], "--timeout", "10s", "--quiet")
			out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput()
			t.Logf("in %s: %v\n%s", name, err, out)
			if err != nil {
				t.Error("a part failed")
			}
		})
	}
	running.Wait()
	code, report := assay(t, "", append([]string{"load", "merge"}, files...)...)
	checkMerged(t, code, report, len(names))

	// From a namespace too: from here, the target would be this machine.
	out, _ := exec.CommandContext(t.Context(), "ip", append([]string{"netns", "exec", names[0], binary(t, "ASSAY"), "load"}, target...)...).CombinedOutput()
	t.Logf("a single process:\n%s", out)
	if want, got := outcomes(t, string(out)), outcomes(t, report); got != want {
		t.Errorf("the outcomes of the parts are\n%s\nwant those of a single process:\n%s", got, want)
	}
}
