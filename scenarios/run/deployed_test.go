package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
	"github.com/assay-id/assay/verifier"
)

// site is a deployed service in this process: the middleware of the production
// verifier, or what a test puts there.
type site struct {
	implementations.Deployed
	t      *testing.T
	cfg    verifier.Config
	starts bool // whether it can be started again

	url     string
	reading present.Reading

	startErr func(restarts int) error // why it does not start; nil means that it does

	mu       sync.Mutex
	handler  http.Handler
	restarts int
}

// newSite returns a service that trusts an environment of server.
func newSite(t *testing.T, server *mockidp.Server, handler http.Handler, reading present.Reading) *site {
	t.Helper()
	return newSiteOf(t, server, handler, reading, run.DeployedOptions{})
}

// newSiteOf is like newSite with an environment that opts describe.
func newSiteOf(
	t *testing.T, server *mockidp.Server, handler http.Handler, reading present.Reading, opts run.DeployedOptions,
) *site {
	t.Helper()
	env, err := opts.Prepare(server)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, handler: handler, cfg: verifier.Config{Issuer: env.Issuer(), Audience: []string{env.Client().ID}}}
	s.cfg.Allow.LoopbackHTTP = true
	if handler == nil {
		s.restart()
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		handler := s.handler
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.url, s.reading = web.URL, reading
	s.present(present.Template{})
	return s
}

// present makes the adapter of the service, which puts the token where template
// says.
func (s *site) present(template present.Template) {
	var err error
	s.Deployed, err = implementations.NewBearer(s.url, implementations.BearerOptions{
		Present: template, Reading: s.reading, Timeout: 5 * time.Second, Wait: time.Second,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { s.Close() })
}

// restart gives the service a verifier that remembers nothing.
func (s *site) restart() {
	v, err := verifier.New(s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { v.Close() })
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := verifier.FromContext(r.Context())
		if err := json.NewEncoder(w).Encode(map[string]string{"sub": token.Subject}); err != nil {
			s.t.Error(err)
		}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = verifier.Middleware(v, verifier.MiddlewareConfig{})(ok)
	s.restarts++
}

func (s *site) CanRestart() bool { return s.starts }

func (s *site) Restart(ctx context.Context) error {
	if s.starts {
		s.restart()
		if s.startErr != nil {
			if err := s.startErr(s.restarts); err != nil {
				return err
			}
		}
	}
	return s.Deployed.Restart(ctx)
}

func startServer(t *testing.T) *mockidp.Server {
	t.Helper()
	server, err := mockidp.Start(t.Context(), mockidp.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(context.Background()) })
	return server
}

// reading is how the middleware of the verifier answers.
var reading = present.Reading{Reject: "400,401,403,503", Subject: "sub"}

// charCases are those that the policy of the middleware is for, in the groups
// given or in all.
func charCases(t *testing.T, groups ...string) []*scenarios.Scenario {
	t.Helper()
	return slices.DeleteFunc(runtest.Catalogue(t).All(), func(s *scenarios.Scenario) bool {
		return s.PolicyName() != "char" || len(groups) > 0 && !slices.Contains(groups, s.Group.Name)
	})
}

// A service that verifies as it must passes everything that it can be asked
// about, and that is nearly everything.
func TestDeployedServicePasses(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	service := newSite(t, server, nil, reading)
	service.starts = true
	list := charCases(t)
	if !longtest.Wanted() {
		list = charCases(t, "aud", "rot", "fetch")
	}
	cases, footer := runtest.Record(t, run.Options{Scenarios: list, Implementation: service, Server: server, Seed: 7})
	for id, c := range cases {
		if c.Outcome.Bad() {
			t.Errorf("%s: %s", id, runtest.Describe(c))
		}
	}
	c := footer.Coverage
	if c == nil || c.Stateless.Ran*10 < c.Stateless.Fit*9 || c.Stateful.Ran*10 < c.Stateful.Fit*9 || c.Stateful.Ran == 0 {
		t.Errorf("coverage is %+v, want nine tenths of what fits", c)
	}
	t.Logf("%d restarts, coverage %+v, %v s", service.restarts, c, footer.DurationSeconds)
}

