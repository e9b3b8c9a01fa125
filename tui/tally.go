package tui

import (
	"strconv"
	"strings"

	"github.com/assay-id/assay/reports"
)

// tally counts rows by their state and outcome.
type tally struct {
	total, judged, waiting, bad int

	latest int // those judged by the latest run

	counts map[reports.Outcome]int
}

func (t *tally) add(r *row) {
	t.total++
	if r.waiting {
		t.waiting++
		return
	}
	if r.result == nil {
		return
	}
	t.judged++
	if r.latest {
		t.latest++
	}
	if t.counts == nil {
		t.counts = make(map[reports.Outcome]int)
	}
	t.counts[r.result.Outcome]++
	if r.result.Outcome.Bad() {
		t.bad++
	}
}

// words describes the counts in words.
func (t *tally) words() string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+what)
		}
	}
	c := t.counts
	add(c[reports.OutcomePass], "passed")
	add(c[reports.OutcomeFail], "failed")
	add(c[reports.OutcomeCrash], "crashed")
	add(c[reports.OutcomeHang], "hung")
	add(c[reports.OutcomeAdapter], "adapter faults")
	add(c[reports.OutcomeInvalid], "not valid")
	add(c[reports.OutcomeError], "not judged")
	add(c[reports.OutcomeSkip], "skipped")
	add(c[reports.OutcomeKnown], "known to fail")
	add(c[reports.OutcomeFixed], "passed unexpectedly")
	add(t.waiting, "waiting")
	add(t.total-t.judged-t.waiting, "not run")
	return strings.Join(parts, ", ")
}
