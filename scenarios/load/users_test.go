package load

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/google/go-cmp/cmp"
)

func TestParseUsers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Crowd{
		"50":               {{50, 50, time.Minute}},
		"30s:10, 1m:50":    {{0, 10, 30 * time.Second}, {10, 50, time.Minute}},
		"0s:5,10s:5,5s:0":  {{5, 5, 10 * time.Second}, {5, 0, 5 * time.Second}},
		"0s:100000,1s:100": {{100000, 100, time.Second}},
	} {
		got, err := ParseUsers(text, time.Minute)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("ParseUsers(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "ten", "1.5", "30s", "30s:", "30s:10/s", "-1s:5", "0s:5", "5,6", "100001", "9999999h:5"} {
		if got, err := ParseUsers(text, time.Minute); !errors.Is(err, gate.ErrUsage) {
			t.Errorf("ParseUsers(%q) = %v, %v, want an ErrUsage", text, got, err)
		}
	}
}

func TestUsersAreRefused(t *testing.T) {
	t.Parallel()
	ten := []Crowd{{10, 10, time.Second}}
	for want, opts := range map[string]Options{
		"needs virtual users":           {Think: time.Second},
		"think time is -1s":             {Users: ten, Think: -time.Second},
		"stage 1 of the users":          {Users: []Crowd{{1, -1, time.Second}}},
		"there is no user":              {Users: []Crowd{{0, 0, time.Second}}},
		"exclude each other":            {Users: ten, Schedule: Constant(1, time.Second)},
		"response is not measured here": {Users: ten, Thresholds: []string{"response p99 < 1s"}},
		"dropped is not measured here":  {Users: ten, Thresholds: []string{"dropped == 0"}},
		"virtual users offer no rate":   {Users: ten, Thresholds: []string{"rate > 99%"}},
		"users cannot be shared":        {Users: ten, URL: memoryURL, Provider: es256(), Part: Part{Number: 1, Of: 2, StartAt: time.Now()}},
		"the stages of the users take":  {Users: slices.Repeat([]Crowd{{1, 1, mostDuration}}, 5)},
	} {
		if err := opts.Validate(); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate = %v, want an ErrUsage with %q", err, want)
		}
	}
}

// inMemory runs a load against a handler, without sockets.
func inMemory(t *testing.T, opts Options, handler http.HandlerFunc) (reports.Sample, Result, error) {
	t.Helper()
	m := newMemory()
	e := experiment{handler: func(*memory) http.HandlerFunc { return handler }}
	defer e.target(m)()
	opts.URL, opts.Connection, opts.Tokens, opts.AllowInvalid = memoryURL, Connection{dialer: m.dial}, fewestTokens, true
	var err error
	if opts.Mix, err = ParseMix("good=1"); err != nil {
		t.Fatal(err)
	}
	result, err := Run(t.Context(), opts, func(reports.Record) error { return nil })
	time.Sleep(time.Minute) // requests that were cut off are still handled
	return result.Samples[0], result, err
}

// Ten users, who get an answer after 40 ms and think for 60 ms, send 100 requests
// a second, however fast the target could be.
func TestUsersWaitForTheirAnswersAndThink(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		var inFlight, most atomic.Int64
		s, result, err := inMemory(t, Options{
			Provider: provider, Users: []Crowd{{10, 10, 5 * time.Second}}, Think: 60 * time.Millisecond,
			Thresholds: []string{"p95 < 45ms", "rate >= 99/s"},
		}, func(http.ResponseWriter, *http.Request) {
			most.Store(max(most.Load(), inFlight.Add(1)))
			defer inFlight.Add(-1)
			time.Sleep(40 * time.Millisecond)
		})
		if err != nil {
			t.Errorf("Run = %v", err)
		}
		if s.Operations < 490 || s.Operations > 510 || most.Load() != 10 {
			t.Errorf("%d requests, at most %d at a time, want 500 and 10", s.Operations, most.Load())
		}
		if s.Latency != nil || s.Lag != nil || s.OfferedPerSecond != 0 || s.Dropped > 0 || s.Late > 0 || len(s.Histogram) == 0 {
			t.Errorf("the sample is %+v, want no latency, lag and offered rate: nothing was due", s)
		}
		if d := time.Duration(s.Service.P50NS); d < 40*time.Millisecond || d > 41*time.Millisecond {
			t.Errorf("p50 of the service is %v, want 40ms", d)
		}
		want := "closed loop: 10 users for 5s, each of whom sends the next request 60ms after the answer"
		if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, want) || !strings.Contains(notes, "coordinated omission") {
			t.Errorf("the notes are %q, want %q and what the times leave out", notes, want)
		}
	})
}

// A stall holds up all users, so it shows in as many requests as there are users.
// That is why the report says what its times leave out.
func TestUsersOmitWhatAStallHoldsUp(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		s, _, _ := inMemory(t, Options{
			Provider: provider, Users: []Crowd{{4, 4, 5 * time.Second}}, Warmup: NoWarmup,
		}, func(http.ResponseWriter, *http.Request) {
			d := 2 * time.Millisecond
			if n := requests.Add(1); n > 1000 && n <= 1004 {
				d = 500 * time.Millisecond
			}
			time.Sleep(d)
		})
		if p99, longest := time.Duration(s.Service.P99NS), time.Duration(s.Service.MaxNS); p99 > 3*time.Millisecond || longest < 500*time.Millisecond {
			t.Errorf("p99 is %v and the maximum %v, want 2ms and the stall", p99, longest)
		}
		if s.Operations < 8800 || s.Operations > 9100 {
			t.Errorf("%d requests, want some 9000: none during the stall", s.Operations)
		}
	})
}

// The number of users follows the stages, up and down.
func TestUsersComeAndGo(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var inFlight atomic.Int64
		most := make([]int64, 5)           // by second
		counting := make(chan struct{}, 1) // held by one request at a time
		_, _, err := inMemory(t, Options{
			Provider: provider, Warmup: NoWarmup, Users: []Crowd{{0, 20, 2 * time.Second}, {5, 5, 2 * time.Second}},
		}, func(http.ResponseWriter, *http.Request) {
			counting <- struct{}{}
			second := int(time.Since(start) / time.Second)
			most[second] = max(most[second], inFlight.Add(1))
			<-counting
			time.Sleep(20 * time.Millisecond)
			inFlight.Add(-1)
		})
		if err != nil {
			t.Errorf("Run = %v", err)
		}
		if most[0] < 9 || most[0] > 10 || most[1] < 19 || most[1] > 20 || most[3] != 5 {
			t.Errorf("at most %v requests at a time in each second, want 10, 20, then 5", most)
		}
	})
}
