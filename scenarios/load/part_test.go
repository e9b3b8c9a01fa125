package load_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// inParts returns the options of each part of a load of 240 requests in a
// second, half of them with expired tokens.
func inParts(url string, of int, startAt time.Time) []load.Options {
	var all []load.Options
	for n := range of {
		o := against(url)
		o.RatePerSecond, o.Mix, o.Seed = 240, mix("good=1,expired=1"), 7
		o.Warmup = load.NoWarmup // a busy machine leaves out some of it
		o.Part = load.Part{Number: n + 1, Of: of, StartAt: startAt}
		all = append(all, o)
	}
	return all
}

// runPart runs one part and returns it packed.
func runPart(ctx context.Context, o load.Options) (string, error) {
	var text bytes.Buffer
	pack := reports.NewPack(&text)
	_, err := load.Run(ctx, o, pack.Handle)
	err = errors.Join(err, pack.Close())
	return text.String(), err
}

// runParts runs all parts at once and returns them packed.
func runParts(t *testing.T, parts []load.Options) []string {
	t.Helper()
	texts := make([]string, len(parts))
	var running sync.WaitGroup
	for i, o := range parts {
		running.Go(func() {
			text, err := runPart(t.Context(), o)
			if err != nil {
				t.Errorf("part %d: %v", i+1, err)
			}
			texts[i] = text
		})
	}
	running.Wait()
	return texts
}

// merged merges texts with parts.
func merged(t *testing.T, texts []string, thresholds ...string) (record, load.Result, error) {
	t.Helper()
	streams, err := reports.Streams("parts", strings.NewReader(strings.Join(texts, "")))
	if err != nil {
		t.Fatal(err)
	}
	var got record
	result, err := load.Merge(streams, thresholds, got.emit)
	return got, result, err
}

