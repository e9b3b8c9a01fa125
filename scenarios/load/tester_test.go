package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// These tests test the tester: in each, something is wrong that a generator as
// it is usually written does not show. Their time is virtual, so that they
// measure the method and not the machine.

// memory is a network of one target, without sockets, whose waits virtual time
// passes over.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newMemory() *memory {
	return &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	select {
	case <-m.closed:
	default:
		close(m.closed)
	}
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-m.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// experiment loads the same target with a naive generator and with Run.
type experiment struct {
	rate       float64
	duration   time.Duration
	workers    int
	thresholds []string

	// handler returns the target, which is made for each generator.
	handler func(m *memory) http.HandlerFunc
}

// naive is what a generator reports that sends with a number of workers, counts
// from when it sends, and forgets what fails.
type naive struct {
	count int
	p99   time.Duration
}

// target serves on m until the function that it returns is called.
func (e *experiment) target(m *memory) (stop func()) {
	server := &http.Server{Handler: e.handler(m)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(m)
	}()
	return func() {
		_ = server.Close()
		<-served
	}
}

const memoryURL = "http://127.0.0.1/verify"

func (e *experiment) naive(t *testing.T) naive {
	t.Helper()
	m := newMemory()
	defer e.target(m)()
	transport := &http.Transport{DialContext: m.dial, MaxIdleConnsPerHost: e.workers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	due, times := make(chan struct{}), make(chan time.Duration)
	var working atomic.Int64
	for range e.workers {
		working.Add(1)
		go func() {
			defer func() {
				if working.Add(-1) == 0 {
					close(times)
				}
			}()
			for range due {
				sent := time.Now()
				answer, err := client.Get(memoryURL)
				if err != nil {
					continue
				}
				_ = answer.Body.Close()
				times <- time.Since(sent)
			}
		}()
	}
	go func() {
		defer close(due)
		for start := time.Now(); time.Since(start) < e.duration; {
			due <- struct{}{}
			time.Sleep(time.Duration(float64(time.Second) / e.rate))
		}
	}()
	var all []time.Duration
	for d := range times {
		all = append(all, d)
	}
	slices.Sort(all)
	result := naive{count: len(all)}
	if len(all) > 0 {
		result.p99 = all[len(all)*99/100]
	}
	return result
}

// run returns the sample of the whole load and the outcome of Run.
func (e *experiment) run(t *testing.T, provider *corpus.Provider) (reports.Sample, Result, error) {
	t.Helper()
	m := newMemory()
	defer e.target(m)()
	mix, err := ParseMix("good=1")
	if err != nil {
		t.Fatal(err)
	}
	result, err := Run(t.Context(), Options{
		URL: memoryURL, Provider: provider, Connection: Connection{dialer: m.dial}, Mix: mix, Tokens: fewestTokens,
		RatePerSecond: e.rate, Duration: e.duration, Warmup: NoWarmup, Connections: e.workers,
		Pace: PaceSleep, Thresholds: e.thresholds, AllowInvalid: true,
	}, func(reports.Record) error { return nil })
	return result.Samples[0], result, err
}

// verdict returns how a threshold ended.
func verdict(result Result, expression string) string {
	for _, t := range result.Footer.Thresholds {
		if t.Expression == expression {
			return t.Verdict
		}
	}
	return "not judged"
}

// quick answers after a millisecond.
func quick(http.ResponseWriter, *http.Request) { time.Sleep(time.Millisecond) }

// es256 returns a provider whose tokens are quickly made.
func es256() *corpus.Provider {
	return &corpus.Provider{Issuer: "https://id.example", ClientID: "skc_1", Key: keyring.NewSource(1).Key("load", "ES256")}
}

// A stall of half a second holds up the requests that fall due in it. The naive
// generator sends none meanwhile, so only those in flight look slow: coordinated
// omission.
func TestTheStall(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		const stall = 500 * time.Millisecond
		e := experiment{rate: 2000, duration: 5 * time.Second, workers: 16, thresholds: []string{"p99 < 100ms"}}
		e.handler = func(*memory) http.HandlerFunc {
			var requests atomic.Int64
			var over atomic.Pointer[chan struct{}]
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) == 2000 {
					gate := make(chan struct{})
					over.Store(&gate)
					time.Sleep(stall)
					close(gate)
				}
				if gate := over.Load(); gate != nil {
					<-*gate
				}
				quick(w, r)
			}
		}
		if n := e.naive(t); n.p99 > 5*time.Millisecond {
			t.Errorf("the naive generator has a p99 of %v, so it shows the stall and proves nothing", n.p99)
		}
		s, result, err := e.run(t, provider)
		if p99 := time.Duration(s.Latency.P99NS); p99 < stall*8/10 || p99 > stall {
			t.Errorf("p99 is %v, want most of the stall of %v", p99, stall)
		}
		if p99 := time.Duration(s.Service.P99NS); p99 > 5*time.Millisecond {
			t.Errorf("p99 of the service is %v, want it without the stall", p99)
		}
		if s.Operations != 10_000 || s.Dropped+s.Failed > 0 || s.Late < 900 {
			t.Errorf("the sample is %+v, want every request, and some 1000 of them late", s)
		}
		if verdict(result, "p99 < 100ms") != reports.VerdictMissed || !errors.Is(err, gate.ErrMissed) {
			t.Errorf("p99 < 100ms is %s, and Run = %v, want it missed", verdict(result, "p99 < 100ms"), err)
		}
	})
}

