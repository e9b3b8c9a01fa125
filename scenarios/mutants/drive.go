package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/scenarios"
)

// options are what the command line asks for.
type options struct {
	root, only, by, cases string
	sample, workers       int
	seed                  uint64
	update, list, verbose bool
	fresh                 bool // only what has not been judged before
	survivors             bool // only what was not killed
}

// drive finds the mutants, tries them and prints what became of them.
func drive(ctx context.Context, o options) error {
	started := time.Now()
	root, err := filepath.Abs(o.root)
	if err != nil {
		return err
	}
	sources, err := load(root, mutated...)
	if err != nil {
		return err
	}
	found := mutants(sources)
	var all []*Mutant
	for _, s := range sources {
		all = append(all, found[s]...)
	}
	known, err := readRecord(root)
	if err != nil {
		return err
	}
	chosen := choose(o, all, known)
	if o.list {
		for _, m := range chosen {
			fmt.Println(m.key)
		}
		return nil
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := overlay(dir, found)
	if err != nil {
		return err
	}
	judgements, err := try(ctx, o, root, dir, overlay, chosen)
	if err != nil && ctx.Err() == nil {
		return err
	}
	fmt.Printf("%d of %d mutants judged in %v\n", len(judgements), len(all), time.Since(started).Round(time.Second))
	conclusion := known.conclude(judgements)
	if o.update {
		return known.update(all, judgements)
	}
	return cmp.Or(err, conclusion)
}

// choose returns the mutants to try, in a random order, so that those that an
// interrupted run has tried say something about all.
func choose(o options, all []*Mutant, known *record) []*Mutant {
	var chosen []*Mutant
	for _, m := range all {
		was := known.of(m)
		sampled := was == Killed && !m.byOwnTests() && !m.AtStart
		judged := o.by == "" || (o.by == "tests") == m.byOwnTests()
		if judged && strings.Contains(m.key.String(), o.only) && (o.sample == 0 || sampled) && (!o.fresh || was == "") && (!o.survivors || was != "" && was != Killed) {
			chosen = append(chosen, m)
		}
	}
	random := rand.New(rand.NewPCG(o.seed, 0))
	random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	if o.sample > 0 {
		chosen = chosen[:min(o.sample, len(chosen))]
	}
	return chosen
}

// try builds what is needed to try the mutants, and judges each of them.
func try(ctx context.Context, o options, root, dir, overlay string, chosen []*Mutant) ([]Judgement, error) {
	var byScenarios, byTests []*Mutant
	for _, m := range chosen {
		if m.byOwnTests() {
			byTests = append(byTests, m)
		} else {
			byScenarios = append(byScenarios, m)
		}
	}
	judgements, err := tryScenarios(ctx, o, root, dir, overlay, byScenarios)
	if err != nil {
		return judgements, err
	}
	more, err := tryTests(ctx, o, root, dir, overlay, byTests)
	return append(judgements, more...), err
}

func tryScenarios(ctx context.Context, o options, root, dir, overlay string, chosen []*Mutant) ([]Judgement, error) {
	if len(chosen) == 0 {
		return nil, nil
	}
	catalogue, err := scenarios.Builtin()
	if err != nil {
		return nil, err
	}
	j := &judge{path: filepath.Join(dir, "worker"), catalogue: catalogue, prefixes: strings.Split(o.cases, ",")}
	if err := build(root, overlay, "build", "-o", j.path, "./scenarios/mutants"); err != nil {
		return nil, err
	}
	bad, err := j.survey(ctx, o.workers)
	if err != nil {
		return nil, err
	}
	for _, id := range bad {
		fmt.Printf("%s fails without a mutant and is left out\n", id)
	}
	p := progress{o: o, planned: len(chosen)}
	err = each(ctx, o.workers, chosen, func(ctx context.Context, w *process, m *Mutant) error {
		result, err := j.try(ctx, w, m)
		if err == nil {
			p.judged(result)
		}
		return err
	}, j.path)
	return p.judgements, err
}

// progress collects judgements.
type progress struct {
	o       options
	planned int

	mu         sync.Mutex
	judgements []Judgement
}

func (p *progress) judged(j Judgement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judgements = append(p.judgements, j)
	if p.o.verbose {
		fmt.Printf("%d/%d %s: %s %s\n", len(p.judgements), p.planned, j.key, j.Status, j.By)
	}
}
