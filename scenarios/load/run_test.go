package load_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// record collects the records of a run.
type record []reports.Record

func (r *record) emit(rec reports.Record) error {
	*r = append(*r, rec)
	return nil
}

// finals returns the final samples by series.
func (r record) finals() map[string]reports.Sample {
	samples := make(map[string]reports.Sample)
	for _, rec := range r {
		if rec.Kind == reports.KindSample && rec.Sample.Final {
			samples[rec.Sample.Series] = *rec.Sample
		}
	}
	return samples
}

// shared is the series of a target on this machine.
const shared = "load (shared CPU)"

// notMissed fails the test for an error that a busy machine does not explain.
func notMissed(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, gate.ErrInvalid) {
		t.Fatal(err)
	}
}

// patience is how far behind the loads of these tests may fall: on a busy machine
// they must not give up.
const patience = 5 * time.Minute

// against returns the options of a load of 200 requests in a second.
func against(url string) load.Options {
	p := provider()
	return load.Options{
		URL: url, Provider: &p,
		RatePerSecond: 200, Duration: time.Second, Warmup: load.NoWarmup,
		MaxBehind: patience, Timeout: time.Minute,
		Mix: mix("good=1"), Tokens: 256,
	}
}

func mix(text string) load.Mix {
	m, err := load.ParseMix(text)
	if err != nil {
		panic(err)
	}
	return m
}

// target starts a server that trusts provider and returns the URL.
func target(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL + load.VerifyPath
}

// From end to end: a mock environment, a service, discovery, keys, tokens of
// every case and their verdicts.
func TestLoadOfItsOwnService(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range corpus.Cases() {
		names = append(names, c.Name+"=1")
	}
	names[0] = corpus.Good + "=20"
	var got record
	result, err := load.Run(t.Context(), load.Options{
		RatePerSecond: 200, Duration: time.Second, Warmup: 200 * time.Millisecond,
		MaxBehind: patience, Timeout: time.Minute,
		Mix: mix(strings.Join(names, ",")), Alg: "ES256", Seed: 0x7f3a, Interval: 50 * time.Millisecond,
		Thresholds: []string{"errors == 0", "wrong{case=good} == 0"},
		Header:     reports.Header{Tool: "assay", ToolVersion: "1.2.3"},
	}, got.emit)
	notMissed(t, err)

	if len(got) < 5 || got[0].Kind != reports.KindHeader || got[1].Kind != reports.KindPlan || got[len(got)-1].Kind != reports.KindFooter {
		t.Fatalf("the stream does not begin with a header and a plan and end with a footer: %v", got)
	}
	if h := got[0].Header; h.Command != "load" || h.Seed != "7f3a" || h.Tool != "assay" || h.Implementation.Name != "builtin" || h.Host.CPUs == 0 || h.SchemaVersion != reports.SchemaVersion {
		t.Errorf("Header = %+v", h)
	}
	finals := got.finals()
	whole := finals[shared]
	if whole.Operations != 200 || whole.OfferedPerSecond != 200 || whole.Wrong != 0 || whole.Failed != 0 {
		t.Errorf("the whole is %+v, want 200 requests with their verdicts", whole)
	}
	if whole.Latency.Count != 200 || whole.Service.Count != 200 || whole.Latency.MeanNS < whole.Service.MeanNS || whole.Lag == nil {
		t.Errorf("latency %+v, service %+v, lag %+v, want 200 and the latency above the service", whole.Latency, whole.Service, whole.Lag)
	}
	want := make(map[string]uint64)
	var presented uint64
	for _, c := range corpus.Cases() {
		s := finals[c.Name]
		presented += s.Operations
		if len(s.Verdicts) > 1 || s.Verdicts[c.Verdict] != s.Operations || s.Wrong != 0 {
			t.Errorf("case %s has the verdicts %v, want %s alone", c.Name, s.Verdicts, c.Verdict)
		}
		if s.Operations > 0 {
			want[c.Verdict] += s.Operations
		}
	}
	if presented != 200 || !maps.Equal(want, whole.Verdicts) {
		t.Errorf("the cases have %d requests and the verdicts %v, the whole %v", presented, want, whole.Verdicts)
	}
	f := result.Footer
	if f.Interrupted || len(f.Thresholds) != 3 || f.Thresholds[0].Verdict != "met" || f.Thresholds[1].Verdict != "met" {
		t.Errorf("Footer = %+v", f)
	}
	if !slices.ContainsFunc(result.Notes, func(n string) bool { return strings.Contains(n, "share one process") }) {
		t.Errorf("the notes are %q, want them to say that generator and service share a process", result.Notes)
	}
	if !slices.ContainsFunc(got, func(r reports.Record) bool {
		s := r.Sample
		return s != nil && !s.Final && len(s.Thresholds) == 3 && s.Thresholds[0].Verdict == reports.VerdictMet && len(s.Histogram) > 0
	}) {
		t.Error("there was no live sample with a histogram and what the thresholds say so far")
	}
	if !slices.ContainsFunc(got, func(r reports.Record) bool {
		return r.Progress != nil && r.Progress.LeftSeconds > 0 && r.Progress.LeftSeconds < 1
	}) {
		t.Error("no progress said that less than a second was left")
	}
	// With the warm-up of a fifth of a second.
	if p := got[len(got)-2].Progress; p == nil || p.Done != 240 || p.Total != 240 {
		t.Errorf("the last progress is %+v, want 240 of 240 requests", p)
	}
}