// tokens counts the tokens that a service is presented. It refuses those that
// have expired.
type tokens struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil {
		c.count = make(map[string]int)
	}
	token := r.Header.Get("Authorization")
	c.count[token]++
	var claims struct {
		Expiry int64 `json:"exp"`
	}
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Expiry < time.Now().Unix() {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// ready is how long the parts of a test have to make their tokens.
const ready = 4 * time.Second

// The parts of a load send together what a single process sends, and their
// merged report has the same counts.
func TestPartsAreTheWhole(t *testing.T) {
	t.Parallel()
	const of = 3
	var apart, alone tokens
	start := time.Now().Add(ready)
	texts := runParts(t, append(inParts(target(t, &apart), of, start), inParts(target(t, &alone), 1, start)...))
	slices.Reverse(texts[:of])
	thresholds := []string{"errors == 0", "wrong{case=good} == 0"}
	_, result, err := merged(t, texts[:of], thresholds...)
	notMissed(t, err)
	_, single, err := merged(t, texts[of:], thresholds...)
	notMissed(t, err)

	// Each part sends one request before, to see whether the target is there.
	for token, n := range alone.count {
		if more := apart.count[token] - n; more != 0 && more != of-1 {
			t.Errorf("the parts sent a token %d times more than the single process", more)
		}
	}
	if len(apart.count) != len(alone.count) {
		t.Errorf("the parts sent %d tokens, want %d", len(apart.count), len(alone.count))
	}
	outcomes := func(s reports.Sample) string {
		return fmt.Sprint(s.Series, s.Operations, s.Verdicts, s.Wrong, s.Failed, s.OfferedPerSecond, s.Latency.Count, s.Service.Count)
	}
	for i, s := range single.Samples[:3] {
		if want, got := outcomes(s), outcomes(result.Samples[i]); got != want {
			t.Errorf("the merged parts have %s, want %s", got, want)
		}
	}
	if got, want := due(result.Samples[0].Course), due(single.Samples[0].Course); cmp.Diff(want, got) != "" || len(got) < 20 {
		t.Errorf("the merged windows have %v requests, want %v", got, want)
	}
	if n := len(result.Samples); n != 3+of || result.Samples[3].Series != "part 1/3" || result.Samples[3].Operations != 80 {
		t.Errorf("the samples of the parts are %+v, want %d, with 80 requests each", result.Samples[3:], of)
	}
	if f := result.Footer; len(f.Thresholds) < 2 || f.Part != nil || cmp.Diff(f.Thresholds, single.Footer.Thresholds) != "" {
		t.Errorf("Footer = %+v, want that of %+v", f, single.Footer)
	}
	if !strings.Contains(strings.Join(result.Notes, " "), "3 parts sent their first requests") {
		t.Errorf("the notes are %q", strings.Join(result.Notes, " "))
	}
}

// due returns how many requests were due in each window of c in which any was.
func due(c *reports.Course) []uint64 {
	var counts []uint64
	for _, w := range c.Windows {
		if w.Latency != nil {
			counts = append(counts, w.Latency.Count)
		}
	}
	return counts
}

// The same holds if the rate changes and requests come at random.
func TestPartsOfAShapeAreTheWhole(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	const of = 3
	var apart, alone tokens
	start := time.Now().Add(ready)
	all := append(inParts(target(t, &apart), of, start), inParts(target(t, &alone), 1, start)...)
	for i := range all {
		all[i].Schedule = slices.Concat(load.Ramp(0, 200, 500*time.Millisecond), load.Sine(200, 150, 290*time.Millisecond, 500*time.Millisecond))
		all[i].Arrivals = load.ArrivalsPoisson
	}
	texts := runParts(t, all)
	_, parts, err := merged(t, texts[:of])
	notMissed(t, err)
	_, single, err := merged(t, texts[of:])
	notMissed(t, err)
	a, b := parts.Samples[0], single.Samples[0]
	if a.Operations == 0 || a.Operations != b.Operations || a.OfferedPerSecond != b.OfferedPerSecond || cmp.Diff(a.Verdicts, b.Verdicts) != "" {
		t.Errorf("the merged parts have %d requests, %v offered and %v, want %d, %v and %v",
			a.Operations, a.OfferedPerSecond, a.Verdicts, b.Operations, b.OfferedPerSecond, b.Verdicts)
	}
	for token, n := range alone.count {
		if more := apart.count[token] - n; more != 0 && more != of-1 {
			t.Errorf("the parts sent a token %d times more than the single process", more)
		}
	}
	want := "offered rate: 0/s to 200/s in 500ms, 200/s for 500ms ± 150/s every 290ms, with Poisson arrivals"
	for _, notes := range [][]string{parts.Notes, single.Notes} {
		if !slices.Contains(notes, want) {
			t.Errorf("the notes are %q, want %q among them", notes, want)
		}
	}
}

// Two good parts, and what else there can be instead of the second.
func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	var service tokens
	url, start := target(t, &service), time.Now().Add(ready)
	parts := inParts(url, 2, start)
	foreign := inParts(url, 2, start)[1]
	foreign.Seed++
	texts := runParts(t, append(parts, foreign))
	whole := against(url)
	var recording bytes.Buffer
	w := reports.NewPack(&recording)
	_, err := load.Run(t.Context(), whole, w.Handle)
	notMissed(t, errors.Join(err, w.Close()))

	late := inParts(url, 2, start)[1]
	lateText, err := runPart(t.Context(), late)
	if !errors.Is(err, gate.ErrInvalid) || !strings.Contains(err.Error(), "after the start at") {
		t.Errorf("Run of a late part = %v, want an ErrInvalid that says so", err)
	}
	for _, test := range []struct {
		name  string
		texts []string
		kind  error
		want  string
	}{
		{"nothing is missing", texts[:2], nil, ""},
		{"a part is missing", texts[1:2], gate.ErrInvalid, "part 1/2 is missing"},
		{"a part is there twice", []string{texts[0], texts[0]}, gate.ErrUsage, "part 1/2 is both in parts:1 and in parts:"},
		{"a part is of another load", []string{texts[0], texts[2]}, gate.ErrUsage, `seed of parts:`},
		{"a part was late", []string{texts[0], lateText}, gate.ErrInvalid, "part 2/2: it was ready"},
		{"one is not a part", []string{texts[0], recording.String()}, gate.ErrUsage, "records a whole assay load, want a part"},
		{"there is none", nil, gate.ErrUsage, "no part to merge"},
	} {
		var streams []reports.Stream
		if test.texts != nil {
			if streams, err = reports.Streams("parts", strings.NewReader(strings.Join(test.texts, ""))); err != nil {
				t.Fatal(err)
			}
		}
		var got record
		_, err := load.Merge(streams, nil, got.emit)
		if test.kind == nil {
			notMissed(t, err)
			continue
		}
		if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) || len(got) > 0 {
			t.Errorf("Merge if %s = %v with %d records, want %v with %q and none", test.name, err, len(got), test.kind, test.want)
		}
	}
}

