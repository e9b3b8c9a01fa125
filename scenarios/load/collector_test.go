package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/google/go-cmp/cmp"
)

const ms = time.Millisecond

// newCollectorOf returns a collector for 100 requests a second during two
// seconds, the first of which is the warm-up.
func newCollectorOf(t testing.TB, mix string) *collector {
	t.Helper()
	return newCollector("load", mustSchedule(t, Constant(100, 2*time.Second)), time.Second, mustMix(t, mix))
}

// at returns an accepted hit that was in time and took d.
func at(intended, d time.Duration) hit {
	return hit{intended: intended, started: intended, ended: intended + d, want: "accept", verdict: "accept", judged: true}
}

func TestCollectorLeavesTheWarmupOut(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1")
	// One intended in the warm-up, however late it ended, and the first one
	// after it.
	c.add(at(999*ms, 5*time.Second))
	c.add(at(time.Second, ms))
	s := c.final(c.schedule.duration)[0].Sample
	if s.Operations != 1 || s.Latency.MaxNS != int64(ms) || s.ElapsedSeconds != 1 || s.RatePerSecond != 1 || s.OfferedPerSecond != 100 {
		t.Errorf("the sample is %+v, want one operation of 1 ms in 1 s", s)
	}
}

func TestCollectorCountsVerdicts(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1,expired=1")
	hits := []struct {
		n       int
		part    int
		want    string
		verdict string
		failure string
	}{
		{5, 0, "accept", "accept", ""},
		{2, 0, "accept", "INVALID_ISSUER", ""},
		{3, 1, "TOKEN_EXPIRED", "TOKEN_EXPIRED", ""},
		{1, 1, "TOKEN_EXPIRED", "accept", ""},
		{1, 1, "TOKEN_EXPIRED", "INVALID_TOKEN", ""},
		{1, 1, "TOKEN_EXPIRED", "reject", ""},
		{4, 0, "accept", "", "HTTP 500"},
		{2, 1, "TOKEN_EXPIRED", "", "no answer in time"},
	}
	for _, h := range hits {
		for range h.n {
			c.add(hit{
				intended: time.Second, started: time.Second, ended: time.Second + ms,
				part: h.part, want: h.want, verdict: h.verdict, judged: h.failure == "", failure: h.failure,
			})
		}
	}
	series := c.final(c.schedule.duration)
	if len(series) != 3 {
		t.Fatalf("there are %d series, want the whole and two cases", len(series))
	}
	type counts struct {
		Series                     string
		Operations, Wrong, Failed  uint64
		Verdicts                   map[string]uint64
		Aside                      bool
		LabelSeries, LabelCaseName string
	}
	var got []counts
	for _, s := range series {
		got = append(got, counts{
			s.Sample.Series, s.Sample.Operations, s.Sample.Wrong, s.Sample.Failed, s.Sample.Verdicts,
			s.Aside, s.Labels["series"], s.Labels["case"],
		})
	}
	want := []counts{
		{"load", 19, 4, 6, map[string]uint64{"accept": 6, "INVALID_ISSUER": 2, "TOKEN_EXPIRED": 3, "INVALID_TOKEN": 1, "reject": 1}, false, "load", ""},
		{"good", 11, 2, 4, map[string]uint64{"accept": 5, "INVALID_ISSUER": 2}, true, "good", "good"},
		{"expired", 8, 2, 2, map[string]uint64{"accept": 1, "TOKEN_EXPIRED": 3, "INVALID_TOKEN": 1, "reject": 1}, true, "expired", "expired"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the counts (-want +got):\n%s", diff)
	}
	if want := map[string]uint64{"HTTP 500": 4, "no answer in time": 2}; !maps.Equal(c.failures, want) {
		t.Errorf("the failures are %v, want %v", c.failures, want)
	}
	if series[0].Sample.Latency.Count != 19 {
		t.Errorf("%d requests are in the latency, want those without a verdict too",
			series[0].Sample.Latency.Count)
	}
}

// A server that stalls for half a second, seen by a generator with one request
// in flight: one request is slow, and fifty wait for it. Only the latency from
// the intended start shows it.
func TestAStallShowsInLatencyAndNotInService(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1")
	free := time.Duration(0) // when the one connection is free
	for n := range uint64(c.schedule.count) {
		intended := c.schedule.at(n)
		took := ms
		if n == 120 {
			took = 500 * ms
		}
		started := max(intended, free)
		free = started + took
		c.add(hit{intended: intended, started: started, ended: free, waited: started > intended, want: "accept", verdict: "accept", judged: true})
	}
	s := c.final(c.schedule.duration)[0]
	response, _ := s.Response.Quantile(0.8)
	service, _ := s.Service.Quantile(0.8)
	if service > 2*ms || response < 250*ms {
		t.Errorf("p80 of the service is %v and of the latency %v, want about 1 ms and above 250 ms",
			service, response)
	}
	if s.Service.Max() != 500*ms || s.Response.Max() < 500*ms {
		t.Errorf("the longest service is %v, the longest latency %v, want 500 ms and no less",
			s.Service.Max(), s.Response.Max())
	}
	if c.waited < 50 || s.Lag.Max() != 0 {
		t.Errorf("%d requests waited, and the generator lagged by %v, want at least 50 and none",
			c.waited, s.Lag.Max())
	}
}

func TestLagIsThatOfTheGeneratorAlone(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1")
	late := at(time.Second, ms)
	late.started += 3 * ms
	late.ended += 3 * ms
	c.add(late)
	late.started += time.Second
	late.ended += time.Second
	late.waited = true
	c.add(late)
	s := c.final(c.schedule.duration)[0].Sample
	if s.Lag.Count != 1 || s.Lag.MaxNS != int64(3*ms) || s.Latency.MaxNS != int64(time.Second+4*ms) {
		t.Errorf("lag %+v, latency %+v, want one of 3 ms and up to 1.004 s", s.Lag, s.Latency)
	}
}

func TestFinalRates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		last    time.Duration // end of the last hit
		hits    int
		end     time.Duration
		rate    float64
		offered float64
		elapsed float64
	}{
		{"kept up", 1992 * ms, 100, 2 * time.Second, 100, 100, 1},
		{"fell behind", 3 * time.Second, 100, 2 * time.Second, 50, 100, 2},
		{"interrupted", 1490 * ms, 50, 1500 * ms, 100, 100, 0.5},
		{"interrupted in the warm-up", 500 * ms, 0, 500 * ms, 0, 0, 0},
	}
	for _, test := range tests {
		c := newCollectorOf(t, "good=1")
		for range test.hits {
			c.add(at(time.Second, test.last-time.Second))
		}
		s := c.final(test.end)[0].Sample
		if s.RatePerSecond != test.rate || s.OfferedPerSecond != test.offered || s.ElapsedSeconds != test.elapsed {
			t.Errorf("%s: %v/s of %v/s in %v s, want %v/s of %v/s in %v s", test.name,
				s.RatePerSecond, s.OfferedPerSecond, s.ElapsedSeconds, test.rate, test.offered,
				test.elapsed)
		}
	}
}