// Cases change whatever client ID and issuer the service is configured with. A
// change that changes nothing makes a good token, which is not judged.
func TestDeployedServiceWithAnyNames(t *testing.T) {
	t.Parallel()
	server, err := mockidp.Start(t.Context(), mockidp.Config{Seed: 1, ListenerConfig: mockidp.ListenerConfig{Host: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(context.Background()) })
	for _, id := range []string{"7", "my-app"} {
		if id == "7" && !longtest.Wanted() {
			continue // a name from which fewer cases can be made
		}
		opts := run.DeployedOptions{ClientID: id}
		service := newSiteOf(t, server, nil, reading, opts)
		cases, _ := runtest.Record(t, run.Options{
			Scenarios: charCases(t, "aud", "azp", "iss"), Implementation: service, Server: server, Seed: 7, Deployed: opts,
		})
		for id, c := range cases {
			if c.Outcome.Bad() {
				t.Errorf("%s: %s", id, runtest.Describe(c))
			}
		}
		if c := cases["aud.case"]; (c.Outcome == reports.OutcomeSkip) != (id == "7") {
			t.Errorf("with the client ID %s: aud.case: %s", id, runtest.Describe(c))
		}
		if c := cases["iss.regex-dot"]; c.Outcome != reports.OutcomeSkip || !strings.Contains(c.Why, "a good one") {
			t.Errorf("iss.regex-dot: %s", runtest.Describe(c))
		}
	}
}

// Without a restart, what needs another fetch is skipped and says what to do.
func TestDeployedServiceThatStays(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	server := startServer(t)
	service := newSite(t, server, nil, reading)
	cases, _ := runtest.Record(t, run.Options{Scenarios: charCases(t, "aud", "jwks", "rot"), Implementation: service, Server: server, Seed: 7})
	ran, waiting := 0, 0
	for id, c := range cases {
		switch {
		case c.Outcome.Bad():
			t.Errorf("%s: %s", id, runtest.Describe(c))
		case c.Outcome == reports.OutcomePass:
			ran++
		case strings.Contains(c.Why, "--settle"):
			waiting++
		}
	}
	if ran < 10 || waiting < 10 || service.restarts != 1 {
		t.Errorf("%d cases ran, %d would have to wait, %d starts", ran, waiting, service.restarts)
	}
}

// A service that is waited for fetches what a case publishes.
func TestDeployedServiceSettles(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	service := newSite(t, server, nil, reading)
	c := runtest.Catalogue(t)
	list := []*scenarios.Scenario{c.Get("alg.ok-es256"), c.Get("jwks.no-kid-single"), c.Get("disc.ok"), c.Get("aud.other-client")}
	list = slices.DeleteFunc(list, func(s *scenarios.Scenario) bool { return s == nil })
	cases, _ := runtest.Record(t, run.Options{
		Scenarios: list, Implementation: service, Server: server, Seed: 7,
		Deployed: run.DeployedOptions{Settle: 20 * time.Second},
	})
	if got := cases["alg.ok-es256"]; got == nil || got.Outcome != reports.OutcomePass {
		t.Errorf("alg.ok-es256: %s", runtest.Describe(got))
	}
	for id, c := range cases {
		if c.Outcome.Bad() {
			t.Errorf("%s: %s", id, runtest.Describe(c))
		}
	}
}

// knowsKeys is the transport of a verifier that is configured with the place of
// the keys of an issuer: it has the metadata by itself.
type knowsKeys string

func (issuer knowsKeys) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/keys") {
		return http.DefaultTransport.RoundTrip(r)
	}
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(rec, `{"issuer":%q,"jwks_uri":%q}`, string(issuer), string(issuer)+"/keys")
	return rec.Result(), nil
}

// A service that is configured with jwks_uri cannot be asked about metadata that
// it does not read.
func TestDeployedServiceWithoutDiscovery(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	service := newSite(t, server, nil, reading)
	service.starts, service.cfg.Remote.Transport = true, knowsKeys(service.cfg.Issuer)
	cases, _ := runtest.Record(t, run.Options{Scenarios: charCases(t, "disc"), Implementation: service, Server: server, Seed: 7})
	skipped := 0
	for id, c := range cases {
		if c.Outcome.Bad() {
			t.Errorf("%s: %s", id, runtest.Describe(c))
		}
		if strings.Contains(c.Why, "provider metadata") {
			skipped++
		}
	}
	if skipped < 10 {
		t.Errorf("%d cases are skipped for want of discovery", skipped)
	}
}

// discardsUnknown is the transport of a verifier that discards a JWK Set with a
// key of a type that it does not know.
type discardsUnknown struct{}

func (discardsUnknown) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if bytes.Contains(text, []byte(`"AKP"`)) {
		text = []byte(`{"keys":[]}`)
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return answer, err
}

