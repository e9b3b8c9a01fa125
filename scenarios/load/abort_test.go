package load

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// failing returns the handler of a target that fails from one time to another.
func failing(from, to time.Duration) http.HandlerFunc {
	start := time.Now()
	return func(w http.ResponseWriter, r *http.Request) {
		if t := time.Since(start); t >= from && t < to {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		quick(w, r)
	}
}

// aborting offers 100 requests a second for 10 s.
func aborting(provider *corpus.Provider, conditions ...string) Options {
	return Options{
		Provider: provider, RatePerSecond: 100, Duration: 10 * time.Second, Warmup: NoWarmup, Pace: PaceSleep,
		Aborts: conditions, AbortWindow: 2 * time.Second, Thresholds: []string{"errors < 90%"},
	}
}

// The target breaks after three seconds. A second later half of the requests of
// the last two seconds have failed.
func TestAConditionEndsTheLoad(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		s, result, err := inMemory(t, aborting(provider, "p95 > 1s", "errors > 50%"), failing(3*time.Second, time.Hour))
		got := result.Footer.Aborted
		if got == nil || got.Condition != "errors > 50%" || got.WindowSeconds != 2 || got.ElapsedSeconds < 4 || got.ElapsedSeconds > 4.5 {
			t.Fatalf("Aborted = %+v, want errors > 50%% after 4 s", got)
		}
		if s.Operations < 400 || s.Operations > 450 || s.Dropped > 0 || result.Footer.Interrupted || result.Footer.Green() {
			t.Errorf("%d requests, %d dropped, footer %+v, want the load to end red there", s.Operations, s.Dropped, result.Footer)
		}
		if !errors.Is(err, gate.ErrMissed) || !strings.Contains(err.Error(), "errors > 50% held over the last 2.0 s") {
			t.Errorf("Run = %v, want ErrMissed and the condition", err)
		}
		if v := verdict(result, "errors < 90%"); v != reports.VerdictMet {
			t.Errorf("errors < 90%% is %s, want it judged on what there is", v)
		}
		if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, "aborted after 4.") {
			t.Errorf("the notes are %q, want them to say when", notes)
		}
	})
}

// Nine tenths of a second are less than half of the window.
func TestAShortFailureDoesNotEndTheLoad(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		s, result, _ := inMemory(t, aborting(provider, "errors > 50%"), failing(3*time.Second, 3900*time.Millisecond))
		if result.Footer.Aborted != nil || s.Operations != 1000 || s.Failed < 85 {
			t.Errorf("aborted: %v, %d requests, %d failed, want all 1000, 90 failed", result.Footer.Aborted, s.Operations, s.Failed)
		}
	})
}

// What is true of half a window decides nothing, and neither does the warm-up.
func TestOnlyAWholeWindowAfterTheWarmupEndsTheLoad(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		opts := aborting(provider, "errors > 99%")
		opts.Warmup = 3 * time.Second
		_, result, _ := inMemory(t, opts, failing(0, 4*time.Second))
		if result.Footer.Aborted != nil {
			t.Errorf("Aborted = %+v, although only one second of the load failed", result.Footer.Aborted)
		}
	})
}

func TestATargetThatFallsBehindEndsTheLoad(t *testing.T) {
	t.Parallel()
	provider := es256()
	for _, condition := range []string{"rate < 60%", "p90 > 500ms", "response max > 500ms"} {
		synctest.Test(t, func(t *testing.T) {
			opts := aborting(provider, condition)
			opts.Connections = 1
			_, result, _ := inMemory(t, opts, func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) })
			if result.Footer.Aborted == nil || result.Footer.Aborted.Condition != condition {
				t.Errorf("Aborted = %+v, want %s", result.Footer.Aborted, condition)
			}
		})
	}
}

func TestUsersAreAborted(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		opts := aborting(provider, "rate < 50/s")
		opts.Users = []Crowd{{1, 1, 10 * time.Second}}
		_, result, _ := inMemory(t, opts, func(http.ResponseWriter, *http.Request) { time.Sleep(50 * time.Millisecond) })
		if got := result.Footer.Aborted; got == nil || got.Got < "19" || got.Got > "21" {
			t.Errorf("Aborted = %+v, want it for 20 requests a second", got)
		}
	})
}

// A busy machine must not look like a slow target, and changes no verdict.
func TestHowAnAbortedLoadEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		onTimes bool
		invalid []string
		want    error
	}{
		{false, nil, gate.ErrMissed},
		{false, []string{"neighbours"}, gate.ErrMissed},
		{true, nil, gate.ErrMissed},
		{true, []string{"neighbours"}, gate.ErrInvalid},
	} {
		a := &abort{restsOnTimes: test.onTimes}
		var f reports.Footer
		conditions{crowded: test.invalid, aborted: a}.judge(nil, make([]gate.Series, 1), &f)
		if err := a.conclude(f.Invalid); !errors.Is(err, test.want) || f.Aborted == nil {
			t.Errorf("on times %t and %v: %v, want %v", test.onTimes, test.invalid, err, test.want)
		}
	}
}

func TestAbortsAreRefused(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string]Options{
		"is neither a metric":         {Aborts: []string{"slow > 5"}},
		"dropped is not known before": {Aborts: []string{"dropped > 5"}},
		"want no labels":              {Aborts: []string{"errors{case=good} > 5"}},
		"abort window is -1s":         {Aborts: []string{"errors > 5"}, AbortWindow: -time.Second},
		"needs 1000 requests in the abort window, and 5s at up to 50/s": {Aborts: []string{"p99 > 1s"}, RatePerSecond: 50},
		"sends 250; what works is a rate of 200/s, or p95":              {Aborts: []string{"p99 > 1s"}, RatePerSecond: 50},
		"or an abort window of 20s, or p95":                             {Aborts: []string{"p99 > 1s"}, RatePerSecond: 50, Duration: time.Minute},
		"or max":                                                        {Aborts: []string{"p50 > 1s"}, RatePerSecond: 1},
		"is longer than the load":                                       {Aborts: []string{"errors > 5"}, AbortWindow: 11 * time.Second},
		"a part cannot abort":                                           {Aborts: []string{"errors > 5"}, URL: memoryURL, Provider: es256(), Part: Part{Number: 1, Of: 2, StartAt: time.Now()}},
		"response is not measured here":                                 {Aborts: []string{"response p99 > 1s"}, Users: []Crowd{{1, 1, time.Second}}},
	} {
		if err := opts.Validate(); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate = %v, want an ErrUsage with %q", err, want)
		}
	}
}

// A target that is so slow that a window has too few answers for the percentile
// does not pass for one that is fast enough.
func TestAConditionThatWasNeverDecidedIsNamed(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		opts := aborting(provider, "p95 > 1000s", "errors > 50%")
		opts.Connections = 1
		_, result, _ := inMemory(t, opts, func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) })
		notes := strings.Join(result.Notes, "\n")
		if !strings.Contains(notes, "abort condition p95 > 1000s was never decided: a window had 1") || strings.Contains(notes, "errors > 50%") {
			t.Errorf("the notes are %q, want them to name p95 > 1000s alone", notes)
		}
	})
}
