package load

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

// aim returns a short load of a target.
func aim(t *testing.T, url string) Options {
	t.Helper()
	return Options{
		URL: url, Provider: es256(), RatePerSecond: 100, Duration: 500 * time.Millisecond, Warmup: NoWarmup,
		Mix: mustMix(t, "good=1"), Tokens: fewestTokens, Thresholds: []string{"errors < 50%"},
	}
}

// A target that was connected to is loaded, whatever became of the first request.
func TestAFailedProbeDoesNotVoidTheLoad(t *testing.T) {
	t.Parallel()
	for _, protocol := range []Protocol{HTTP1, H2C} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) == 1 {
					panic(http.ErrAbortHandler)
				}
				quick(w, r)
			}))
			server.Config.Protocols = new(http.Protocols)
			server.Config.Protocols.SetHTTP1(true)
			server.Config.Protocols.SetUnencryptedHTTP2(true)
			server.Start()
			defer server.Close()
			opts := aim(t, server.URL)
			opts.Connection.Protocol = protocol
			result, err := Run(t.Context(), opts, func(reports.Record) error { return nil })
			if errors.Is(err, ErrUnreachable) || result.Samples[0].Verdicts["accept"] == 0 {
				t.Fatalf("Run = %v with %v, want the load to be sent", err, result.Samples[0].Verdicts)
			}
		})
	}
}

// A slow target is one that times out, and not one that is away.
func TestASlowTargetIsLoaded(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	opts := aim(t, server.URL)
	opts.Timeout = 200 * time.Millisecond
	result, err := Run(t.Context(), opts, func(reports.Record) error { return nil })
	if errors.Is(err, ErrUnreachable) || result.Samples[0].Failures["no answer in time"] == 0 {
		t.Errorf("Run = %v with %+v, want requests without an answer in time", err, result.Samples[0].Failures)
	}
}

// What was not sent because the target is away is neither dropped nor overload.
func TestAnUnreachableTargetIsLoadedWithNothing(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(quick))
	defer plain.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	for _, url := range []string{"http://" + free.Addr().String(), strings.Replace(plain.URL, "http:", "https:", 1)} {
		result, err := Run(t.Context(), aim(t, url), func(reports.Record) error { return nil })
		if !errors.Is(err, ErrUnreachable) || !strings.HasPrefix(result.Footer.Stopped, "the target cannot be reached: ") {
			t.Errorf("%s: Run = %v, stopped: %q, want ErrUnreachable", url, err, result.Footer.Stopped)
		}
		if notes := strings.Join(result.Notes, "\n"); strings.Contains(notes, "overload") || len(result.Footer.Thresholds) > 0 || result.Samples[0].Dropped > 0 {
			t.Errorf("%s: notes %q, thresholds %v, %d dropped, want none", url, notes, result.Footer.Thresholds, result.Samples[0].Dropped)
		}
	}
}

// A target that starts late is waited for.
func TestATargetMayStartDuringTheProbes(t *testing.T) {
	t.Parallel()
	p, err := aim(t, "http://127.0.0.1:1").plan()
	if err != nil {
		t.Fatal(err)
	}
	targets, err := newTargets(t.Context(), p, *p.Provider, p.URL)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	client := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		if tried++; tried < probes {
			return nil, errors.New("dial: connection refused")
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	if why := targets.try(t.Context(), client); why != "" || tried != probes {
		t.Errorf("try = %q after %d requests, want it to succeed with the last of %d", why, tried, probes)
	}
}

// roundTripper is a transport that is a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