// The target manages 400 requests a second of 2000. The naive generator sends as
// many as it manages, and finds that all is well.
func TestTheOverload(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		e := experiment{
			rate: 2000, duration: 2 * time.Second, workers: 4, thresholds: []string{"p99 < 100ms"},
			handler: func(*memory) http.HandlerFunc {
				return func(http.ResponseWriter, *http.Request) { time.Sleep(10 * time.Millisecond) }
			},
		}
		if n := e.naive(t); n.count == 0 || n.p99 > 20*time.Millisecond {
			t.Errorf("the naive generator found %+v, so it shows the overload and proves nothing", n)
		}
		s, result, _ := e.run(t, provider)
		if s.OfferedPerSecond != 2000 || s.RatePerSecond < 350 || s.RatePerSecond > 420 {
			t.Errorf("%.0f/s of %.0f/s, want 400/s of 2000/s", s.RatePerSecond, s.OfferedPerSecond)
		}
		if s.Dropped == 0 || s.Operations+s.Dropped != 4000 || s.Late == 0 {
			t.Errorf("%d requests were sent, %d dropped and %d late, want 4000 in all", s.Operations, s.Dropped, s.Late)
		}
		if p99 := time.Duration(s.Latency.P99NS); p99 < time.Second {
			t.Errorf("p99 is %v, want how long a user would have waited", p99)
		}
		for _, expression := range []string{"p99 < 100ms", "dropped == 0"} {
			if got := verdict(result, expression); got != reports.VerdictMissed {
				t.Errorf("%s is %s, want it missed", expression, got)
			}
		}
	})
}

// A target that dies half-way leaves a naive generator with the times of those
// requests that were answered.
func TestTheDeadServer(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		e := experiment{rate: 500, duration: 2 * time.Second, workers: 8, thresholds: []string{"p99 < 100ms"}}
		e.handler = func(m *memory) http.HandlerFunc {
			var requests atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) > 500 {
					_ = m.Close()
					panic(http.ErrAbortHandler)
				}
				quick(w, r)
			}
		}
		if n := e.naive(t); n.count != 500 || n.p99 > 5*time.Millisecond {
			t.Errorf("the naive generator found %+v, so it shows the death and proves nothing", n)
		}
		s, result, err := e.run(t, provider)
		// The first of the 500 answers was to the request that tries the target.
		if s.Operations != 1000 || s.Failed != 501 || s.Failures["connection refused"] < 480 {
			t.Errorf("of %d requests %d failed, %v, want 501 of 1000, most of them refused", s.Operations, s.Failed, s.Failures)
		}
		if verdict(result, "errors == 0") != reports.VerdictMissed || !errors.Is(err, gate.ErrMissed) {
			t.Errorf("errors == 0 is %s, and Run = %v, want it missed", verdict(result, "errors == 0"), err)
		}
	})
}

// Nothing was measured, so p99 is below every limit, if one asks a naive
// generator.
func TestTheEmptyThreshold(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		e := experiment{rate: 100, duration: time.Second, workers: 1, thresholds: []string{"p99 < 100ms", "errors < 1%"}}
		e.handler = func(m *memory) http.HandlerFunc {
			_ = m.Close()
			return quick
		}
		if n := e.naive(t); n.count > 0 || n.p99 >= 100*time.Millisecond {
			t.Errorf("the naive generator found %+v, so it misses the threshold and proves nothing", n)
		}
		_, result, err := e.run(t, provider)
		for _, expression := range append(e.thresholds, "wrong == 0", "dropped == 0") {
			if got := verdict(result, expression); got == reports.VerdictMet {
				t.Errorf("%s is %s, want no verdict without samples", expression, got)
			}
		}
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("Run = %v, want ErrUnreachable and why, although invalid times are allowed", err)
		}
		if err := (Options{Thresholds: []string{""}}).Validate(); !errors.Is(err, gate.ErrUsage) {
			t.Errorf("Validate of an empty threshold = %v, want an ErrUsage", err)
		}
	})
}

// The machine sleeps for two seconds, so the clock jumps. A naive generator goes
// on where it was: it sends fewer requests and says nothing.
func TestTheClockThatJumps(t *testing.T) {
	t.Parallel()
	const jump = 2 * time.Second
	r := goodRun(t, "https://id.example/verify")
	r.collector = newCollector("load", r.schedule, 0, r.mix)
	b := newPacerBench(t, t.Context(), Constant(1000, time.Second), false)
	var naive time.Duration
	for n := range b.schedule.count {
		if n == 500 {
			b.clock += jump
		}
		if _, stop := b.Pace(0, n); stop {
			t.Fatalf("Pace stops at request %d", n)
		}
		h := hit{intended: b.schedule.at(n), started: b.clock, ended: b.clock + ms, judged: true, verdict: corpus.Accept, want: corpus.Accept}
		h.part, _ = r.mix.pick(r.Seed, n)
		r.collector.add(h)
		naive = max(naive, h.ended-h.started)
	}
	if naive != ms {
		t.Errorf("the naive generator has a longest answer of %v, so it shows the jump and proves nothing", naive)
	}
	whole := r.collector.final(r.schedule.duration)[0]
	if p99 := time.Duration(whole.Sample.Latency.P99NS); whole.Sample.Operations != 1000 || p99 < jump*9/10 {
		t.Errorf("%d requests have a p99 of %v, want all of them and the jump of %v in it", whole.Sample.Operations, p99, jump)
	}
	if reasons := strings.Join(r.crowded(), "\n"); !strings.Contains(reasons, "the generator was late") {
		t.Errorf("the reasons are %q, want them to blame the generator", reasons)
	}
}