// A service that discards a set with a decoy among its keys is tested without
// decoys, except by a case that places them.
func TestDeployedServiceWithoutDecoys(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	server := startServer(t)
	for _, opts := range []run.DeployedOptions{{NoDecoys: true}, {NoDecoys: true, ClientID: "my-app"}} {
		service := newSiteOf(t, server, nil, reading, opts)
		service.starts, service.cfg.Remote.Transport = true, discardsUnknown{}
		list := slices.DeleteFunc(charCases(t), func(s *scenarios.Scenario) bool {
			return !slices.Contains([]string{"aud.other-client", "rot.just-before-signing", "alg.ok-jwk-without-alg"}, s.ID)
		})
		cases, _ := runtest.Record(t, run.Options{Scenarios: list, Implementation: service, Server: server, Seed: 7, Deployed: opts})
		for id, want := range map[string]reports.Outcome{
			"aud.other-client": reports.OutcomePass, "rot.just-before-signing": reports.OutcomePass, "alg.ok-jwk-without-alg": reports.OutcomeSkip,
		} {
			if c := cases[id]; c.Outcome != want {
				t.Errorf("with %+v: %s: %s, want %s", opts, id, runtest.Describe(c), want)
			}
		}
		if why := cases["alg.ok-jwk-without-alg"].Why; !strings.Contains(why, "--idp-decoys=false") {
			t.Errorf("it is skipped because %q, want the flag", why)
		}
	}
}

// A token arrives wherever the template puts it.
func TestDeployedServicePresentations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		template string
		read     func(*http.Request) string
	}{
		{"header:X-Token: {{token}}", func(r *http.Request) string { return r.Header.Get("X-Token") }},
		{"cookie:session={{token}}", func(r *http.Request) string {
			c, err := r.Cookie("session")
			if err != nil {
				return ""
			}
			return c.Value
		}},
		{"query:id_token={{token}}", func(r *http.Request) string { return r.URL.Query().Get("id_token") }},
		{"form:id_token={{token}}&grant=x", func(r *http.Request) string { return r.PostFormValue("id_token") }},
		{`json:{"session":{"id_token":"{{token}}"}}`, func(r *http.Request) string {
			var body struct {
				Session struct {
					Token string `json:"id_token"`
				}
			}
			_ = json.NewDecoder(r.Body).Decode(&body) // without a token there is no body
			return body.Session.Token
		}},
	}
	if !longtest.Wanted() {
		tests = tests[3:] // those with a body
	}
	for _, test := range tests {
		t.Run(test.template, func(t *testing.T) {
			t.Parallel()
			server := startServer(t)
			service := newSite(t, server, nil, reading)
			inner := service.handler
			service.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if token := test.read(r); token != "" {
					r.Header.Set("Authorization", "Bearer "+token)
				}
				inner.ServeHTTP(w, r)
			})
			template, err := present.Parse(test.template)
			if err != nil {
				t.Fatal(err)
			}
			service.present(template)
			cases, footer := runtest.Record(t, run.Options{Scenarios: charCases(t, "aud", "b64"), Implementation: service, Server: server, Seed: 7})
			for id, c := range cases {
				if c.Outcome.Bad() {
					t.Errorf("%s: %s", id, runtest.Describe(c))
				}
			}
			if n := footer.Counts[reports.OutcomePass]; n < 20 {
				t.Errorf("%d cases pass", n)
			}
		})
	}
}

// The run begins only if the answers tell good from bad, and says otherwise what
// to do.
func TestDeployedServiceThatIsNotReady(t *testing.T) {
	t.Parallel()
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	bearerOnly := func(good, bad int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Header.Get("Authorization") == "":
				w.WriteHeader(http.StatusUnauthorized)
			case strings.Count(r.Header.Get("Authorization"), ".") == 2:
				w.WriteHeader(good)
			default:
				w.WriteHeader(bad)
			}
		})
	}
	for _, test := range []struct {
		name    string
		handler http.Handler
		want    string
		do      string // part of the hint
	}{
		{"200 to everything", status(200), "accepts a request without a token", ""},
		{"401 to everything", status(401), "does not accept a good token: reject", ""},
		{"500 to everything", status(500), "does not accept a good token: the service gave no verdict: it answered status 500", "it fails with a good token"},
		{"302 to everything", status(302), "status 302", "instead of redirecting"},
		{"any token is accepted", bearerOnly(200, 200), "accepts garbage", ""},
		{"a bad token is answered with 500", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[bool]int{true: 200, false: 500}[goodOnce(r)])
		}), "does not reject a bad token", "--reject-status"},
		{"404 to everything", http.NotFoundHandler(), "its body begins with `404 page not found`", "compare the path"},
		{"405 to everything", status(405), "status 405", "--method POST"},
		{"429 to everything", status(429), "status 429", "limit on requests"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t)
			service := newSite(t, server, test.handler, present.Reading{})
			_, err := run.Run(t.Context(), run.Options{
				Scenarios: charCases(t, "aud"), Implementation: service, Server: server,
			}, func(reports.Record) error { t.Error("a record of a run that cannot be"); return nil })
			e, ok := errors.AsType[*run.NotReadyError](err)
			if !ok || !strings.Contains(err.Error(), test.want) || e.Do == "" || !strings.Contains(e.Do, test.do) || !strings.Contains(err.Error(), e.ClientID) {
				t.Errorf("Run = %v, want a NotReadyError with %q", err, test.want)
			}
		})
	}
}