func TestLiveShowsTheLastSecond(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1")
	c.schedule = mustSchedule(t, Constant(100, time.Hour))
	// From 1 to 3 s a hit of 1 ms every 10 ms, from then on one of 4 ms.
	end := func(n int) time.Duration { return time.Second + time.Duration(n)*10*ms }
	for n := range 200 {
		c.add(at(end(n)-ms, ms))
	}
	for n := range 100 {
		c.add(at(end(200+n)-4*ms, 4*ms))
	}
	c.add(at(time.Second, 0)) // read very late
	s := c.live(end(300) - 1)
	if s.Operations != 300 { // of 301 one was intended in the warm-up
		t.Errorf("live counts %d operations, want 300", s.Operations)
	}
	var counted uint64
	for _, b := range s.Histogram {
		counted += b.Count
	}
	if s.Final || counted != 300 || s.OfferedPerSecond != 100 || s.ElapsedSeconds < 2.99 || s.ElapsedSeconds > 3 {
		t.Errorf("live is %+v", s)
	}
	within := cmp.Comparer(func(a, b int64) bool { return max(a, b)-min(a, b) <= max(a, b)/50 })
	four := int64(4 * ms)
	want := &reports.Quantiles{Count: 100, MeanNS: four, P50NS: four, P90NS: four, MaxNS: four}
	if diff := cmp.Diff(want, s.Latency, within); diff != "" {
		t.Errorf("live has the latency (-want +got):\n%s", diff)
	}
	if s.RatePerSecond < 99 || s.RatePerSecond > 101 {
		t.Errorf("live has a rate of %v/s, want 100/s", s.RatePerSecond)
	}
	// Nothing ended in the following second.
	s = c.live(end(500))
	if s.Latency != nil || s.RatePerSecond != 0 || s.Operations != 300 {
		t.Errorf("live after a second of silence is %+v", s)
	}
}