// The same seed presents the same cases to any target, so two runs can be
// compared and several processes can share a schedule.
func TestLoadIsRepeatable(t *testing.T) {
	t.Parallel()
	url := target(t, load.NewService(newVerifier(t), load.ServiceOptions{}))
	verdicts := func(seed uint64) map[string]uint64 {
		var got record
		opts := against(url)
		opts.Mix, opts.Seed, opts.Method = mix("good=1,expired=1,wrong-audience=1"), seed, http.MethodPost
		_, err := load.Run(t.Context(), opts, got.emit)
		notMissed(t, err)
		return got.finals()[shared].Verdicts
	}
	first, again, other := verdicts(1), verdicts(1), verdicts(2)
	if !maps.Equal(first, again) {
		t.Errorf("the same seed gets %v and %v", first, again)
	}
	if maps.Equal(first, other) {
		t.Errorf("seeds 1 and 2 both get %v: the seed is of no effect", first)
	}
}

// A deliberate stall tests the generator: one that counts from the actual start
// of a request would not see it.
func TestAStalledServerShowsInLatency(t *testing.T) {
	t.Parallel()
	const stall = 300 * time.Millisecond
	service := load.NewService(newVerifier(t), load.ServiceOptions{})
	var requests atomic.Int64
	var turn sync.RWMutex // held by the stall
	url := target(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 100 {
			turn.Lock()
			time.Sleep(stall) // the stall itself
			turn.Unlock()
		}
		turn.RLock()
		defer turn.RUnlock()
		service.ServeHTTP(w, r)
	}))
	var got record
	opts := against(url)
	opts.RatePerSecond, opts.Connections = 500, 4
	_, err := load.Run(t.Context(), opts, got.emit)
	notMissed(t, err)
	s := got.finals()[shared]
	if s.Operations != 500 || s.Wrong != 0 || s.Failed != 0 {
		t.Errorf("the stall lost requests: %+v", s)
	}
	// 150 of 500 requests fell due during the stall, and 4 were sent. The others
	// waited for half of it on average, however busy the machine was; the test
	// demands half of that.
	if waited, least := s.Latency.MeanNS-s.Service.MeanNS, int64(stall)/2*146/500/2; waited < least {
		t.Errorf("a request waited for %v on average, want at least %v", time.Duration(waited), time.Duration(least))
	}
	if s.Service.MaxNS < int64(stall) || s.Latency.MaxNS < s.Service.MaxNS {
		t.Errorf("the longest service is %v, the longest latency %v, want the stall in both", time.Duration(s.Service.MaxNS), time.Duration(s.Latency.MaxNS))
	}
	if p90 := time.Duration(s.Latency.P90NS); p90 < stall/4 {
		t.Errorf("p90 of the latency is %v, want the stall in it", p90)
	}
	if len(s.Invalid) > 0 {
		t.Logf("not compared with the service: %q", s.Invalid)
	} else if s.Service.P90NS > s.Latency.P90NS/4 {
		t.Errorf("p90 of the service is %v and of the latency %v, want the stall in the second alone", time.Duration(s.Service.P90NS), time.Duration(s.Latency.P90NS))
	}
	if notes := strings.Join(s.Notes, "\n"); s.Late < 100 || !strings.Contains(notes, "were late because 4 were in flight") {
		t.Errorf("%d requests were late, want those of the stall, and the notes to say why:\n%s", s.Late, notes)
	}
}

func TestLoadOfTargetsThatAreWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		mix     string
		want    error
		says    string
		shows   string // the failures and the wrong answers of the sample
	}{
		{"accepts everything", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "welcome, ", r.Header.Get("Authorization"))
		}, "good=1,expired=1", gate.ErrMissed, "wrong == 0", "map[] expired: accept, 200 welcome, Bearer (hidden)"},
		{"refuses everything", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "good=1,expired=1", gate.ErrMissed, "wrong == 0", "map[] good: reject, 401"},
		{"refuses for another reason", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(401)
			fmt.Fprint(w, `{"code":"INVALID_AUDIENCE"}`)
		}, "expired=1", gate.ErrMissed, "wrong == 0", `map[] expired: INVALID_AUDIENCE, 401 {"code":"INVALID_AUDIENCE"}`},
		{"is broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "good=1", gate.ErrMissed, "errors == 0: got 20", "map[HTTP 500:20]"},
		{"closes connections", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "good=1", gate.ErrMissed, "errors == 0: got 20", "map[EOF:20]"},
		{"leads elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/", http.StatusFound)
		}, "good=1", gate.ErrMissed, "errors == 0: got 20", "map[HTTP 302:20]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got record
			opts := against(target(t, test.handler))
			opts.Duration, opts.Mix = 100*time.Millisecond, mix(test.mix)
			_, err := load.Run(t.Context(), opts, got.emit)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Run = %v, want %v and %q", err, test.want, test.says)
			}
			s := got.finals()[shared]
			shows := fmt.Sprint(s.Failures)
			for _, w := range s.WrongAnswers {
				shows = strings.TrimSpace(fmt.Sprintf("%s %s: %s, %d %s", shows, w.Case, w.Got, w.Status, w.Body))
			}
			if shows != test.shows {
				t.Errorf("the sample shows %q, want %q", shows, test.shows)
			}
			if last := got[len(got)-1]; last.Kind != reports.KindFooter || last.Footer.Green() {
				t.Errorf("the stream ends with %+v, want a footer that is not green", last)
			}
		})
	}
}

