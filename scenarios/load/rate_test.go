package load_test

import (
	"errors"
	"testing"

	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"2000/s": 2000, "0.5/s": 0.5, "200": 200, " 1e3/s ": 1000,
		"3000/m": 50, "50/1s": 50, "7200/1h": 2, "1/10ms": 100, "90000/1m30s": 1000,
	} {
		if got, err := load.ParseRate(text); err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/s", "0/s", "-1/s", "fast", "5/", "5/0s", "5/-1s", "5/fortnight", "1/s/s", "2000 per s", "1e7/s", "NaN/s", "Inf/s"} {
		if got, err := load.ParseRate(text); !errors.Is(err, gate.ErrUsage) {
			t.Errorf("ParseRate(%q) = %v, %v, want an ErrUsage", text, got, err)
		}
	}
}
