package load

import (
	"slices"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// conditions say under which circumstances a load was measured.
type conditions struct {
	unmeasured, doubts, crowded []string // see the methods of runner
	notes                       []string
	dropped                     uint64
	allowInvalid                bool
	aborted                     *abort // what ended the load early, or nil
}

// judge judges thresholds on series, of which the first is the whole load, and
// fills in the sample of the whole and the footer.
func (c conditions) judge(thresholds []gate.Threshold, series []gate.Series, f *reports.Footer) gate.Judgement {
	whole := &series[0]
	whole.Crowded = len(c.crowded) > 0
	whole.Sample.Dropped = c.dropped
	whole.Sample.Notes = c.notes
	whole.Sample.Invalid = slices.Concat(c.unmeasured, c.doubts, c.crowded)
	judgement := gate.Judge(thresholds, series)
	f.Thresholds = judgement.Thresholds
	f.Invalid = c.unmeasured
	onTimes := judgement.RestsOnTimes()
	if c.aborted != nil {
		f.Aborted = &c.aborted.Abort
		onTimes = onTimes || c.aborted.restsOnTimes
	}
	if onTimes && !c.allowInvalid {
		f.Invalid = whole.Sample.Invalid
	}
	return judgement
}
