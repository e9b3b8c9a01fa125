package versus_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/bench/versus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// program gives this test binary another name, see TestMain.
func program(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// options is a brief comparison.
func options(t *testing.T, sides ...string) versus.Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return versus.Options{
		Sides: sides, Self: self, Echo: []string{self, "bench", "echo"}, Env: os.Environ(), Alg: "ES256", Tokens: 8,
		Ratio: paired.Options{
			Epochs: 3, EpochTime: 20 * time.Millisecond, Warmup: time.Millisecond, Pause: time.Millisecond,
			CollectedSliceTime: 2 * time.Millisecond,
		},
	}
}

// run compares and returns the final samples by series.
func run(t *testing.T, opts versus.Options) (map[string]reports.Sample, *reports.Footer, error) {
	t.Helper()
	samples := make(map[string]reports.Sample)
	var footer *reports.Footer
	err := versus.Run(t.Context(), opts, func(r reports.Record) error {
		switch r.Kind {
		case reports.KindSample:
			samples[r.Sample.Series] = *r.Sample
		case reports.KindFooter:
			footer = r.Footer
		}
		return nil
	})
	return samples, footer, err
}

func TestBuildsAreCompared(t *testing.T) {
	t.Parallel()
	fast, slow := program(t, "fake-20us"), program(t, "fake-21us")
	opts := options(t, fast, slow, fast)
	opts.Thresholds = []string{"ratio{series=" + slow + "} < 1.04"}
	samples, footer, err := run(t, opts)
	if !errors.Is(err, gate.ErrMissed) || footer == nil || footer.Thresholds[0].Verdict != reports.VerdictMissed {
		t.Errorf("Run = %v, want that the threshold is missed", err)
	}
	for series, want := range map[string]float64{slow: 1.05, slow + " with GC": 1.05, fast + " (2)": 1} {
		s, ok := samples[series]
		if !ok || s.Ratio == nil || s.Baseline != fast {
			t.Errorf("the sample of %q is %+v, want a ratio to %q", series, s, fast)
			continue
		}
		if r := s.Ratio; r.Estimate < want*0.9999 || r.Estimate > want*1.0001 || r.Low > r.Estimate || r.High < r.Estimate {
			t.Errorf("the ratio of %q is %v, want %v", series, *r, want)
		}
	}
	if s := samples[fast]; s.Ratio != nil || s.Service.P50NS != 20_000 || s.AllocsPerOp != 3 {
		t.Errorf("the sample of %q is %+v, want 20 µs and 3 allocations", fast, s)
	}
}

// A real worker verifies real tokens.
func TestWorkersVerify(t *testing.T) {
	t.Parallel()
	samples, _, err := run(t, options(t, "builtin", "builtin"))
	if err != nil && !errors.Is(err, gate.ErrInvalid) {
		t.Fatal(err)
	}
	s := samples["builtin (2)"]
	if s.Ratio == nil || s.Ratio.Estimate < 0.2 || s.Ratio.Estimate > 5 || s.AllocsPerOp < 1 || s.AllocsPerOp > 100 || s.Operations == 0 {
		t.Errorf("the sample is %+v, want a ratio of about 1", s)
	}
}

// What an adapter waits for is its own, and not of the protocol. How much that
// is of the bare millisecond depends on what else the machine does.
func TestTheProtocolIsSubtracted(t *testing.T) {
	t.Parallel()
	waits := "exec:" + program(t, "slow-echo")
	opts := options(t, program(t, "fake-1ms"), waits)
	opts.Ratio.Epochs, opts.Ratio.EpochTime = 8, 60*time.Millisecond
	samples, _, err := run(t, opts)
	if err != nil && !errors.Is(err, gate.ErrInvalid) {
		t.Fatal(err)
	}
	protocol, own, whole := samples["protocol"].Ratio, samples[waits].Ratio, samples[waits+", with protocol"].Ratio
	if protocol == nil || own == nil || whole == nil {
		t.Fatalf("the samples are %+v, want ratios of the protocol and of the adapter without and with it", samples)
	}
	if sum := own.Estimate + protocol.Estimate; own.Estimate < 2*protocol.Estimate || sum < whole.Estimate*0.999 || sum > whole.Estimate*1.001 {
		t.Errorf("%v of its own and %v of the protocol, want twice as much or more, and %v together",
			own.Estimate, protocol.Estimate, whole.Estimate)
	}
}

func TestRunRefusesSides(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sides []string
		want  string
		usage bool
	}{
		"one side":         {[]string{"builtin"}, "want two sides or more", true},
		"an empty command": {[]string{"builtin", "exec:"}, "it is empty", true},
		"no such program":  {[]string{"/no/such/assay", "builtin"}, "/no/such/assay", true},
		"another program":  {[]string{"builtin", program(t, "broken")}, "broken: unknown command", false},
		"a broken adapter": {[]string{"builtin", "exec:" + program(t, "broken")}, "broken: unknown command", false},
	} {
		_, footer, err := run(t, options(t, test.sides...))
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, gate.ErrUsage) != test.usage || footer != nil {
			t.Errorf("Run with %s = %v, want %q", name, err, test.want)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("the user asked for it")
	ctx, cancel := context.WithCancelCause(t.Context())
	opts := options(t, "builtin", "builtin")
	opts.Ratio.Epochs = 1 << 30
	var last reports.Record
	err := versus.Run(ctx, opts, func(r reports.Record) error {
		if last = r; r.Kind == reports.KindProgress {
			cancel(cause)
		}
		return nil
	})
	if !errors.Is(err, cause) || last.Footer == nil || !last.Footer.Interrupted {
		t.Errorf("Run = %v and ends with a %s, want %v and an interrupted footer", err, last.Kind, cause)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	want := []string{"a", "b", "a (2)", "a (3)"}
	if got := versus.Names([]string{"a", "b", "a", "a"}); !slices.Equal(got, want) {
		t.Errorf("Names = %q, want %q", got, want)
	}
}
