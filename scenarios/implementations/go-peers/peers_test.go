package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/bench/paired"
)

func testEnvironment(t *testing.T) *environment {
	t.Helper()
	e, err := newEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.server.Close)
	return e
}

// Every peer verifies what it is compared in.
func TestPeersVerify(t *testing.T) {
	t.Parallel()
	e := testEnvironment(t)
	for _, p := range peers() {
		for _, alg := range []string{"RS256", "ES256"} {
			t.Run(p.name+" "+alg, func(t *testing.T) {
				t.Parallel()
				if _, err := p.prove(e, alg); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A peer that checks nothing, or accepts nothing, is found out.
func TestProveFindsLiars(t *testing.T) {
	t.Parallel()
	e := testEnvironment(t)
	for name, answer := range map[string]error{"accepts all": nil, "accepts nothing": errors.New("no")} {
		p := peer{name: name, make: func(*environment, string) (verify, error) {
			return func(string) error { return answer }, nil
		}}
		if _, err := p.prove(e, "RS256"); err == nil {
			t.Errorf("a peer that %s was not found out", name)
		}
	}
}

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	tests := []struct {
		name   string
		args   []string
		want   int
		stdout string
		stderr string
	}{
		{"a moment", []string{"-quick", "-seed", "7", "-only", "keys in the set", "-json", file}, exitOK, "| assay, 2 keys | assay, 1000 keys |", "assay, 100 keys / assay, 2 keys"},
		{"list", []string{"-list"}, exitOK, "go-oidc", ""},
		{"nothing selected", []string{"-quick", "-only", "no such thing"}, exitUsage, "", `no comparison has "no such thing"`},
		{"an unknown flag", []string{"-x"}, exitUsage, "", "-x"},
		{"an argument", []string{"x"}, exitUsage, "", `unexpected argument "x"`},
		{"a file that cannot be", []string{"-quick", "-only", "keys in the set", "-json", file + "/x"}, exitFailed, "", "error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), test.args, &stdout, &stderr); got != test.want {
				t.Errorf("exit code %d, want %d\n%s", got, test.want, &stderr)
			}
			if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("stdout:\n%s\nstderr:\n%s", &stdout, &stderr)
			}
		})
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(lines))
	var h host
	if err := dec.Decode(&h); err != nil || h.Seed != 7 || h.Go == "" {
		t.Errorf("the first line is %+v, %v", h, err)
	}
	for range 2 {
		var c comparison
		if err := dec.Decode(&c); err != nil || c.Section != "keys in the set" || c.Result.Ratio.Estimate <= 0 {
			t.Errorf("a line is %+v, %v", c, err)
		}
	}
	if dec.More() {
		t.Error("there are more than three lines")
	}
}

// A side whose outcome changes is reported instead of measured.
func TestCompareCountsWrongOutcomes(t *testing.T) {
	n := 0
	flaky := side{name: "flaky", call: func() error {
		if n++; n%1000 == 0 {
			return errors.New("no")
		}
		return nil
	}}
	b := &bench{quick: true, told: func(comparison) { t.Error("it was reported as measured") }}
	if err := b.compare(t.Context(), []pair{{section: "x", alg: "RS256", left: side{name: "steady", call: func() error { return nil }}, right: flaky}}); err == nil || !strings.Contains(err.Error(), "flaky") {
		t.Errorf("compare = %v, want an error that names the side", err)
	}
}

func TestWriteTable(t *testing.T) {
	t.Parallel()
	list := []comparison{
		{Section: "to the bare check", Left: "bare check", Right: "go-oidc", Version: "v3", Alg: "RS256",
			Result: paired.Result{
				Ratio: paired.Interval{Estimate: 2.05, Low: 2.04, High: 2.06}, Collected: &paired.Interval{Estimate: 2.1},
				B: paired.Side{MedianNS: 47000, AllocsPerOp: 121.2, BytesPerOp: 10208},
			}},
		{Section: "cores", Left: "one", Right: "two", Alg: "RS256", Result: paired.Result{
			Ratio: paired.Interval{Estimate: 1.02, Low: 1.01, High: 1.03}, B: paired.Side{MedianNS: 17000},
		}},
	}
	var out bytes.Buffer
	if err := writeTable(&out, host{CPU: "X", Cores: 2, OS: "linux", Arch: "amd64", Go: "go1", Load: "0 0 0", Seed: 7, Method: "m"}, list); err != nil {
		t.Fatal(err)
	}
	want := `X, 2 cores, linux/amd64, go1, load 0 0 0, seed 7
m

to the bare check, RS256

| left       | right      | ratio | interval       | with GC | right, ns | allocs | bytes |
| ---        | ---        | --:   | --:            | --:     | --:       | --:    | --:   |
| bare check | go-oidc v3 | 2.050 | 2.040 to 2.060 | 2.100   | 47000     | 121    | 10208 |

cores, RS256

| left | right | ratio | interval       | with GC | right, ns | allocs | bytes |
| ---  | ---   | --:   | --:            | --:     | --:       | --:    | --:   |
| one  | two   | 1.020 | 1.010 to 1.030 |         | 17000     | 0      | 0     |
`
	if out.String() != want {
		t.Errorf("the table reads\n%s\nwant\n%s", &out, want)
	}
}