// A service that only says 401 has judged, and is not wrong for saying less.
func TestABareRefusalIsAVerdict(t *testing.T) {
	t.Parallel()
	good := newVerifier(t)
	url := target(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := good.Verify(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	var got record
	opts := against(url)
	opts.Duration, opts.Mix = 200*time.Millisecond, mix("good=1,expired=1")
	_, err := load.Run(t.Context(), opts, got.emit)
	notMissed(t, err)
	s := got.finals()[shared]
	if s.Wrong != 0 || s.Verdicts["reject"] == 0 || s.Verdicts["accept"]+s.Verdicts["reject"] != 40 {
		t.Errorf("the verdicts are %v, %d of them wrong, want accept and reject and none", s.Verdicts, s.Wrong)
	}
}

func TestLoadOfNobody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	var got record
	result, err := load.Run(t.Context(), against(server.URL), got.emit)
	if !errors.Is(err, load.ErrUnreachable) || !strings.Contains(err.Error(), "cannot be reached: connection refused") {
		t.Errorf("Run = %v, want ErrUnreachable and why", err)
	}
	if result.Footer.Interrupted || len(result.Samples) != 1 || result.Samples[0].Operations != 0 {
		t.Errorf("Run found %+v, want one sample of nothing", result)
	}
}

// An overloaded target gets a report, and one connection that answers 50 times a
// second does not even get through the warm-up.
func TestLoadOfATargetThatIsTooSlow(t *testing.T) {
	t.Parallel()
	for _, warmup := range []time.Duration{load.NoWarmup, 300 * time.Millisecond} {
		url := target(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			time.Sleep(20 * time.Millisecond) // makes it slow
		}))
		var got record
		opts := against(url)
		opts.RatePerSecond, opts.Connections, opts.MaxBehind, opts.Warmup = 1000, 1, 50*time.Millisecond, warmup
		result, err := load.Run(t.Context(), opts, got.emit)
		if !errors.Is(err, gate.ErrMissed) && !errors.Is(err, gate.ErrInvalid) {
			t.Errorf("Run with a warm-up of %v = %v, want ErrMissed, or ErrInvalid on a busy machine", warmup, err)
		}
		s := got.finals()[shared]
		if s.Operations == 0 || s.Operations > 100 || s.RatePerSecond >= s.OfferedPerSecond || s.OfferedPerSecond != 1000 {
			t.Errorf("%d requests at %.0f/s of %.0f/s, want few of 1000/s", s.Operations, s.RatePerSecond, s.OfferedPerSecond)
		}
		if s.Dropped+s.Operations != 1000 || s.Late == 0 || s.Latency == nil || s.Wrong+s.Failed > 0 {
			t.Errorf("after a warm-up of %v there were %+v, want what was dropped and late, and times", warmup, s)
		}
		if i := slices.IndexFunc(result.Footer.Thresholds, func(h reports.Threshold) bool { return h.Expression == "dropped == 0" }); i < 0 || result.Footer.Thresholds[i].Verdict != reports.VerdictMissed {
			t.Errorf("the thresholds are %+v, want dropped == 0 missed", result.Footer.Thresholds)
		}
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("the user asked for it")
	tests := []struct {
		name string
		when func(reports.Record) bool
		some bool // whether requests were counted
	}{
		{"before the tokens", func(r reports.Record) bool { return r.Kind == reports.KindHeader }, false},
		{"in the warm-up", func(r reports.Record) bool {
			return r.Kind == reports.KindProgress && strings.HasPrefix(r.Progress.Message, "warming up")
		}, false},
		{"under load", func(r reports.Record) bool { return r.Kind == reports.KindSample && r.Sample.Operations > 0 }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var got record
			result, err := load.Run(ctx, load.Options{
				Duration: time.Hour, Warmup: 10 * time.Millisecond, Interval: 10 * time.Millisecond, Timeout: time.Minute,
				Alg: "ES256", Mix: mix("good=1"),
			}, func(r reports.Record) error {
				if test.when(r) {
					cancel(cause)
				}
				return got.emit(r)
			})
			if !errors.Is(err, cause) {
				t.Errorf("Run = %v, want %v", err, cause)
			}
			last := got[len(got)-1]
			if last.Kind != reports.KindFooter || !last.Footer.Interrupted {
				t.Errorf("the stream ends with %+v, want an interrupted footer", last)
			}
			if len(result.Samples) != 1 || (result.Samples[0].Operations > 0) != test.some || result.Samples[0].Failed > 0 {
				t.Errorf("the samples are %+v, want requests %t and none of those cut off", result.Samples, test.some)
			}
		})
	}
}

// Requests that hang when the user interrupts the load are cut off and not
// counted as failed.
func TestLoadDoesNotWaitForAnswersWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var requests atomic.Int64
	url := target(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		switch requests.Add(1) {
		case 1:
			return // the request that checks whether the target is reachable
		case 10:
			cancel()
		}
		<-r.Context().Done()
	}))
	var got record
	opts := against(url)
	opts.Duration, opts.Timeout = time.Hour, time.Hour
	result, err := load.Run(ctx, opts, got.emit)
	if !errors.Is(err, context.Canceled) || !result.Footer.Interrupted {
		t.Errorf("Run = %v, interrupted %t, want %v", err, result.Footer.Interrupted, context.Canceled)
	}
	if s := got.finals()[shared]; s.Failed != 0 || s.Operations != 0 {
		t.Errorf("%d requests of %d failed, want none counted", s.Failed, s.Operations)
	}
}

func TestLoadEndsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	closed := errors.New("broken pipe")
	url := target(t, load.NewService(newVerifier(t), load.ServiceOptions{}))
	for name, when := range map[string]func(reports.Record) bool{
		"header":        func(r reports.Record) bool { return r.Kind == reports.KindHeader },
		"plan":          func(r reports.Record) bool { return r.Kind == reports.KindPlan },
		"progress":      func(r reports.Record) bool { return r.Kind == reports.KindProgress },
		"live sample":   func(r reports.Record) bool { return r.Kind == reports.KindSample && !r.Sample.Final },
		"final sample":  func(r reports.Record) bool { return r.Kind == reports.KindSample && r.Sample.Final },
		"footer":        func(r reports.Record) bool { return r.Kind == reports.KindFooter },
		"first of many": func(reports.Record) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := against(url)
			opts.Duration, opts.Interval = 100*time.Millisecond, 10*time.Millisecond
			if name == "live sample" {
				opts.Duration = time.Hour
			}
			_, err := load.Run(t.Context(), opts, func(r reports.Record) error {
				if when(r) {
					return closed
				}
				return nil
			})
			if !errors.Is(err, closed) {
				t.Errorf("Run = %v, want %v", err, closed)
			}
		})
	}
}

