package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestMain lets the test binary be the server, and a generator of ten requests.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "-serve":
		if err := serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) == 3 && os.Args[1] == "-generate":
		for range 10 {
			answer, err := http.Get(os.Args[2])
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			answer.Body.Close()
		}
	default:
		os.Exit(m.Run())
	}
}

func TestReadWhatToolsPrint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file string
		tool       string
		want       found
	}{
		{"assay", "assay.jsonl", assayName, found{1000, 316927, 81592319}},
		{"wrk", "wrk.txt", "wrk", found{14260.74, 2160 * time.Microsecond, 208120 * time.Microsecond}},
		{"k6", "k6.json", k6Name, found{200.4376723107698, 371954, 6069825}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			output, err := os.ReadFile(filepath.Join("testdata", test.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, tool := range tools() {
				if tool.name != test.tool {
					continue
				}
				if got, err := tool.read(t.Context(), "", "testdata", output); err != nil || got != test.want {
					t.Errorf("read of %s = %+v, %v, want %+v", test.file, got, err, test.want)
				}
				if got, err := tool.read(t.Context(), "", t.TempDir(), nil); err == nil && got != (found{}) {
					t.Errorf("read of nothing = %+v, want nothing", got)
				}
			}
		})
	}
}

func TestTheServerStallsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &handler{
			server: server{Answer: time.Millisecond, Stall: stall, StallAt: 2 * time.Second},
			first:  sync.OnceValue(time.Now),
		}
		var slow []int
		for n := range 40 { // one each 100 ms, unless it waits
			start := time.Now()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			if time.Since(start) > 2*time.Millisecond {
				slow = append(slow, n)
			}
			time.Sleep(99 * time.Millisecond)
		}
		if fmt.Sprint(slow) != "[20]" {
			t.Errorf("the requests %d are slow, want only that of the stall, 20", slow)
		}
	})
}

func TestRunCountsRequestsAtTheServer(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	generator := tool{
		command: func(ctx context.Context, path, _ string, o order) (*exec.Cmd, error) {
			return command(ctx, o.pinned, generatorCore, path, "-generate", o.url), nil
		},
	}
	rate := 1.0
	generator.read = func(context.Context, string, string, []byte) (found, error) { return found{rate: rate}, nil }
	m, err := generator.run(t.Context(), self, condition{duration: time.Second})
	if err != nil || m.requests != 10 || m.rate != 1 || m.cpu <= 0 {
		t.Errorf("run = %+v, %v, want 10 requests, what read returned, and CPU time", m, err)
	}
	rate = 0
	if _, err := generator.run(t.Context(), self, condition{duration: time.Second}); err == nil {
		t.Error("run of a generator that says nothing = nil, want an error")
	}
}

func TestTheCostOfARequestExcludesTheStart(t *testing.T) {
	t.Parallel()
	c := condition{title: "steady"}
	r := make(results)
	for range 3 {
		r.add(startup.title, assayName, measured{cpu: time.Second, requests: 10})
		r.add(c.title, assayName, measured{cpu: 2 * time.Second, requests: 10_010})
		r.add(c.title, vegetaName, measured{cpu: time.Second, requests: 20_000})
	}
	if got := time.Duration(r.cpu(c, assayName)); got != 100*time.Microsecond {
		t.Errorf("a request costs %v, want 100µs", got)
	}
	var out strings.Builder
	r.write(&out, c, []installed{{tool: tool{name: assayName}}, {tool: tool{name: vegetaName}}})
	if !strings.Contains(out.String(), "| 100µs           | 2.00      |") {
		t.Errorf("the table is\n%s\nwant 100µs, twice what vegeta takes", out.String())
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	c := condition{title: "slow"}
	for _, test := range []struct {
		name      string
		assay, k6 time.Duration
		want      string
	}{
		{"alike", 11 * time.Millisecond, 10 * time.Millisecond, ""},
		{"assay is higher", 13 * time.Millisecond, 10 * time.Millisecond, "13ms for assay"},
		{"assay is lower", 10 * time.Millisecond, 13 * time.Millisecond, "13ms for k6"},
		{"assay found nothing", 0, 10 * time.Millisecond, "0s for assay"},
		{"k6 is missing", 10 * time.Millisecond, 0, "k6 is missing"},
	} {
		r := make(results)
		r.add(c.title, assayName, measured{found: found{p50: test.assay}})
		if test.k6 > 0 {
			r.add(c.title, k6Name, measured{found: found{p50: test.k6}})
		}
		got := ""
		if err := r.agree(c); err != nil {
			got = err.Error()
		}
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: agree = %q, want %q in it", test.name, got, test.want)
		}
	}
}