func TestReasonsAreBounded(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1")
	for i := range 100 {
		h := at(time.Second, ms)
		h.judged, h.failure = false, fmt.Sprintf("reason %d", i)
		c.add(h)
	}
	if len(c.failures) != mostFailures+1 || c.failures[otherFailures] != 100-mostFailures {
		t.Errorf("the reasons are %v, want %d and the others together", c.failures, mostFailures)
	}
}

func TestWrongAnswersAreShownOncePerKind(t *testing.T) {
	t.Parallel()
	c := newCollectorOf(t, "good=1,expired=1")
	for i, verdict := range []string{"accept", "accept", "INVALID_TOKEN", "accept", "TOKEN_EXPIRED"} {
		h := at(time.Second, ms)
		h.part, h.want, h.verdict, h.status = 1, "TOKEN_EXPIRED", verdict, 200+i
		h.body = fmt.Appendf(nil, "body %d", i)
		c.add(h)
	}
	want := []reports.WrongAnswer{
		{Case: "expired", Want: "TOKEN_EXPIRED", Got: "accept", Count: 3, Status: 200, Body: "body 0"},
		{Case: "expired", Want: "TOKEN_EXPIRED", Got: "INVALID_TOKEN", Count: 1, Status: 202, Body: "body 2"},
	}
	if diff := cmp.Diff(want, c.final(time.Second)[0].Sample.WrongAnswers); diff != "" {
		t.Errorf("the wrong answers differ (-want +got):\n%s", diff)
	}
}