// seen are the tokens that goodOnce has met.
var seen sync.Map

// goodOnce reports whether a request has the first token of three segments to
// its server, which is the good one.
func goodOnce(r *http.Request) bool {
	token := r.Header.Get("Authorization")
	if strings.Count(token, ".") != 2 {
		return false
	}
	first, _ := seen.LoadOrStore(r.Host, token)
	return first == token
}

// A service that no longer starts, whatever the provider is like, ends the run
// instead of hiding cases.
func TestDeployedServiceThatNoLongerStarts(t *testing.T) {
	t.Parallel()
	gone := fmt.Errorf("%w: no such container", implementations.ErrCrash)
	for _, test := range []struct {
		name string
		err  func(restarts int) error
		stop string
	}{
		{"for good", func(n int) error {
			if n > 4 {
				return gone
			}
			return nil
		}, "no such container"},
		{"now and then", func(n int) error {
			if n == 5 {
				return gone
			}
			return nil
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t)
			service := newSite(t, server, nil, reading)
			service.starts, service.startErr = true, test.err
			cases, footer := runtest.Record(t, run.Options{Scenarios: charCases(t, "rot"), Implementation: service, Server: server, Seed: 7})
			if (footer.Stopped != "") != (test.stop != "") || !strings.Contains(footer.Stopped, test.stop) {
				t.Errorf("stopped is %q, want %q in it", footer.Stopped, test.stop)
			}
			skipped := 0
			for _, c := range cases {
				if strings.Contains(c.Why, "does not start while") {
					skipped++
				}
			}
			if want := map[bool]int{true: 0, false: 1}[test.stop != ""]; skipped != want {
				t.Errorf("%d cases are skipped, want %d", skipped, want)
			}
		})
	}
}

// A service that shuts the harness out refuses bad tokens for another reason:
// what it has refused since the last good token is not judged.
func TestDeployedServiceThatShutsOut(t *testing.T) {
	t.Parallel()
	const most = 30
	server := startServer(t)
	service := newSite(t, server, nil, reading)
	inner, asked := service.handler, 0
	service.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked > most {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r)
	})
	cases, footer := runtest.Record(t, run.Options{Scenarios: charCases(t, "aud", "iss", "exp"), Implementation: service, Server: server, Seed: 7})
	if !strings.Contains(footer.Stopped, "no longer accepts a good token (reject") || footer.Green() {
		t.Errorf("stopped is %q", footer.Stopped)
	}
	for id, c := range cases {
		if c.Outcome == reports.OutcomeFail {
			t.Errorf("%s: %s", id, runtest.Describe(c))
		}
	}
	if n := footer.Counts[reports.OutcomeAdapter]; n == 0 || footer.Counts[reports.OutcomePass] > most {
		t.Errorf("%d are not judged, %d passed", n, footer.Counts[reports.OutcomePass])
	}
}

// What ends after the proof of the service is no fault of the harness, and what
// the user ends is no fault of the service.
func TestDeployedServiceThatEndsEarly(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	service := newSite(t, server, nil, reading)
	inner, asked := service.handler, 0
	service.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked > 6 {
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(w, r)
	})
	prove := func(ctx context.Context) error {
		_, err := run.Run(ctx, run.Options{Scenarios: charCases(t, "aud"), Implementation: service, Server: server}, func(reports.Record) error { return nil })
		return err
	}
	err := prove(t.Context())
	if e, ok := errors.AsType[*run.NotReadyError](err); !ok || e.Do == "" {
		t.Errorf("Run = %v, want a NotReadyError", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := prove(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
}

// A path that finds nothing is told before the run, instead of failing cases.
func TestDeployedServiceWithAWrongPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		reading present.Reading
		want    string
	}{
		{"no subject", present.Reading{Reject: reading.Reject, Subject: "user.sub"}, "no subject where --subject-path says"},
		{"no reason", present.Reading{Reject: reading.Reject, Reason: "error.code"}, "no rejection has a reason where --reason-path says"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t)
			service := newSite(t, server, nil, test.reading)
			_, err := run.Run(t.Context(), run.Options{Scenarios: charCases(t, "aud"), Implementation: service, Server: server},
				func(reports.Record) error { return nil })
			if e, ok := errors.AsType[*run.NotReadyError](err); !ok || !strings.Contains(e.Why, test.want) || e.Do == "" {
				t.Errorf("Run = %v, want a NotReadyError with %q", err, test.want)
			}
		})
	}
}
