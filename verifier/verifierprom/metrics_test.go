package verifierprom_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/verifierprom"
)

const issuer = "https://acme.scalekit.com"

// status is a key source with one state.
type status struct{ s verifier.Status }

func (s status) Status() (verifier.Status, bool) { return s.s, s.s.Failures >= 0 }

// gather returns the samples of a registry as text, histograms by their count.
func gather(t *testing.T, reg *prometheus.Registry) []string {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				if l.GetName() == "issuer" && l.GetValue() == issuer {
					continue
				}
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			lines = append(lines, strings.TrimSpace(fmt.Sprint(f.GetName(), " ", strings.Join(labels, " "), " ", value)))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestHooksCount(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := verifierprom.New(reg, issuer)
	if err != nil {
		t.Fatal(err)
	}
	h := m.Hooks()
	h.Verified(verifier.VerifiedEvent{Algorithm: verifier.RS256, Duration: time.Millisecond})
	h.Verified(verifier.VerifiedEvent{Algorithm: verifier.RS256, Cached: true})
	h.Verified(verifier.VerifiedEvent{Reason: verifier.ReasonTokenExpired})
	h.Verified(verifier.VerifiedEvent{Reason: verifier.ReasonInvalidSignature})
	h.Fetched(verifier.FetchedEvent{Trigger: verifier.TriggerStart})
	h.Fetched(verifier.FetchedEvent{Trigger: verifier.TriggerRefresh, Err: &verifier.Error{Reason: verifier.ReasonJWKSInvalid}})
	h.KeysChanged(verifier.KeysChangedEvent{Generation: 1})
	h.Suppressed(verifier.SuppressedEvent{Trigger: verifier.TriggerUnknownKey})
	want := []string{
		"idtoken_cache_hits_total  1",
		"idtoken_verifications_total code= reason= 2",
		"idtoken_verifications_total code=INVALID_TOKEN reason=INVALID_SIGNATURE 1",
		"idtoken_verifications_total code=TOKEN_EXPIRED reason=TOKEN_EXPIRED 1",
		"idtoken_verify_seconds  4",
		"jwks_changes_total  1",
		"jwks_fetch_seconds  2",
		"jwks_fetches_total result=JWKS_INVALID trigger=refresh 1",
		"jwks_fetches_total result=ok trigger=start 1",
		"jwks_refetch_suppressed_total trigger=unknown_key 1",
	}
	if diff := cmp.Diff(want, gather(t, reg)); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if _, err := verifierprom.New(reg, issuer); !errors.As(err, new(prometheus.AlreadyRegisteredError)) {
		t.Errorf("a second New for the issuer = %v, want the registry's error", err)
	}
	if _, err := verifierprom.New(reg, "https://other.example"); err != nil {
		t.Errorf("New for another issuer = %v", err)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	fetched := time.Unix(1_772_366_400, 0)
	loaded := verifier.Status{
		Generation: 3, Usable: 2, Keys: make([]verifier.KeyInfo, 3), Ready: true, Failures: 4,
		FetchedAt: fetched, FreshUntil: fetched.Add(10 * time.Minute), Age: 10 * time.Minute,
	}
	fresh := loaded
	fresh.Age = 10*time.Minute - 1
	tests := []struct {
		name  string
		state verifier.Status
		want  []string
	}{
		{"nothing to watch", verifier.Status{Failures: -1}, nil},
		{"before the first fetch", verifier.Status{Failures: 1}, []string{"jwks_consecutive_failures  1", "jwks_ready  0"}},
		{"past its freshness", loaded, []string{
			"jwks_age_seconds  600", "jwks_consecutive_failures  4", "jwks_keys  2", "jwks_keys_skipped  1",
			"jwks_last_success_timestamp_seconds  1.7723664e+09", "jwks_ready  1", "jwks_stale  1",
		}},
		{"a moment before", fresh, []string{
			"jwks_age_seconds  599.999999999", "jwks_consecutive_failures  4", "jwks_keys  2", "jwks_keys_skipped  1",
			"jwks_last_success_timestamp_seconds  1.7723664e+09", "jwks_ready  1", "jwks_stale  0",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reg := prometheus.NewRegistry()
			m, err := verifierprom.New(reg, issuer)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Watch(status{test.state}); err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(gather(t, reg), func(s string) bool {
				return strings.Contains(s, "_total") || strings.HasPrefix(s, "jwks_fetch_seconds") || strings.HasPrefix(s, "idtoken_")
			})
			if diff := cmp.Diff(test.want, got); diff != "" && len(test.want)+len(got) > 0 {
				t.Errorf("samples (-want +got):\n%s", diff)
			}
		})
	}
}

// The whole way: a verifier with the hooks, watched.
func Example() {
	reg := prometheus.NewRegistry()
	metrics, err := verifierprom.New(reg, issuer)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verifier.New(verifier.Config{
		Issuer: issuer, Audience: []string{"skc_58327482062864390"}, Hooks: metrics.Hooks(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	if err := metrics.Watch(v); err != nil {
		fmt.Println(err)
		return
	}
	families, err := reg.Gather()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range families {
		if f.GetName() == "jwks_ready" {
			fmt.Println(f.GetName(), f.GetMetric()[0].GetGauge().GetValue())
		}
	}
	// Output: jwks_ready 0
}