// What a part claims must fit together: a part that somebody has changed is
// refused, whatever its checksum says.
func TestMergeRefusesContradictions(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	var service tokens
	text := runParts(t, inParts(target(t, &service), 1, time.Now().Add(ready)))[0]
	for name, test := range map[string]struct {
		part   func(p *reports.Part)
		sample func(s *reports.Sample)
		want   string
	}{
		"number":    {func(p *reports.Part) { p.Number = 2 }, nil, "is part 2/1"},
		"count":     {func(p *reports.Part) { p.Of = 2e9 }, nil, "at most 1000"},
		"dropped":   {nil, func(s *reports.Sample) { s.Dropped++ }, "240 requests were counted and 1 dropped, want 240"},
		"mix":       {func(p *reports.Part) { p.Whole.Mix = "bad" }, nil, `mix "bad"`},
		"schedule":  {func(p *reports.Part) { p.Whole.Schedule[0].Seconds = 1e300 }, nil, "duration of segment 1"},
		"arrivals":  {func(p *reports.Part) { p.Whole.PoissonSeed = "x" }, nil, `seed of the arrivals is "x"`},
		"swing":     {func(p *reports.Part) { p.Whole.Schedule[0].SwingPerSecond = 1e3 }, nil, "swing is 1000/s"},
		"warm-up":   {func(p *reports.Part) { p.Whole.WarmupSeconds = 1e6 }, nil, "the warm-up of"},
		"threshold": {func(p *reports.Part) { p.Whole.Thresholds = []string{"fast"} }, nil, `"fast"`},
		"verdicts":  {nil, func(s *reports.Sample) { s.Verdicts["accept"]++ }, "verdicts and failures, want as many"},
		"latency":   {nil, func(s *reports.Sample) { s.Latency.Counts[1]++ }, "latencies"},
		"service":   {nil, func(s *reports.Sample) { s.Service.Counts[0] = -1 }, "service: duration -1 ns"},
		"lag":       {nil, func(s *reports.Sample) { s.Lag.Counts = []int64{1} }, "lag: 1 numbers"},
		"course":    {nil, func(s *reports.Sample) { s.Course.Windows[1].Ended++ }, "course: 240 requests, 241 ended"},
		"no course": {nil, func(s *reports.Sample) { s.Course = nil }, "course: 0 requests"},
		"series":    {nil, func(s *reports.Sample) { s.Series = "another" }, "a sample is called another"},
	} {
		streams, err := reports.Streams("part", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var changed bytes.Buffer
		pack := reports.NewPack(&changed)
		for r, err := range streams[0].Records() {
			if err != nil {
				t.Fatal(err)
			}
			if r.Kind == reports.KindSample && r.Sample.Series == shared && test.sample != nil {
				test.sample(r.Sample)
			}
			if r.Kind == reports.KindFooter && test.part != nil {
				test.part(r.Footer.Part)
			}
			if err := pack.Handle(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := pack.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := merged(t, []string{changed.String()}); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Merge with another %s = %v, want an ErrUsage with %q", name, err, test.want)
		}
	}
}

func TestPartOptions(t *testing.T) {
	t.Parallel()
	soon := time.Now().Add(time.Hour)
	for name, test := range map[string]struct {
		change func(o *load.Options)
		want   string
	}{
		"number":    {func(o *load.Options) { o.Part.Number = 3 }, "part is 3/2"},
		"zero":      {func(o *load.Options) { o.Part.Number = 0 }, "part is 0/2"},
		"too many":  {func(o *load.Options) { o.Part.Of = 1001 }, "at most 1000"},
		"no start":  {func(o *load.Options) { o.Part.StartAt = time.Time{} }, "the time at which all parts start"},
		"no target": {func(o *load.Options) { o.URL, o.Provider = "", nil }, "a part needs the URL"},
		"no work":   {func(o *load.Options) { o.RatePerSecond, o.Part.Of = 1, 100 }, "1 requests for 100 parts"},
	} {
		o := against("http://127.0.0.1:1/")
		o.Part = load.Part{Number: 1, Of: 2, StartAt: soon}
		test.change(&o)
		if err := o.Validate(); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Validate with %s = %v, want an ErrUsage with %q", name, err, test.want)
		}
	}
}