func TestShownBodiesHaveNoSecrets(t *testing.T) {
	t.Parallel()
	token := "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("eyJpc3MiOiJodHRwcyJ9", 20) + "." + strings.Repeat("c2lnbmF0dXJl", 30)
	tests := []struct{ name, body, want string }{
		{"whitespace", "{\n  \"ok\":\ttrue\n}\n", `{ "ok": true }`},
		{"a token", "got " + token, "got (hidden)"},
		{"a token at the cut", strings.Repeat("x ", 140) + token, strings.TrimSpace(strings.Repeat("x ", 140)) + " (hidden)"},
		{"what the caller sent", "key s3cret-value-1 is unknown", "key (hidden) is unknown"},
		{"a long body", strings.Repeat("x", 1000), strings.Repeat("x", maxShownBody) + "…"},
	}
	for _, test := range tests {
		if got := shown(test.body, "s3cret-value-1"); got != test.want {
			t.Errorf("%s: shown = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestVerdictOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status  int
		body    string
		verdict string
		failure string
	}{
		{200, "", "accept", ""},
		{204, "", "accept", ""},
		{200, `{"code":"INVALID_TOKEN"}`, "accept", ""},
		{401, `{"verdict":"reject","code":"TOKEN_EXPIRED","reason":"TOKEN_EXPIRED"}`, "TOKEN_EXPIRED", ""},
		{403, `{"code":"INVALID_AUDIENCE"}`, "INVALID_AUDIENCE", ""},
		{400, `{"code":"INVALID_TOKEN"}`, "", "HTTP 400"},
		{401, "", "reject", ""},
		{401, "Unauthorized", "reject", ""},
		{401, `{"code":7}`, "reject", ""},
		{401, `{"code":"token 17 is bad"}`, "reject", ""},
		{401, `["INVALID_TOKEN"]`, "reject", ""},
		{503, `{"code":"JWKS_FETCH_FAILED"}`, "", "HTTP 503"},
		{500, "", "", "HTTP 500"},
		{429, "", "", "HTTP 429"},
		{302, "", "", "HTTP 302"},
		{404, "", "", "HTTP 404"},
	}
	reading := &present.Reading{Reason: "code"}
	if err := reading.Complete(); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		verdict, failure := verdictOf(reading, present.Reply{Status: test.status, Body: []byte(test.body)})
		if verdict != test.verdict || failure != test.failure {
			t.Errorf("verdictOf(%d, %q) = %q, %q, want %q, %q",
				test.status, test.body, verdict, failure, test.verdict, test.failure)
		}
	}

	// With texts, the status alone says little about why there was no verdict.
	reading.AcceptText = "welcome"
	if _, failure := verdictOf(reading, present.Reply{Status: 200}); !strings.HasPrefix(failure, "status 200 OK without the text") {
		t.Errorf("the failure of a page without the text is %q", failure)
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"accept", "TOKEN_EXPIRED", "INVALID_TOKEN"} {
		for _, verdict := range []string{"accept", "TOKEN_EXPIRED", "INVALID_TOKEN", "reject"} {
			right := want == verdict || verdict == "reject" && want != "accept"
			if got := expected(want, verdict); got != right {
				t.Errorf("expected(%q, %q) = %t, want %t", want, verdict, got, right)
			}
		}
	}
}

func TestFailureOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		message string
		want    string
	}{
		{`Get "http://127.0.0.1:1/x#17": dial tcp 127.0.0.1:1: connect: connection refused`, "connection refused"},
		{`Get "http://127.0.0.1:1/x#17w": context deadline exceeded`, "no answer in time"},
		{`Post "http://h/x#1": read tcp 127.0.0.1:41234->127.0.0.1:80: read: connection reset by peer`, "connection reset by peer"},
		{"unexpected EOF", "unexpected EOF"},
	}
	for _, test := range tests {
		if got := failureOf(test.message); got != test.want {
			t.Errorf("failureOf(%q) = %q, want %q", test.message, got, test.want)
		}
	}
}

func TestEmitterDoesNotWaitForASlowReader(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var got []float64
	out, err := reports.Begin(reports.Header{}, reports.Plan{}, func(r reports.Record) error {
		if r.Kind == reports.KindSample {
			<-release
			got = append(got, r.Sample.ElapsedSeconds)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	e := newEmitter(out, func(error) { t.Error("the load was stopped") })
	for i := range 1000 {
		e.offer(moment{sample: reports.Sample{ElapsedSeconds: float64(i)}})
	}
	close(release)
	if err := e.close(); err != nil {
		t.Error(err)
	}
	// One that it is emitting and one that waits.
	if len(got) < 1 || len(got) > 2 || !slices.IsSorted(got) {
		t.Errorf("samples %v were emitted, want one or two", got)
	}
}

func BenchmarkCollectorAdd(b *testing.B) {
	c := newCollectorOf(b, DefaultMix)
	c.schedule = mustSchedule(b, Constant(1000, time.Hour))
	h := at(time.Second, ms)
	b.ReportAllocs()
	for b.Loop() {
		h.ended += 10 * time.Microsecond
		h.started += 10 * time.Microsecond
		c.add(h)
	}
}

// A threshold that names a case holds for the load of that case alone, too.
func TestTheOnlyCaseIsALabelOfTheWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"good=1": "good", "good=1,expired=1": ""} {
		m, err := ParseMix(text)
		if err != nil {
			t.Fatal(err)
		}
		c := newCollector("load", mustSchedule(t, Constant(10, time.Second)), 0, m)
		for _, series := range [][]gate.Series{c.sofar(0), c.final(time.Second)} {
			if got := series[0].Labels[gate.LabelCase]; got != want {
				t.Errorf("the whole of %s has the case %q, want %q", text, got, want)
			}
		}
	}
}
