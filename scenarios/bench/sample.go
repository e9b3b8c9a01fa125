package bench

import "github.com/assay-id/assay/reports"

// live returns the sample of a moment: the counts and the histogram so far, with
// the rate and the times of the last interval. It is made on the goroutine of
// the collector, while the workers measure.
func (s Series) live(recent, whole tally) reports.Sample {
	sample := s.counts(whole)
	sample.RatePerSecond = perSecond(recent, s.Workers)
	sample.Service = recent.service.Quantiles()
	sample.Histogram = whole.service.Buckets()
	return sample
}

// final returns the sample of everything that was measured.
func (s Series) final(whole tally) reports.Sample {
	sample := s.counts(whole)
	sample.Final = true
	sample.RatePerSecond = perSecond(whole, s.Workers)
	sample.Service = whole.service.Quantiles()
	sample.Histogram = whole.service.Buckets()
	return sample
}

func (s Series) counts(whole tally) reports.Sample {
	sample := reports.Sample{
		Series:         s.Name,
		ElapsedSeconds: whole.elapsed.Seconds() / float64(s.Workers),
		Operations:     whole.service.Count(),
		Wrong:          whole.wrong,
	}
	if verdict := s.verdict(); verdict != "" && sample.Operations > whole.wrong {
		sample.Verdicts = map[string]uint64{verdict: sample.Operations - whole.wrong}
	}
	return sample
}

// perSecond returns the rate of all workers together.
func perSecond(t tally, workers int) float64 {
	if t.elapsed <= 0 {
		return 0
	}
	return float64(t.service.Count()) / t.elapsed.Seconds() * float64(workers)
}
