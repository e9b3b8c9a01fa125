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
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
	"github.com/assay-id/assay/scenarios/implementations"
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

// TestSamples checks the sample applications, which must pass every check, and
// faulty copies of the one in Go, each of which must fail one. With
// ASSAY_APP_CHECK=samples there are no copies, which take minutes.
func TestSamples(t *testing.T) {
	if os.Getenv("ASSAY_APP_CHECK") == "" {
		t.Skip("it builds applications and drives them with Chromium: make e2e-app-check runs it")
	}
	b := startBrowser(t)
	char := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(char.Close)
	all := copies()
	for _, c := range appcheck.Checks() {
		if _, ok := all[c.ID]; !ok {
			t.Errorf("no copy fails %s", c.ID)
		}
	}
	slots := make(chan struct{}, atOnce)
	check := func(name string, judge func(*testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			judge(t)
		})
	}
	check("go", func(t *testing.T) { judge(t, b, []string{build(t, nil)}, t.TempDir(), char.URL, "") })
	for _, sample := range []string{"node", "express", "react"} {
		check(sample, func(t *testing.T) {
			dir := filepath.Join(examples, sample)
			if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
				t.Skipf("npm ci --prefix %s, and there npm run build, installs it; make e2e-apps does", dir)
			}
			judge(t, b, []string{"node", "server.mjs"}, dir, char.URL, "")
		})
	}
	if os.Getenv("ASSAY_APP_CHECK") == "samples" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		check(name, func(t *testing.T) { judge(t, b, []string{build(t, all[name])}, t.TempDir(), char.URL, name) })
	}
}

// examples is the folder of the samples.
const examples = "../../mockidp/examples"

// startBrowser starts the browser of a test. Without one the test is skipped, or
// fails where CI is set.
func startBrowser(t *testing.T) *browser.Browser {
	t.Helper()
	path, err := browser.Find()
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	b, err := browser.Start(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// build builds the sample application with edits and returns the program.
func build(t *testing.T, edits []edit) string {
	t.Helper()
	dir := t.TempDir()
	sample, err := filepath.Abs(filepath.Join(examples, "go"))
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

// judge runs an application and expects it to fail one check, or none if that is
// empty.
func judge(t *testing.T, b *browser.Browser, command []string, dir, char, fails string) {
	t.Helper()
	var want []string
	if fails != "" {
		want = []string{fails}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	provider, err := appcheck.StartProvider(ctx, appcheck.ProviderConfig{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	at := run(t, command, dir, provider, char)
	script, err := appcheck.ParseScript("script.yaml", []byte(sampleScript))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[reports.Outcome][]string)
	_, err = appcheck.Run(ctx, appcheck.Options{
		URL: at, Script: script, Provider: provider, Browser: b, Checks: checksFor(fails),
		TokenLife: 4 * time.Second, Grace: 2 * time.Second,
	}, func(r reports.Record) error {
		if c := r.Case; c != nil {
			got[c.Outcome] = append(got[c.Outcome], c.ID)
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
	// The samples have everything that the checks need.
	if skips := got[reports.OutcomeSkip]; len(skips) > 0 {
		t.Errorf("it skips %v", skips)
	}
}

// checksFor returns all checks, but for copies that are about something else
// those that do not wait until tokens expire.
func checksFor(fails string) []appcheck.Check {
	waiting := []string{"app.refresh-replay", "app.deprovisioned"}
	all := appcheck.Checks()
	if fails == "" || slices.Contains(waiting, fails) {
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

// run starts an application for the time of a test and returns where it answers.
func run(t *testing.T, command []string, dir string, provider *appcheck.Provider, char string) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := &url.URL{Scheme: "http", Host: "localhost:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), Path: "/"}
	l.Close()
	client := provider.Env.Client()
	service, err := implementations.StartService(command, []string{
		"PORT=" + at.Port(), "SESSION_DIR=" + filepath.Join(t.TempDir(), "sessions"), "SCALEKIT_ENVIRONMENT_URL=" + provider.Env.Issuer(),
		"SCALEKIT_CLIENT_ID=" + client.ID, "SCALEKIT_CLIENT_SECRET=" + client.Secret,
		"CHAR_API_BASE=" + char, "CHAR_PUBLISHABLE_KEY=pk_test_0123456789abcdefghij",
	}, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Stop)
	end := time.After(time.Minute)
	for {
		if res, err := http.Get(at.String()); err == nil {
			res.Body.Close()
			return at
		}
		select {
		case <-service.Ended():
			t.Fatal(service.Crash(at.Host))
		case <-end:
			t.Fatal("the application does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
