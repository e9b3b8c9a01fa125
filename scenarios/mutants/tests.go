package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/scenarios/mutants/point"
)

// binary is the compiled tests of one package.
type binary struct {
	path, dir string
}

// test is one test, and how long it takes.
type test struct {
	binary *binary
	name   string
	time   time.Duration
}

func (t test) String() string { return filepath.Base(t.binary.dir) + "." + t.name }

// testTimeout bounds one test, or several that run in one process.
const testTimeout = time.Minute

// tryTests judges mutants by the tests of the packages in verifier/... .
func tryTests(ctx context.Context, o options, root, dir, overlay string, chosen []*Mutant) ([]Judgement, error) {
	if len(chosen) == 0 {
		return nil, nil
	}
	binaries, err := buildTests(root, dir, overlay)
	if err != nil {
		return nil, err
	}
	tests, err := listTests(ctx, binaries)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	reach := make(map[int][]test)
	err = parallel(o.workers, tests, func(t test) error {
		numbers, took, err := reachedBy(ctx, dir, t)
		if err != nil {
			fmt.Printf("%s fails without a mutant and is left out\n", t)
			return ctx.Err()
		}
		mu.Lock()
		defer mu.Unlock()
		t.time = took
		for _, number := range numbers {
			reach[number] = append(reach[number], t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p := progress{o: o, planned: len(chosen)}
	err = parallel(o.workers, chosen, func(m *Mutant) error {
		p.judged(tryTest(ctx, m, reach[m.Number]))
		return ctx.Err()
	})
	return p.judgements, err
}

// parallel calls f for each of list, a few at a time, and returns the first
// error.
func parallel[T any](workers int, list []T, f func(T) error) error {
	return each(context.Background(), workers, list, func(_ context.Context, _ *process, item T) error { return f(item) }, "")
}

func buildTests(root, dir, overlay string) ([]*binary, error) {
	cmd := exec.Command("go", "list", "-f", `{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}`, "./verifier/...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var list []*binary
	for folder := range strings.Lines(string(out)) {
		folder = strings.TrimSpace(folder)
		b := &binary{path: filepath.Join(dir, filepath.Base(folder)+".test"), dir: folder}
		if err := build(root, overlay, "test", "-c", "-vet=off", "-o", b.path, folder); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

func listTests(ctx context.Context, binaries []*binary) ([]test, error) {
	var tests []test
	for _, b := range binaries {
		out, err := b.command(ctx, "-test.list", "^(Test|Example|Fuzz)").Output()
		if err != nil {
			return nil, err
		}
		for _, name := range strings.Fields(string(out)) {
			tests = append(tests, test{binary: b, name: name})
		}
	}
	return tests, nil
}

func (b *binary) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.path, args...)
	cmd.Dir = b.dir
	ownGroup(cmd)
	cmd.Cancel = func() error { endGroup(cmd); return nil }
	return cmd
}

// reachedBy runs a test without a mutant and returns the numbers of those that
// it reaches.
func reachedBy(ctx context.Context, dir string, t test) ([]int, time.Duration, error) {
	record := filepath.Join(dir, t.String()+".reach")
	started := time.Now()
	cmd := t.binary.command(ctx, "-test.run", "^"+t.name+"$", "-test.timeout", testTimeout.String())
	cmd.Env = append(os.Environ(), point.ReachVariable+"="+record)
	defer endGroup(cmd)
	if err := cmd.Run(); err != nil {
		return nil, 0, err
	}
	took := time.Since(started)
	text, err := os.ReadFile(record)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, 0, err
	}
	var numbers []int
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		number, err := strconv.Atoi(lines.Text())
		if err != nil {
			return nil, 0, err
		}
		numbers = append(numbers, number)
	}
	return numbers, took, nil
}

// tryTest runs the tests that reach m, those of one package in one process,
// until one fails twice.
func tryTest(ctx context.Context, m *Mutant, reaching []test) Judgement {
	result := Judgement{Mutant: m, Status: Unreached}
	groups := make(map[*binary][]test)
	for _, t := range reaching {
		result.Status = Survived
		result.Cases = append(result.Cases, t.String())
		groups[t.binary] = append(groups[t.binary], t)
	}
	order := make([][]test, 0, len(groups))
	for _, group := range groups {
		order = append(order, group)
	}
	slices.SortFunc(order, func(a, b []test) int { return cmp.Compare(total(a), total(b)) })
	slices.Sort(result.Cases)
	for _, group := range order {
		if failsTwice(ctx, m, group) {
			result.Status, result.By = Killed, filepath.Base(group[0].binary.dir)
			break
		}
	}
	return result
}

// failsTwice repeats what fails, because a test can also fail by chance.
func failsTwice(ctx context.Context, m *Mutant, tests []test) bool {
	for range 2 {
		if !fails(ctx, m, tests) {
			return false
		}
	}
	return true
}

func total(tests []test) (sum time.Duration) {
	for _, t := range tests {
		sum += t.time
	}
	return sum
}

// fails reports whether any of the tests, all of one package, fails under m.
func fails(ctx context.Context, m *Mutant, tests []test) bool {
	names := make([]string, len(tests))
	for i, t := range tests {
		names[i] = t.name
	}
	limit := 3*total(tests) + 20*time.Second
	cmd := tests[0].binary.command(ctx, "-test.run", "^("+strings.Join(names, "|")+")$", "-test.failfast",
		"-test.timeout", limit.String())
	defer endGroup(cmd)
	cmd.Env = append(os.Environ(), point.ActiveVariable+"="+strconv.Itoa(m.Number))
	return cmd.Run() != nil
}
