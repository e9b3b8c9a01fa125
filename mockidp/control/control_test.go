package control_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { http.DefaultClient.CloseIdleConnections() }))
}

const patience = 30 * time.Second

func start(t *testing.T) (*mockidp.Server, *control.Server) {
	t.Helper()
	idp, err := mockidp.Start(t.Context(), mockidp.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	api, err := control.Start(t.Context(), idp, control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := errors.Join(api.Close(ctx), api.Close(ctx), idp.Close(ctx)); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return idp, api
}

type reply struct {
	*http.Response
	body string
}

func send(t *testing.T, method, url, body string, change func(*http.Request)) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response, string(text)}
}

func fetch(t *testing.T, url string, change func(*http.Request)) reply {
	t.Helper()
	return send(t, http.MethodGet, url, "", change)
}

func cheap(t *testing.T, idp *mockidp.Server, name string) *mockidp.Environment {
	t.Helper()
	e, err := control.NewEnvironment(idp, control.Spec{Name: name, Alg: "ES256"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestGuard(t *testing.T) {
	t.Parallel()
	_, api := start(t)
	port := api.URL()[strings.LastIndexByte(api.URL(), ':'):]
	tests := []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"as it is", nil, 200},
		{"localhost", func(r *http.Request) { r.Host = "localhost" + port }, 200},
		{"own page", func(r *http.Request) { r.Header.Set("Origin", api.URL()) }, 200},
		{"rebound name", func(r *http.Request) { r.Host = "attacker.example" + port }, 403},
		{"rebound name with its origin", func(r *http.Request) {
			r.Host = "attacker.example" + port
			r.Header.Set("Origin", "http://attacker.example"+port)
		}, 403},
		{"no port", func(r *http.Request) { r.Host = "localhost" }, 403},
		{"foreign page", func(r *http.Request) { r.Header.Set("Origin", "https://attacker.example") }, 403},
		{"sandboxed page", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"own name over https", func(r *http.Request) { r.Header.Set("Origin", "https"+strings.TrimPrefix(api.URL(), "http")) }, 403},
		{"link on a foreign page", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r := fetch(t, api.URL()+"/environments", tt.change); r.StatusCode != tt.want {
				t.Errorf("the status is %d, want %d: %s", r.StatusCode, tt.want, r.body)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	cheap(t, idp, "")
	tests := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/nothing", "", 404, "there is no GET /nothing"},
		{"PATCH", "/environments", "{}", 404, "there is no PATCH /environments"},
		{"GET", "/environments/b", "", 404, `there is no environment \"b\"`},
		{"POST", "/environments", `{}`, 409, "already"},
		{"POST", "/environments", `{"name":"a b"}`, 422, "environment name is"},
		{"POST", "/environments", `{"nam":"b"}`, 400, "/nam: there is no such member"},
		{"POST", "/environments", `{"name":"b","alg":"HS256"}`, 422, "Alg is"},
		{"POST", "/environments", `{"name":"b","people":"users:\n  - nobody: x"}`, 422, "people:2:5: unknown field"},
		{"POST", "/environments", `{"name":"b","people":"users: ` + strings.Repeat("[", 30_000) + `"}`, 422, "people:1:71: nested more than 64 levels deep"},
		{"POST", "/environments", `{"name":"b","people":"users: [{id: u, claims: {a: &a [1], b: *a, c: *d}}]"}`, 422, `no anchor \"d\" ends before`},
		{"POST", "/environments", `{"name":` + strings.Repeat("[", 30_000), 400, "body:1:72: nested more than 64 levels deep"},
		{"POST", "/environments", "{\"name\":\"b\",\n\"alg\":\"\xff\"}", 400, "body:2:8: the byte 0xff is not UTF-8"},
		{"POST", "/environments", `{"name":"b","rotation":{"every":"soon"}}`, 400, "want a duration"},
		{"POST", "/environments", `{"name":"b","rotation":{"every":"1m"}}`, 422, "an overlap of 0s"},
		{"POST", "/environments", `{"name":"b","well_known_jwks":"maybe"}`, 422, "well_known_jwks: mode is"},
		{"POST", "/environments/@root/faults", `{"faults":[{"id":"x","kind":"status"}]}`, 400, "status is 0, want 200 to 599"},
		{"POST", "/environments/@root/faults", `{"faults":[{"id":"x","kind":"hang"},{"id":"x","kind":"close"}]}`, 422, "two faults"},
		{"DELETE", "/environments/@root/faults/x", "", 404, `there is no fault \"x\"`},
		{"PUT", "/environments/@root/budget", `{"total":-1}`, 422, "budget is"},
		{"POST", "/environments/@root/keys/rotate", `{"mode":"dance"}`, 422, "rotation mode is"},
		{"POST", "/environments/@root/keys/rotate", `{"mode":"rollback"}`, 422, "nothing was rotated yet"},
		{"POST", "/environments/@root/keys/promote", `{"kid":"x"}`, 422, "kid is"},
		{"PUT", "/environments/@root/keys/rotation", `{"every":"0s"}`, 422, "every is 0s"},
		{"GET", "/environments/@root/requests?endpoint=x", "", 400, "endpoint is"},
		{"GET", "/environments/@root/requests?since=-1", "", 400, "since is"},
		{"GET", "/environments/@root/requests?clientid=1", "", 400, "unknown"},
		{"POST", "/loan", `{"environment":"b"}`, 404, `there is no environment \"b\"`},
		{"DELETE", "/loan", "", 404, "nothing is lent"},
		{"POST", "/listeners", `{"tls":"ssl"}`, 422, "TLS profile is"},
		{"POST", "/listeners", `{"host":"a b"}`, 422, "host is"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			r := send(t, tt.method, api.URL()+tt.path, tt.body, nil)
			if r.StatusCode != tt.status || !strings.Contains(r.body, tt.want) {
				t.Errorf("got %d %s, want %d and %q", r.StatusCode, r.body, tt.status, tt.want)
			}
			if kind := r.Header.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("the Content-Type is %q", kind)
			}
		})
	}
	form := send(t, "POST", api.URL()+"/environments", `{"name":"c"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	if form.StatusCode != 415 {
		t.Errorf("a form of a foreign page answers %d", form.StatusCode)
	}
	if r := send(t, "POST", api.URL()+"/environments", strings.Repeat(" ", 4<<20+1), nil); r.StatusCode != 413 {
		t.Errorf("a body of more than 4 MiB answers %d", r.StatusCode)
	}
	if idp.Environment("b") != nil || idp.Environment("c") != nil {
		t.Errorf("an environment that was refused exists")
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	idp, _ := start(t)
	for _, addr := range []string{"0.0.0.0:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", idp.URL()[len("http://"):]} {
		if s, err := control.Start(t.Context(), idp, control.Config{Addr: addr}); err == nil {
			t.Errorf("Start(%q) listens on %s", addr, s.URL())
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	e := cheap(t, idp, "m")
	if err := e.Faults().Add(fault.Fault{ID: "x", Where: fault.Discovery, Kind: fault.Status, Attributes: fault.Attributes{Status: 500}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Ring().Rotate(keyring.SignAtOnce, idp.Keys().Key("next", "ES256")); err != nil {
		t.Fatal(err)
	}
	fetch(t, e.JWKSURI(), nil)
	fetch(t, e.Issuer()+"/.well-known/openid-configuration", nil)
	text := fetch(t, api.URL()+"/metrics", nil).body
	for _, want := range []string{
		`assay_idp_requests_total{endpoint="keys",environment="m"} 1`,
		`assay_idp_faults_applied_total{environment="m",kind="status"} 1`,
		`assay_idp_key_changes_total{environment="m"} 1`,
		`assay_idp_published_keys{environment="m"} 2`,
		`assay_idp_listener_connections_total{url="` + idp.URL() + `"}`,
	} {
		if !strings.Contains(text, want+"\n") && !strings.Contains(text, want+" ") {
			t.Errorf("the metrics lack %s:\n%s", want, text)
		}
	}
	idp.Remove("m")
	if text := fetch(t, api.URL()+"/metrics", nil).body; strings.Contains(text, `"m"`) {
		t.Errorf("an environment that was removed has metrics")
	}
}

// TestPopulateIsIdempotent sends the same faults twice, one of them spent in
// between.
func TestPopulateIsIdempotent(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	e := cheap(t, idp, "p")
	c := &control.Client{URL: api.URL()}
	faults := []fault.Fault{
		{ID: "once", Where: fault.Keys, Kind: fault.Status, Attributes: fault.Attributes{Status: 500}, Count: 1},
		{ID: "other", Where: fault.Discovery, Kind: fault.Status, Attributes: fault.Attributes{Status: 501}},
	}
	for range 2 {
		if got, err := c.Populate(t.Context(), "p", faults...); err != nil || len(got) != 2 || got[0].Count != 1 {
			t.Fatalf("Populate() = %+v, %v", got, err)
		}
		for _, want := range []int{500, 200} {
			if r := fetch(t, e.JWKSURI(), nil); r.StatusCode != want {
				t.Errorf("the keys answer %d, want %d", r.StatusCode, want)
			}
		}
	}
}

func TestClientSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	refused := new(control.Problem)
	if _, err := (&control.Client{URL: api.URL()}).Keys(t.Context(), "x"); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("Keys() = %v, want a problem with 404", err)
	}
	if _, err := (&control.Client{URL: idp.URL()}).Keys(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "not an answer of a control API") {
		t.Errorf("Keys() of a server that is no control API = %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	_, api := start(t)
	c := &control.Client{URL: api.URL(), HTTP: http.DefaultClient}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			name := string(rune('a' + i))
			for range 20 {
				_, err := c.Create(t.Context(), control.Spec{Name: name, Alg: "ES256"})
				_, err2 := c.Rotate(t.Context(), name, control.Turn{Mode: keyring.DropOld})
				_, err3 := c.Environments(t.Context())
				if err := errors.Join(err, err2, err3, c.Do(t.Context(), "GET", "/metrics", nil, nil), c.Remove(t.Context(), name)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// TestRotateManyTimes rotates beyond the key material that there is: every
// turn has a key ID of its own all the same.
func TestRotateManyTimes(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	e := cheap(t, idp, "")
	c := &control.Client{URL: api.URL(), HTTP: http.DefaultClient}
	const turns = 64 + 6
	signed := make(map[string]bool)
	for range turns {
		keys, err := c.Rotate(t.Context(), "", control.Turn{Mode: keyring.DropOld})
		if err != nil {
			t.Fatal(err)
		}
		signed[keys.Signing.ID] = true
	}
	if len(signed) != turns {
		t.Errorf("after %d turns %d keys have signed", turns, len(signed))
	}
	changes := e.Ring().Changes()
	first, last := e.Ring().ByID(changes[1].Signing), e.Ring().ByID(changes[65].Signing)
	if !first.Same(last) {
		t.Errorf("the material of the first turn does not come back after 64")
	}
}
