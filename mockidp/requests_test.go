package mockidp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := newClock(at)
	e := only(t, mockidp.EnvironmentConfig{Now: clock.now})
	c := browser(t)
	client := e.Client()

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.Issuer()+"//keys?x=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"User-Agent": {"tester/1"}, "Authorization": {"Bearer x"}, "Cookie": {"a=b"},
		"Referer": {"http://x"}, "If-None-Match": {`"x"`},
	}
	body := do(t, c, r).body
	mark := e.Mark()
	clock.advance(time.Minute)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {"wrong"}}
	denied := post(t, c, e.Issuer()+"/oauth/token", form)
	r, err = http.NewRequestWithContext(t.Context(), http.MethodPost, e.Issuer()+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "")
	r.SetBasicAuth(client.ID, client.Secret)
	granted := do(t, c, r)
	if err := e.Faults().Add(fault.Fault{ID: "gone", Kind: fault.Status, Attributes: fault.Attributes{Status: 410}}); err != nil {
		t.Fatal(err)
	}
	get(t, c, e.Issuer()+"/nowhere")

	const agent = "Go-http-client/1.1"
	want := []mockidp.Request{
		{
			Time: at, Method: "GET", Path: "/keys", Endpoint: fault.Keys, UserAgent: "tester/1",
			HasAuthorization: true, HasCookie: true, HasReferer: true, IfNoneMatch: `"x"`,
			Status: 200, Bytes: int64(len(body)),
		},
		{
			Time: at.Add(time.Minute), Method: "POST", Path: "/oauth/token", Endpoint: fault.Token, UserAgent: agent,
			ClientID: client.ID, Status: 401, Bytes: int64(len(denied.body)),
		},
		{
			Time: at.Add(time.Minute), Method: "POST", Path: "/oauth/token", Endpoint: fault.Token,
			ClientID: client.ID, HasAuthorization: true, Status: 200, Bytes: int64(len(granted.body)),
		},
		{
			Time: at.Add(time.Minute), Method: "GET", Path: "/nowhere", Endpoint: fault.Other, UserAgent: agent,
			FaultID: "gone", Status: 410,
		},
	}
	for i := range want {
		want[i].Number = uint64(i + 1)
	}
	for i, r := range e.Requests() {
		if (r.Took > 0) != (r.Status != 0) {
			t.Errorf("request %d took %v and has the status %d", i, r.Took, r.Status)
		}
	}
	untimed := cmpopts.IgnoreFields(mockidp.Request{}, "Took")
	if d := cmp.Diff(want, e.Requests(), untimed); d != "" {
		t.Errorf("Requests() (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want[1:], e.RequestsSince(mark), untimed); d != "" {
		t.Errorf("RequestsSince() (-want +got):\n%s", d)
	}
	if got := e.RequestsSince(e.Mark()); len(got) != 0 {
		t.Errorf("RequestsSince(now) = %v, want none", got)
	}
	counts := map[fault.Endpoint]int{fault.Keys: 1, fault.Token: 2, fault.Other: 1}
	if d := cmp.Diff(counts, e.Counts()); d != "" {
		t.Errorf("Counts() (-want +got):\n%s", d)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	if got := e.Requests(); len(got) != 0 || len(e.Counts()) != 0 {
		t.Errorf("a new environment has the requests %v", got)
	}
	mark := e.Mark()
	const sent = 4096 + 50
	for range sent {
		get(t, c, e.Issuer()+"/keys")
	}
	if got := len(e.Requests()); got != 4096 {
		t.Errorf("Requests() has %d entries, want 4096", got)
	}
	if got := len(e.RequestsSince(mark)); got != 4096 {
		t.Errorf("RequestsSince(the beginning) has %d entries, want what is left, 4096", got)
	}
	if got := e.Counts()[fault.Keys]; got != sent {
		t.Errorf("Counts() = %d, want %d", got, sent)
	}
}

// TestRequestsAreLoggedOnArrival has a request that is never answered.
func TestRequestsAreLoggedOnArrival(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	if err := e.Faults().Add(fault.Fault{ID: "hang", Kind: fault.Hang}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if response, err := c.Get(e.Issuer() + "/keys"); err == nil {
			response.Body.Close()
		}
	}()
	waitFor(t, func() bool { return len(e.Requests()) == 1 && e.Requests()[0].FaultID == "hang" })
	if got := e.Requests()[0]; got.Status != 0 || e.Counts()[fault.Keys] != 1 {
		t.Errorf("the request is logged as %+v", got)
	}
	e.Faults().Reset()
	<-done
}
