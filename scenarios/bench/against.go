package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/machine"
)

// Baseline is an earlier benchmark that another one is compared with.
type Baseline struct {
	Name    string // what messages call it, such as the name of its file
	Host    reports.Host
	Samples []reports.Sample // the final ones
}

// ratio returns the ratio of a series, or nil if there is none.
func (b *Baseline) ratio(series string) *reports.Interval {
	i := slices.IndexFunc(b.Samples, func(s reports.Sample) bool { return s.Series == series })
	if i < 0 {
		return nil
	}
	return b.Samples[i].Ratio
}

// covers checks that b has a ratio for each of the series that has one.
func (b *Baseline) covers(series []Series) error {
	var has, lacks []string
	for _, s := range series {
		switch {
		case s.Baseline == "":
		case b.ratio(s.Name) != nil:
			has = append(has, s.Name)
		default:
			lacks = append(lacks, s.Name)
		}
	}
	switch {
	case len(lacks) > 0 && len(has) > 0:
		return gate.Usage("%s has no ratio of %s; name what to compare: %s",
			b.Name, strings.Join(lacks, ", "), strings.Join(has, ", "))
	case len(has) == 0:
		return gate.Usage("%s has no ratio of what is measured", b.Name)
	}
	return nil
}

// compare adds a verdict on each ratio to j: whether it is worse than in the
// baseline by more than the margin.
func (r *runner) compare(j *gate.Judgement) {
	if r.Against == nil {
		return
	}
	elsewhere := ""
	if h := machine.Host(); h.CPUModel != r.Against.Host.CPUModel || h.Arch != r.Against.Host.Arch || h.Go != r.Against.Host.Go {
		elsewhere = "; measured on another machine or with another Go"
	}
	for _, s := range r.judged {
		before := r.Against.ratio(s.Sample.Series)
		if before == nil || s.Sample.Ratio == nil {
			continue // a baseline, or one of the two makes no garbage
		}
		change := paired.Interval(*s.Sample.Ratio).Over(paired.Interval(*before))
		t := reports.Threshold{
			Expression: fmt.Sprintf("%s: at most %g %% above %s", s.Sample.Series, 100*r.Margin, r.Against.Name),
			Got: fmt.Sprintf("%s (%s to %s) times as long: %s, was %s%s",
				reports.FormatRatio(change.Estimate), reports.FormatRatio(change.Low), reports.FormatRatio(change.High),
				reports.FormatRatio(s.Sample.Ratio.Estimate), reports.FormatRatio(before.Estimate), elsewhere),
		}
		switch decision := change.Decide(r.Margin); {
		case s.Unsound != "":
			t.Got, t.Verdict = s.Unsound, reports.VerdictUndecided
		case decision == paired.Slower:
			t.Verdict = reports.VerdictMissed
		case decision == paired.NotSlower:
			t.Verdict = reports.VerdictMet
		default:
			t.Verdict = reports.VerdictUndecided
		}
		j.AddFact(t)
	}
}
