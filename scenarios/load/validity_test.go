package load

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/machine"
)

// goodRun is a valid run of 1000 requests.
func goodRun(t *testing.T, url string) *runner {
	t.Helper()
	opts := Options{URL: url, RatePerSecond: 1000, Duration: time.Second, Warmup: NoWarmup}
	if url != "" {
		opts.Provider = new(corpus.Provider)
	}
	p, err := opts.plan()
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{plan: p, complete: true, timeline: new(timeline), collector: newCollector(p.series(), p.schedule, p.Warmup, p.mix), use: machine.Use{Known: true}}
	for n := range p.schedule.count {
		h := at(p.schedule.at(n), ms)
		h.part, _ = p.mix.pick(p.Seed, n)
		r.collector.add(h)
	}
	return r
}

func TestReasonsForInvalidity(t *testing.T) {
	t.Parallel()
	const far, near = "https://id.example/verify", "http://localhost:8080/verify"
	add := func(r *runner, n int, h hit) {
		for range n {
			r.collector.add(h)
		}
	}
	tests := []struct {
		name   string
		url    string
		change func(r *runner)
		want   []string // parts of the reasons, in order
	}{
		{"nothing", far, func(*runner) {}, nil},
		{"target away", far, func(r *runner) { r.unreachable = "connection refused" }, []string{"cannot be reached: connection refused"}},
		{"nothing counted", far, func(r *runner) { r.collector = newCollector("load", r.schedule, 0, r.mix) }, []string{"no request was counted"}},
		{"gave up", far, func(r *runner) { r.schedule = mustSchedule(t, Constant(1001, time.Second)) }, []string{"1 of 1001 requests were not sent"}},
		{"interrupted", far, func(r *runner) {
			r.schedule = mustSchedule(t, Constant(1001, time.Second))
			r.complete = false
		}, nil},
		{"a case of the default mix that was never presented", far, func(r *runner) { r.collector.parts[2] = newCounts("x", "x", false) }, nil},
		{"a case of a given mix that was never presented", far, func(r *runner) {
			r.mix.shares[0].weight++
			r.collector.parts[2] = newCounts("x", "bad-signature", false)
		}, []string{"case bad-signature was never presented"}},
		{"a late generator", far, func(r *runner) {
			h := at(0, ms)
			h.started, h.ended = 3*ms, 4*ms
			r.schedule = mustSchedule(t, Constant(1020, time.Second))
			add(r, 20, h)
		}, []string{"p99 of its lag is 3ms, at most 2ms"}},
		{"a late target", far, func(r *runner) {
			h := at(0, ms)
			h.started, h.ended, h.waited = 3*ms, 4*ms, true
			r.schedule = mustSchedule(t, Constant(1020, time.Second))
			add(r, 20, h)
		}, nil},
		{"a generator at its limit", far, func(r *runner) { r.use.OwnCores = 0.81 * float64(runtime.GOMAXPROCS(0)) }, []string{"it measures itself"}},
		{"a busy process next to its target", near, func(r *runner) { r.use.OwnCores = 0.81 * float64(runtime.GOMAXPROCS(0)) }, nil},
		{"neighbours", far, func(r *runner) { r.use.OthersShare = 0.06 }, []string{"other processes used 6 %"}},
		{"neighbours of its own service", "", func(r *runner) { r.use.OthersShare = 0.06 }, []string{"other processes used 6 %"}},
		{"the target is a neighbour", near, func(r *runner) { r.use.OthersShare = 0.5 }, nil},
		{"generator and target at the limit", near, func(r *runner) { r.use.OthersShare, r.use.OwnShare = 0.5, 0.41 }, []string{"the CPUs were 91 % busy"}},
		{"its own service at the limit", "", func(r *runner) { r.use.OwnShare = 0.91 }, []string{"the CPUs were 91 % busy"}},
		{"the hypervisor", near, func(r *runner) { r.use.StealShare = 0.03 }, []string{"the hypervisor took 3 %"}},
	}
	for _, test := range tests {
		r := goodRun(t, test.url)
		test.change(r)
		got := slices.Concat(r.unmeasured(), r.doubts(), r.crowded())
		if len(got) != len(test.want) {
			t.Errorf("%s: the reasons are %q, want %d", test.name, got, len(test.want))
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: reason %d is %q, want it to say %q", test.name, i, got[i], want)
			}
		}
	}
}

func TestNotesTellOfCasesWithoutRequests(t *testing.T) {
	t.Parallel()
	r := goodRun(t, "https://id.example/verify")
	r.collector.parts[2] = newCounts("x", "bad-signature", false)
	if notes := strings.Join(r.notes(), "\n"); !strings.Contains(notes, "case bad-signature was never presented") {
		t.Errorf("the notes are\n%s\nwant the case that was not presented", notes)
	}
}

