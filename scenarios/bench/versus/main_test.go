package versus_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/bench/versus"
)

// TestMain lets the test binary be a build or an adapter, depending on the name
// that it was started under.
func TestMain(m *testing.M) {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	var err error
	switch {
	case name == "broken":
		os.Stderr.WriteString("broken: unknown command\n")
		os.Exit(2)
	case strings.HasPrefix(name, "fake-"):
		var cost time.Duration
		if cost, err = time.ParseDuration(strings.TrimPrefix(name, "fake-")); err == nil {
			err = fake(cost, os.Stdin, os.Stdout)
		}
	case name == "slow-echo":
		err = versus.Echo(slow{os.Stdin}, os.Stdout)
	case len(os.Args) == 3 && os.Args[1] == "bench" && os.Args[2] == "echo":
		err = versus.Echo(os.Stdin, os.Stdout)
	case len(os.Args) == 3 && os.Args[1] == "bench" && os.Args[2] == "worker":
		err = versus.Work(os.Stdin, os.Stdout)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		os.Stderr.WriteString(name + ": " + err.Error() + "\n")
		os.Exit(1)
	}
}

// fake is a worker that says that each token takes cost.
func fake(cost time.Duration, in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	var job struct{ Tokens []string }
	if err := dec.Decode(&job); err != nil || len(job.Tokens) == 0 {
		return err
	}
	if err := enc.Encode(map[string]any{"allocs_per_op": 3}); err != nil {
		return err
	}
	for {
		var order struct{ N int64 }
		if err := dec.Decode(&order); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := enc.Encode(map[string]any{"ns": order.N * int64(cost), "wrong": 0}); err != nil {
			return err
		}
	}
}

// slow delays what it reads.
type slow struct{ io.Reader }

func (s slow) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	time.Sleep(3 * time.Millisecond)
	return n, err
}