func TestRunRefusesOptions(t *testing.T) {
	t.Parallel()
	const url = "http://127.0.0.1:1/verify"
	p := provider()
	tests := []struct {
		name string
		opts load.Options
		want string
	}{
		{"a URL without provider", load.Options{URL: url}, "needs the provider that it trusts"},
		{"a provider without URL", load.Options{Provider: &p}, "needs the URL"},
		{"a URL without scheme", load.Options{URL: "localhost:8080", Provider: &p}, "neither http nor https"},
		{"a URL without host", load.Options{URL: "http:///verify", Provider: &p}, "has no host"},
		{"a URL with credentials", load.Options{URL: "http://a:secret@h/", Provider: &p}, `target "http://a:xxxxx@h/" has credentials`},
		{"a URL with a fragment", load.Options{URL: url + "#x", Provider: &p}, "has a fragment"},
		{"no URL", load.Options{URL: "http://[", Provider: &p}, "is not a URL"},
		{"a method", load.Options{Method: "CONNECT"}, `method is "CONNECT", want one of GET, HEAD`},
		{"statuses", load.Options{Reading: present.Reading{Reject: "200"}}, "status 200 both accepts and rejects"},
		{"a negative rate", load.Options{RatePerSecond: -1}, "rate is -1/s"},
		{"a rate too high", load.Options{RatePerSecond: 2e6}, "rate of segment 1 is 2e+06/s"},
		{"a negative duration", load.Options{Duration: -time.Second}, "duration is -1s"},
		{"a negative warm-up", load.Options{Warmup: -time.Second}, "warm-up is -1s"},
		{"too many connections", load.Options{Connections: 20_001}, "connections is 20001, want 1 to 20000"},
		{"fewer in flight than connections", load.Options{InFlight: 63}, "requests in flight is 63, want at least the number of connections, 64"},
		{"too few tokens", load.Options{Tokens: 255}, "tokens is 255"},
		{"an alg", load.Options{Alg: "HS256"}, `alg is "HS256", want one of RS256`},
		{"a pace", load.Options{Pace: "spin"}, `pace is "spin"`},
		{"a schedule of nothing", load.Options{Schedule: load.Constant(0, time.Second)}, "the schedule has 0 requests"},
		{"a threshold", load.Options{Thresholds: []string{"p99<5"}}, `the unit of response p99 is ""`},
		{"a threshold of a case that is not in the mix", load.Options{Thresholds: []string{"p99{case=tampered} < 1s"}}, "select none of the series"},
	}
	for _, test := range tests {
		var got record
		_, err := load.Run(t.Context(), test.opts, got.emit)
		if !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Run with %s = %v, want an ErrUsage with %q", test.name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("Run with %s = %v, which tells a secret", test.name, err)
		}
		if len(got) > 0 {
			t.Errorf("Run with %s emitted %d records", test.name, len(got))
		}
	}
}

func ExampleRun() {
	result, err := load.Run(context.Background(), load.Options{
		RatePerSecond: 100,
		Duration:      200 * time.Millisecond,
		Warmup:        load.NoWarmup,
		MaxBehind:     time.Minute,
		Alg:           "ES256",
		Thresholds:    []string{"errors == 0"},
	}, func(reports.Record) error { return nil })
	if err != nil && !errors.Is(err, gate.ErrInvalid) { // neighbours
		fmt.Println(err)
		return
	}
	fmt.Println(result.Samples[0].Operations, "requests")
	for _, t := range result.Footer.Thresholds {
		fmt.Println(t.Expression, t.Verdict)
	}
	// Output:
	// 20 requests
	// errors == 0 met
	// wrong == 0 met
	// dropped == 0 met
}
