package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios/mutants/point"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMutantsGolden builds a small program with all of its mutants, turns on one
// after the other, and compares what it prints. Without a mutant it prints what
// the original does.
func TestMutantsGolden(t *testing.T) {
	t.Parallel()
	const dir, golden = "scenarios/mutants/testdata/sample", "testdata/sample.golden"
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := load(root, dir)
	if err != nil {
		t.Fatal(err)
	}
	found := mutants(sources)
	temp := t.TempDir()
	overlay, err := overlay(temp, found)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(temp, "sample")
	if err := build(root, overlay, "build", "-o", program, "./"+dir); err != nil {
		t.Fatal(err)
	}
	original := "true false false &{ZERO it is zero} <nil> green 1m0s 2"
	if got := printed(program, 0); got != original {
		t.Errorf("without a mutant it prints %q, want %q", got, original)
	}
	var got strings.Builder
	for _, m := range found[sources[0]] {
		fmt.Fprintf(&got, "%s: %s -> %s\n\t%s\n", m.Function, m.Was, m.Is, printed(program, m.Number))
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("mutants (-want +got):\n%s", diff)
	}
}

// printed runs a program with a mutant on and returns the first line that it
// prints.
func printed(program string, number int) string {
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), point.ActiveVariable+"="+strconv.Itoa(number))
	out, _ := cmd.CombinedOutput() // a panic is a result like any other
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return string(line)
}

// TestMutantsAreKnown holds the tables to the source: what they name exists, and
// not too much is excused.
func TestMutantsAreKnown(t *testing.T) {
	t.Parallel()
	all := verifierMutants(t)
	byKey := make(map[key]bool)
	for _, m := range all {
		if byKey[m.key] {
			t.Errorf("two mutants have the key %q", m.key)
		}
		byKey[m.key] = true
	}
	for _, e := range equivalents {
		if !byKey[e.key] || e.why == "" {
			t.Errorf("equivalents.go has %q, which is no mutant of the source or has no reason", e.key)
		}
	}
	if share := float64(len(equivalents)) / float64(len(all)); share > 0.05 {
		t.Errorf("%.1f %% of the mutants are listed as equivalent, want 5 at most", 100*share)
	}
	if len(all) >= point.Limit {
		t.Errorf("there are %d mutants, and point.Limit is %d", len(all), point.Limit)
	}
	for _, o := range ownTests {
		used := false
		for _, m := range all {
			used = used || o.has(m)
		}
		if !used {
			t.Errorf("owntests.go has %q, which has no mutants", o.where)
		}
	}
}

func verifierMutants(t *testing.T) []*Mutant {
	t.Helper()
	sources, err := load("../..", mutated...)
	if err != nil {
		t.Fatal(err)
	}
	found := mutants(sources)
	var all []*Mutant
	for _, s := range sources {
		all = append(all, found[s]...)
	}
	return all
}

// TestRecord shows that an update keeps what is known of mutants that were not
// tried and drops those that are gone, and what a run fails for.
func TestRecord(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "scenarios/mutants"), 0o755); err != nil {
		t.Fatal(err)
	}
	a, b, c, gone := &Mutant{Number: 1}, &Mutant{Number: 2}, &Mutant{Number: 3}, &Mutant{Number: 4}
	for i, m := range []*Mutant{a, b, c, gone} {
		m.key = key{File: "f.go", Function: "f", Was: strconv.Itoa(i), Is: "x", Nth: 1}
	}
	r := &record{root: root}
	first := []Judgement{{Mutant: a, Status: Killed}, {Mutant: b, Status: Survived}, {Mutant: gone, Status: Survived}}
	if err := r.update([]*Mutant{a, b, c, gone}, first); err != nil {
		t.Fatal(err)
	}
	r, err := readRecord(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.update([]*Mutant{a, b, c}, []Judgement{{Mutant: c, Status: Unreached}}); err != nil {
		t.Fatal(err)
	}
	if r, err = readRecord(root); err != nil {
		t.Fatal(err)
	}
	for m, want := range map[*Mutant]Status{a: Killed, b: Survived, c: Unreached, gone: ""} {
		if got := r.of(m); got != want {
			t.Errorf("the status of %s is %q, want %q", m.key, got, want)
		}
	}
	for _, test := range []struct {
		name  string
		j     Judgement
		fails bool
	}{
		{"killed before, survives", Judgement{Mutant: a, Status: Survived}, true},
		{"new, survives", Judgement{Mutant: gone, Status: Survived}, true},
		{"survives as before", Judgement{Mutant: b, Status: Survived}, false},
		{"survived, is killed", Judgement{Mutant: b, Status: Killed}, false},
	} {
		if err := r.conclude([]Judgement{test.j}); (err != nil) != test.fails {
			t.Errorf("%s: conclude returns %v, want an error: %v", test.name, err, test.fails)
		}
	}
	if chosen := choose(options{sample: 5}, []*Mutant{a, b, c, gone}, r); len(chosen) != 1 || chosen[0] != a {
		t.Errorf("a sample has %v, want the killed one alone", chosen)
	}
}
