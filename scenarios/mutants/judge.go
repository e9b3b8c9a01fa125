package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// Status is what became of a mutant.
type Status string

// The statuses. A mutant that only its own tests judge is Unreached if none of
// them reaches it.
const (
	Killed    Status = "killed"
	Survived  Status = "survived"
	Unreached Status = "not reached"
)

// Judgement is the status of one mutant.
type Judgement struct {
	*Mutant
	Status Status
	By     string   // the case or the test that kills it
	Cases  []string // the cases or tests to which it makes a difference
}

// judge kills mutants with scenarios.
type judge struct {
	path      string // of the worker
	catalogue *scenarios.Catalogue
	prefixes  []string // of the IDs of the cases to run

	millis map[string]float64 // by case, without a mutant
	reach  map[int][]string   // the cases that run the code of a mutant
	differ map[int][]string   // those of them to which it makes a difference

	mu    sync.Mutex
	kills map[string]map[string]int // by function and case
}

// caseTimeoutMS is far above what a case takes next to those of other mutants.
const caseTimeoutMS = 20_000

// survey runs every case without a mutant and records what it reaches. Cases
// that do not pass even so are left out, and returned.
func (j *judge) survey(ctx context.Context, workers int) (bad []string, err error) {
	var mu sync.Mutex
	j.millis, j.kills = make(map[string]float64), make(map[string]map[string]int)
	j.reach, j.differ = make(map[int][]string), make(map[int][]string)
	cases := slices.DeleteFunc(j.catalogue.All(), func(s *scenarios.Scenario) bool {
		return !slices.ContainsFunc(j.prefixes, func(prefix string) bool { return strings.HasPrefix(s.ID, prefix) })
	})
	err = each(ctx, workers, cases, func(ctx context.Context, p *process, s *scenarios.Scenario) error {
		for range 3 {
			answer, err := p.ask(ctx, Request{Cases: []string{s.ID}, TimeoutMS: 3 * caseTimeoutMS})
			if err != nil {
				return err
			}
			if r := answer.Results; len(r) == 1 && !r[0].Outcome.Bad() {
				mu.Lock()
				defer mu.Unlock()
				j.note(r[0], answer)
				return nil
			}
		}
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, s.ID)
		return nil
	}, j.path)
	slices.Sort(bad)
	return bad, err
}

// note records what a case reaches.
func (j *judge) note(r Result, answer *Answer) {
	j.millis[r.Case] = r.MS
	for _, number := range answer.Reached {
		j.reach[number] = append(j.reach[number], r.Case)
	}
	for _, number := range answer.Different {
		j.differ[number] = append(j.differ[number], r.Case)
	}
}

// each calls f for each of list, with one worker a goroutine.
func each[T any](
	ctx context.Context, workers int, list []T, f func(context.Context, *process, T) error, path string,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			p := &process{path: path}
			defer p.stop()
			for item := range queue {
				if ctx.Err() != nil {
					continue
				}
				if err := f(ctx, p, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, item := range list {
		queue <- item
	}
	close(queue)
	group.Wait()
	return context.Cause(ctx)
}

// try runs the cases to which m makes a difference until one fails.
func (j *judge) try(ctx context.Context, p *process, m *Mutant) (Judgement, error) {
	if m.AtStart {
		p = &process{path: p.path, atStart: m.Number}
		defer p.stop()
	}
	result := Judgement{Mutant: m, Status: Unreached}
	if m.AtStart || len(j.reach[m.Number]) > 0 {
		result.Status = Survived
	}
	reaching := j.reaching(m)
	result.Cases = slices.Sorted(slices.Values(reaching))
	for size := 2; len(reaching) > 0; size *= 8 {
		batch := reaching[:min(size, len(reaching))]
		reaching = reaching[len(batch):]
		killer, err := j.batch(ctx, p, m, batch)
		if err != nil {
			return result, err
		}
		if killer != "" {
			result.Status, result.By = Killed, killer
			j.remember(m, killer)
			break
		}
	}
	return result, nil
}

// reaching returns the cases to which m makes a difference, those first that
// are likely to kill it.
func (j *judge) reaching(m *Mutant) []string {
	list := slices.Clone(j.differ[m.Number])
	if m.AtStart {
		for id := range j.millis {
			list = append(list, id)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	kills := j.kills[m.File+m.Function]
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(kills[b]-kills[a], cmp.Compare(j.millis[a], j.millis[b]), cmp.Compare(a, b))
	})
	return slices.Compact(list)
}

func (j *judge) remember(m *Mutant, id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	where := m.File + m.Function
	if j.kills[where] == nil {
		j.kills[where] = make(map[string]int)
	}
	j.kills[where][id]++
}

// batch runs cases under m and returns which of them kills it, or "". A failure
// counts if the same case passes at once without the mutant, in the same
// process, and fails once more with it if it depends on time or the network.
func (j *judge) batch(ctx context.Context, p *process, m *Mutant, cases []string) (string, error) {
	for len(cases) > 0 {
		answer, err := j.ask(ctx, p, m.Number, cases)
		switch {
		case errors.Is(err, errDied):
			return fmt.Sprintf("one of %v: %v", cases[:min(4, len(cases))], err), nil
		case err != nil:
			return "", err
		case answer.TimedOut:
			return fmt.Sprintf("one of %v: no end", cases[:min(4, len(cases))]), nil
		}
		for _, r := range answer.Results {
			if kills(r) {
				sure, err := j.confirm(ctx, p, m, r.Case)
				if sure || err != nil {
					return r.Case, err
				}
			}
			cases = slices.DeleteFunc(slices.Clone(cases), func(id string) bool { return id == r.Case })
		}
		if len(answer.Results) == 0 {
			break
		}
	}
	return "", nil
}

// kills reports whether an outcome is a judgement about the verifier.
func kills(r Result) bool {
	return r.Outcome == reports.OutcomeFail || r.Outcome == reports.OutcomeCrash || r.Outcome == reports.OutcomeHang
}

// confirm reports whether a case that failed under m fails because of it. What
// an earlier mutant has left in the memory of the process is no reason.
func (j *judge) confirm(ctx context.Context, p *process, m *Mutant, id string) (bool, error) {
	if m.AtStart {
		return true, nil // in this process it cannot be turned off
	}
	without, err := j.ask(ctx, p, 0, []string{id})
	if err == nil && len(without.Results) == 1 && kills(without.Results[0]) {
		p.stop() // and start with a clean memory
		without, err = j.ask(ctx, p, 0, []string{id})
	}
	if err != nil || len(without.Results) != 1 || kills(without.Results[0]) {
		return false, ignoreDeath(err)
	}
	if s := j.catalogue.Get(id); !s.Has("idp") && !s.Timed() && !s.MeasuresMemory() {
		return true, nil // it depends on nothing but the verifier
	}
	with, err := j.ask(ctx, p, m.Number, []string{id})
	if err != nil {
		return errors.Is(err, errDied), ignoreDeath(err)
	}
	return with.TimedOut || len(with.Results) == 1 && kills(with.Results[0]), nil
}

func ignoreDeath(err error) error {
	if errors.Is(err, errDied) {
		return nil
	}
	return err
}

func (j *judge) ask(ctx context.Context, p *process, number int, cases []string) (*Answer, error) {
	timeout := float64(caseTimeoutMS)
	for _, id := range cases {
		timeout += 2 * j.millis[id]
	}
	return p.ask(ctx, Request{Mutant: number, Cases: cases, TimeoutMS: int(timeout)})
}
