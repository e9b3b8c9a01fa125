package reports_test

import (
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := []struct{ call, got, want string }{
		{"nanos 0", reports.FormatNanos(0), "–"},
		{"nanos 412", reports.FormatNanos(412), "412 ns"},
		{"nanos 48,149", reports.FormatNanos(48_149), "48.1 µs"},
		{"nanos 9,996", reports.FormatNanos(9_996), "10.0 µs"},
		{"nanos 99,960", reports.FormatNanos(99_960), "100 µs"},
		{"nanos 999,499", reports.FormatNanos(999_499), "999 µs"},
		{"nanos 999,500", reports.FormatNanos(999_500), "1.00 ms"},
		{"nanos 3,100,000", reports.FormatNanos(3_100_000), "3.10 ms"},
		{"nanos 1.84e9", reports.FormatNanos(1_840_000_000), "1.84 s"},
		{"nanos 125e9", reports.FormatNanos(125_000_000_000), "125 s"},
		{"nanos -3.6e12", reports.FormatNanos(-3_600_000_000_000), "-3600 s"},
		{"millis 0.2", reports.FormatMillis(0.2), "200 µs"},
		{"elapsed 0", reports.FormatElapsed(0), "0.0 s"},
		{"elapsed 3.44 s", reports.FormatElapsed(3440 * time.Millisecond), "3.4 s"},
		{"elapsed 59.94 s", reports.FormatElapsed(59_940 * time.Millisecond), "59.9 s"},
		{"elapsed 59.96 s", reports.FormatElapsed(59_960 * time.Millisecond), "1 m 00 s"},
		{"elapsed 125 s", reports.FormatElapsed(125 * time.Second), "2 m 05 s"},
		{"count 0", reports.FormatCount(0), "0"},
		{"count 999", reports.FormatCount(999), "999"},
		{"count 2,305,112", reports.FormatCount(2_305_112), "2,305,112"},
		{"rate 0.5", reports.FormatRate(0.5), "0.50/s"},
		{"rate 0", reports.FormatRate(0), "0/s"},
		{"rate 38,411.7", reports.FormatRate(38_411.7), "38,412/s"},
		{"ratio 0.7194", reports.FormatRatio(0.7194), "0.719"},
		{"share 61 of 1,000", reports.FormatShare(61, 1000), "6.1 %"},
		{"share of nothing", reports.FormatShare(0, 0), "–"},
		{"bytes 999", reports.FormatBytes(999), "999 B"},
		{"bytes 1,204", reports.FormatBytes(1_204), "1.20 kB"},
		{"bytes 1 MiB", reports.FormatBytes(1 << 20), "1.05 MB"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.call, tt.got, tt.want)
		}
	}
}
