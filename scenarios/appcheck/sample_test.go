package appcheck_test

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// sampleScript says how the sample application is used.
const sampleScript = `
signed-in: Sign out
login:
  - click: Sign in
switch:
  - fill: { in: Organization, with: org_10000000000000002 }
  - click: Switch
return-to:
  - /login?return_to={{url}}
`

// atOnce is how many applications are checked at the same time. They wait most of
// the time.
const atOnce = 5

// TestSamples checks the sample application in Go, which must pass every check,
// and its faulty copies, each of which must fail one.
func TestSamples(t *testing.T) {
	if os.Getenv("ASSAY_APP_CHECK") == "" {
		t.Skip("it builds applications and drives them with Chromium: make e2e-app-check runs it")
	}
	path, err := browser.Find()
	if err != nil {
		t.Fatal(err)
	}
	b, err := browser.Start(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	char := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(char.Close)
	all := copies()
	for _, c := range appcheck.Checks() {
		if _, ok := all[c.ID]; !ok {
			t.Errorf("no copy fails %s", c.ID)
		}
	}
	slots := make(chan struct{}, atOnce)
	only := os.Getenv("ASSAY_APP_CHECK")
	t.Run("apps", func(t *testing.T) {
		for _, name := range append([]string{"none"}, slices.Sorted(maps.Keys(all))...) {
			if only != "all" && only != name {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				var want []string
				if name != "none" {
					want = []string{name}
				}
				judge(t, b, build(t, all[name]), char.URL, name, want)
			})
		}
	})
}

// build builds the sample application with edits and returns the program.
func build(t *testing.T, edits []edit) string {
	t.Helper()
	dir := t.TempDir()
	sample, err := filepath.Abs("../../mockidp/examples/go")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, e := range edits {
		if _, ok := texts[e.file]; !ok {
			text, err := os.ReadFile(filepath.Join(sample, e.file))
			if err != nil {
				t.Fatal(err)
			}
			texts[e.file] = string(text)
		}
		if n := strings.Count(texts[e.file], e.old); n != 1 {
			t.Fatalf("%s has this %d times, want once: %s", e.file, n, e.old)
		}
		texts[e.file] = strings.Replace(texts[e.file], e.old, e.new, 1)
	}
	overlay := struct{ Replace map[string]string }{make(map[string]string)}
	for file, text := range texts {
		changed := filepath.Join(dir, file)
		if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(sample, file)] = changed
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "app")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay", list, "-o", program, ".")
	cmd.Dir = sample
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// judge runs a program and compares the checks that it fails with want.
func judge(t *testing.T, b *browser.Browser, program, char, name string, want []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	provider, err := appcheck.StartProvider(ctx, appcheck.ProviderConfig{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	at := run(t, program, provider, char)
	script, err := appcheck.ParseScript("script.yaml", []byte(sampleScript))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[reports.Outcome][]string)
	_, err = appcheck.Run(ctx, appcheck.Options{
		URL: at, Script: script, Provider: provider, Browser: b, Checks: checksFor(name),
		TokenLife: 4 * time.Second, Grace: 2 * time.Second,
	}, func(r reports.Record) error {
		if c := r.Case; c != nil {
			got[c.Outcome] = append(got[c.Outcome], c.ID)
			t.Logf("%s %.0f ms", c.ID, c.DurationMillis)
			if c.Outcome != reports.OutcomePass {
				t.Logf("%s: %s: %s %s %+v", c.ID, c.Outcome, c.Got, c.Why, c.Evidence)
			}
			if strings.Contains(mustJSON(t, c), "eyJ") {
				t.Errorf("%s shows a token", c.ID)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got[reports.OutcomeFail], want) {
		t.Errorf("it fails %v, want %v", got[reports.OutcomeFail], want)
	}
	if n := len(got[reports.OutcomeError]); n > 0 {
		t.Errorf("%d checks could not be carried out", n)
	}
	// Without PKCE nothing else can be skipped: the sample has everything.
	if skips := got[reports.OutcomeSkip]; len(skips) > 0 {
		t.Errorf("it skips %v", skips)
	}
}

// checksFor returns all checks, but for copies that are about something else
// those that do not wait until tokens expire.
func checksFor(name string) []appcheck.Check {
	waiting := []string{"app.refresh-replay", "app.deprovisioned"}
	all := appcheck.Checks()
	if name == "none" || slices.Contains(waiting, name) {
		return all
	}
	return slices.DeleteFunc(all, func(c appcheck.Check) bool { return slices.Contains(waiting, c.ID) })
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run starts a program for the time of a test and returns where it answers.
func run(t *testing.T, program string, provider *appcheck.Provider, char string) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	client := provider.Env.Client()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PORT="+port, "SCALEKIT_ENVIRONMENT_URL="+provider.Env.Issuer(),
		"SCALEKIT_CLIENT_ID="+client.ID, "SCALEKIT_CLIENT_SECRET="+client.Secret, "CHAR_API_BASE="+char)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	at := &url.URL{Scheme: "http", Host: "localhost:" + port, Path: "/"}
	for range 200 {
		if res, err := http.Get("http://127.0.0.1:" + port + "/"); err == nil {
			res.Body.Close()
			return at
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the application does not answer")
	return nil
}