// Neighbours change no verdict, so the outcome of a load without thresholds on
// times does not depend on them.
func TestVerdictsDecideOnABusyMachine(t *testing.T) {
	t.Parallel()
	wrong := func(r *runner) { r.collector.whole.wrong = 1 }
	unsent := func(r *runner) { r.schedule = mustSchedule(t, Constant(1001, time.Second)) }
	for _, test := range []struct {
		name      string
		threshold string
		busy      bool
		allow     bool
		change    func(r *runner)
		want      error
	}{
		{name: "nothing", busy: true},
		{name: "verdicts", threshold: "errors == 0", busy: true},
		{name: "wrong verdicts", busy: true, change: wrong, want: gate.ErrMissed},
		{name: "a time", threshold: "p50 < 100s", busy: true, want: gate.ErrInvalid},
		{name: "a time without neighbours", threshold: "p50 < 100s"},
		{name: "a time that need not be valid", threshold: "p50 < 100s", busy: true, allow: true},
		{name: "a missed time that need not be valid", threshold: "p50 < 1ns", busy: true, allow: true, want: gate.ErrMissed},
		{name: "overload", change: unsent, want: gate.ErrMissed},
		{name: "overload that the neighbours may have made", busy: true, change: unsent, want: gate.ErrInvalid},
		{name: "overload, and a time", threshold: "p50 < 100s", change: unsent, want: gate.ErrMissed},
		{name: "tolerated overload, and a time", threshold: "dropped < 9,p50 < 100s", change: unsent, want: gate.ErrInvalid},
		{name: "tolerated overload", threshold: "dropped < 9", busy: true, change: unsent},
	} {
		r := goodRun(t, "https://id.example/verify")
		if test.busy {
			r.use.OthersShare = 0.5
		}
		if test.change != nil {
			test.change(r)
		}
		var texts []string
		if test.threshold != "" {
			texts = strings.Split(test.threshold, ",")
		}
		var err error
		if r.thresholds, err = gate.ParseAll(texts, gate.Load); err != nil {
			t.Fatal(err)
		}
		r.AllowInvalid = test.allow
		var footer *reports.Footer
		if r.out, err = reports.Begin(reports.Header{}, reports.Plan{}, func(rec reports.Record) error {
			footer = rec.Footer
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		err = r.close(t.Context())
		if !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: close = %v, want %v", test.name, err, test.want)
		}
		if footer == nil || footer.Green() != (test.want == nil) {
			t.Errorf("%s: the footer is %+v, want it green: %t", test.name, footer, test.want == nil)
		}
	}
}

func TestNotesSayWhereTheTargetIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url, series, want string
	}{
		{"", "load (shared CPU)", "share one process"},
		{"http://127.0.0.1:8080/verify", "load (shared CPU)", "share one machine"},
		{"http://[::1]:8080/verify", "load (shared CPU)", "share one machine"},
		{"http://LOCALHOST/verify", "load (shared CPU)", "share one machine"},
		{"https://id.example/verify", "load", ""},
		{"https://10.0.0.7/verify", "load", ""},
	}
	for _, test := range tests {
		r := goodRun(t, test.url)
		notes := strings.Join(r.notes(), "\n")
		if r.series() != test.series || !strings.Contains(notes, test.want) || test.want == "" && strings.Contains(notes, "share one") {
			t.Errorf("the series of %q is %q and its notes are %q, want %q and %q",
				test.url, r.series(), notes, test.series, test.want)
		}
	}
}

func TestNotesSayHowTheTargetIsReached(t *testing.T) {
	t.Parallel()
	r := goodRun(t, "https://id.example/verify")
	if notes := strings.Join(r.notes(), "\n"); strings.Contains(notes, "were sent") {
		t.Errorf("the notes of a usual load are %q", notes)
	}
	r.Connection = Connection{Protocol: HTTP2, Address: "unix:/run/s", NoKeepAlive: true, InsecureSkipVerify: true}
	const want = "requests were sent over http2, to unix:/run/s instead of the host of the URL, on a connection each, without a check of the certificate"
	if notes := r.notes(); !slices.Contains(notes, want) {
		t.Errorf("the notes are %q, want %q", notes, want)
	}
}

func TestFailuresAreListedByFrequency(t *testing.T) {
	t.Parallel()
	r := goodRun(t, "")
	r.collector.failures = map[string]uint64{"HTTP 500": 2, "no answer in time": 7, "EOF": 2}
	if got, want := r.collector.reasons(), "7 × no answer in time, 2 × EOF, 2 × HTTP 500"; got != want {
		t.Errorf("failures = %q, want %q", got, want)
	}
}

func TestTokensOutlastTheLoad(t *testing.T) {
	t.Parallel()
	p, err := Options{Duration: 5 * time.Hour, MaxBehind: 3 * time.Hour}.plan()
	if err != nil {
		t.Fatal(err)
	}
	if least := 5*time.Hour + p.Warmup + 3*time.Hour + p.Timeout; p.lifetime <= least {
		t.Errorf("the tokens live for %v, want more than %v", p.lifetime, least)
	}
}

func TestPaceIsPreciseUpToItsLimit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rate float64
		pace Pace
		want bool
	}{
		{10_000, PaceAuto, canNap}, {10_001, PaceAuto, false}, {1, PaceSleep, false}, {50_000, PacePrecise, true},
	} {
		if test.pace == PacePrecise && !canNap {
			continue
		}
		p, err := Options{RatePerSecond: test.rate, Pace: test.pace}.plan()
		if err != nil {
			t.Fatal(err)
		}
		if got := p.precise(); got != test.want {
			t.Errorf("at %v/s with pace %q waits are precise: %t, want %t",
				test.rate, test.pace, got, test.want)
		}
	}
	spike, err := Options{Schedule: slices.Concat(Constant(100, time.Hour), Ramp(100, 10_001, time.Second))}.plan()
	if err != nil {
		t.Fatal(err)
	}
	if spike.precise() {
		t.Error("waits are precise, want timers for a short peak of 10001/s")
	}
}
