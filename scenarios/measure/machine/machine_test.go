package machine_test

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"testing"

	"github.com/assay-id/assay/scenarios/measure/machine"
)

func TestHost(t *testing.T) {
	t.Parallel()
	h := machine.Host()
	if h.OS != runtime.GOOS || h.Arch != runtime.GOARCH || h.Go != runtime.Version() || h.CPUs != runtime.NumCPU() || h.GOMAXPROCS != runtime.GOMAXPROCS(0) {
		t.Errorf("Host = %+v, want the facts of package runtime", h)
	}
}

// The share of this process grows with its work, whatever other processes do.
func TestTakeSeesOwnWork(t *testing.T) {
	t.Parallel()
	before := machine.Take()
	var use machine.Use
	var sum [sha256.Size]byte
	for range 2_000 {
		for range 10_000 {
			sum = sha256.Sum256(sum[:])
		}
		if use = before.Until(machine.Take()); use.OwnCores > 0 && use.OwnShare > 0 {
			break
		}
	}
	if !use.Known {
		t.Skip("this system does not tell the use of its CPUs")
	}
	if use.OwnCores <= 0 || use.OwnShare <= 0 || use.OwnShare > 1 || use.OthersShare > 1 || use.StealShare > 1 {
		t.Errorf("the use is %+v after work of our own", use)
	}
}

func ExampleSnapshot_Until() {
	before := machine.Take()
	// The measurement goes here.
	use := before.Until(machine.Take())
	for _, reason := range use.Reasons() {
		fmt.Println("not valid:", reason)
	}
}
