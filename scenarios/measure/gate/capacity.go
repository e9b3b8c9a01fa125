package gate

import (
	"strings"

	"github.com/assay-id/assay/reports"
)

// JudgeCapacity judges thresholds on what a search for the capacity has found.
// They are facts if the target was the limit. Otherwise the capacity is at least
// the lower bound, which decides only what a higher one would not change.
func JudgeCapacity(thresholds []Threshold, c reports.Capacity) Judgement {
	var j Judgement
	for _, t := range thresholds {
		bound := c.LowPerSecond
		if t.agg == "hi" {
			bound = c.HighPerSecond
		}
		known := c.Limit == reports.LimitTarget
		atLeast := c.LowPerSecond > 0 && t.agg == "lo" && strings.HasPrefix(t.op, ">")
		result := reports.Threshold{Expression: t.text, Got: c.String(), Verdict: reports.VerdictUndecided}
		switch {
		case (known || atLeast) && t.holds(bound):
			result.Got, result.Verdict = t.format(bound), reports.VerdictMet
		case known:
			result.Got, result.Verdict = t.format(bound), reports.VerdictMissed
		}
		j.AddFact(result)
	}
	return j
}
