package machine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want times
		err  string
	}{
		{
			name: "every field",
			text: "cpu  100 20 30 400 50 6 7 80 9 10\ncpu0 1 1 1 1 1 1 1 1\n",
			want: times{busy: 1630 * time.Millisecond, steal: 800 * time.Millisecond, total: 6930 * time.Millisecond},
		},
		{name: "without guests", text: "cpu 1 0 0 1 0 0 0 0\n", want: times{busy: 10 * time.Millisecond, total: 20 * time.Millisecond}},
		{name: "an old kernel", text: "cpu 1 2 3 4\n", err: "no line for all CPUs"},
		{name: "another file", text: "Linux version 6\n", err: "no line for all CPUs"},
		{name: "no number", text: "cpu 1 x 0 1 0 0 0 0\n", err: `field 2 is "x"`},
		{name: "empty", text: "", err: "EOF"},
		{name: "a line without end", text: strings.Repeat("cpu ", 5000), err: "EOF"},
	}
	for _, test := range tests {
		got, err := parseTimes(strings.NewReader(test.text))
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: parseTimes = %v, want an error with %q", test.name, err, test.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: parseTimes: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(times{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// snapshot returns a snapshot of a machine with two CPUs after some seconds.
func snapshot(at, own, busy, steal float64) Snapshot {
	s := func(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
	return Snapshot{
		at:    time.Unix(0, 0).Add(s(at)),
		own:   s(own),
		all:   times{busy: s(busy), steal: s(steal), total: s(2 * at)},
		known: true,
	}
}

func TestUseAndItsReasons(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		later   Snapshot
		want    Use
		reasons []string
	}{
		{"alone", snapshot(10, 10, 10, 0), Use{Known: true, OwnShare: 0.5, OwnCores: 1}, nil},
		{"ticks that disagree", snapshot(10, 10, 9.9, 0), Use{Known: true, OwnShare: 0.5, OwnCores: 1}, nil},
		{"just quiet enough", snapshot(10, 10, 11, 0.4), Use{Known: true, OwnShare: 0.5, OthersShare: 0.05, StealShare: 0.02, OwnCores: 1}, nil},
		{
			"neighbours", snapshot(10, 10, 15, 0),
			Use{Known: true, OwnShare: 0.5, OthersShare: 0.25, OwnCores: 1},
			[]string{"other processes used 25 % of the CPUs, at most 5 % is allowed"},
		},
		{
			"both", snapshot(10, 2, 4, 4),
			Use{Known: true, OwnShare: 0.1, OthersShare: 0.1, StealShare: 0.2, OwnCores: 0.2},
			[]string{"other processes used 10 % of the CPUs, at most 5 % is allowed", "the hypervisor took 20 % of the CPUs, at most 2 % is allowed"},
		},
		{"no time at all", snapshot(0, 0, 0, 0), Use{}, nil},
		{"unknown", Snapshot{at: time.Unix(10, 0)}, Use{}, nil},
	}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	for _, test := range tests {
		got := snapshot(0, 0, 0, 0).Until(test.later)
		if diff := cmp.Diff(test.want, got, near); diff != "" {
			t.Errorf("%s: Until (-want +got):\n%s", test.name, diff)
		}
		if reasons := got.Reasons(); !slices.Equal(reasons, test.reasons) {
			t.Errorf("%s: Reasons = %q, want %q", test.name, reasons, test.reasons)
		}
	}
}

func TestParseCPUModel(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"processor\t: 0\nmodel\t\t: 2\nmodel name\t: AMD EPYC 9V74\nmodel name\t: other\n": "AMD EPYC 9V74",
		"processor\t: 0\nBogoMIPS\t: 50.00\n":                                              "",
		"":                                                                                 "",
	} {
		if got := parseCPUModel(strings.NewReader(text)); got != want {
			t.Errorf("parseCPUModel(%q) = %q, want %q", text, got, want)
		}
	}
}
