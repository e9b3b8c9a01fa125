package fault_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
)

func TestPick(t *testing.T) {
	t.Parallel()
	request := fault.Request{
		Endpoint: fault.Keys, ClientID: "skc_1", UserAgent: "Scalekit-Node/2.11.0 Node/v20", Path: "/keys", GrantType: "refresh_token",
	}
	tests := []struct {
		name  string
		fault fault.Fault
		want  bool
	}{
		{"everything", fault.Fault{}, true},
		{"its endpoint", fault.Fault{Where: fault.Keys}, true},
		{"another endpoint", fault.Fault{Where: fault.Token}, false},
		{"its client", fault.Fault{Match: fault.Match{ClientID: "skc_1"}}, true},
		{"another client", fault.Fault{Match: fault.Match{ClientID: "skc_"}}, false},
		{"a part of the user agent", fault.Fault{Match: fault.Match{UserAgent: "Scalekit-Node"}}, true},
		{"another user agent", fault.Fault{Match: fault.Match{UserAgent: "Scalekit-Go"}}, false},
		{"its path", fault.Fault{Match: fault.Match{Path: "/keys"}}, true},
		{"a part of the path", fault.Fault{Match: fault.Match{Path: "/key"}}, false},
		{"its grant type", fault.Fault{Match: fault.Match{GrantType: "refresh_token"}}, true},
		{"another grant type", fault.Fault{Match: fault.Match{GrantType: "authorization_code"}}, false},
		{"all of them", fault.Fault{Where: fault.Keys, Match: fault.Match{ClientID: "skc_1", UserAgent: "Node/", Path: "/keys"}}, true},
		{"all but one", fault.Fault{Where: fault.Keys, Match: fault.Match{ClientID: "skc_2", UserAgent: "Node/", Path: "/keys"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := fault.NewSet(1, nil)
			tt.fault.ID, tt.fault.Kind = "f", fault.Hang
			if err := set.Add(tt.fault); err != nil {
				t.Fatal(err)
			}
			if got := set.Pick(request) != nil; got != tt.want {
				t.Errorf("Pick() picked: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPickTakesTheFirst(t *testing.T) {
	t.Parallel()
	set := fault.NewSet(1, nil)
	add(t, set,
		fault.Fault{ID: "token", Kind: fault.Hang, Where: fault.Token},
		fault.Fault{ID: "once", Kind: fault.Close, Count: 1},
		fault.Fault{ID: "rest", Kind: fault.Hang},
	)
	var got []string
	for range 3 {
		got = append(got, set.Pick(fault.Request{Endpoint: fault.Keys}).FaultID())
	}
	if diff := cmp.Diff([]string{"once", "rest", "rest"}, got); diff != "" {
		t.Errorf("picked (-want +got):\n%s", diff)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	set := fault.NewSet(1, nil)
	add(t, set, fault.Fault{ID: "twice", Kind: fault.Close, Count: 2})
	for i, want := range []int{2, 1} {
		if got := set.Faults(); len(got) != 1 || got[0].Count != want {
			t.Errorf("before request %d: Faults() = %v, want Count %d", i, got, want)
		}
		if set.Pick(fault.Request{}) == nil {
			t.Errorf("request %d was not struck", i)
		}
	}
	if set.Pick(fault.Request{}) != nil {
		t.Errorf("request 2 was struck, the fault had a Count of 2")
	}
	if got := set.Faults(); len(got) != 0 {
		t.Errorf("Faults() = %v, want none", got)
	}
	if !set.Remove("twice") {
		t.Errorf("Remove() = false for a spent fault")
	}
	if set.Remove("twice") {
		t.Errorf("Remove() = true for the second time")
	}
}

func TestSkip(t *testing.T) {
	t.Parallel()
	set := fault.NewSet(1, nil)
	add(t, set, fault.Fault{ID: "third", Kind: fault.Close, Where: fault.Keys, Skip: 2, Count: 1})
	var struck []bool
	for i := range 5 {
		if i == 1 {
			set.Pick(fault.Request{Endpoint: fault.Token}) // Does not match, and does not count.
			if got := set.Faults()[0]; got.Skip != 1 || got.Count != 1 {
				t.Errorf("Faults() = %+v, want one more to skip", got)
			}
		}
		struck = append(struck, set.Pick(fault.Request{Endpoint: fault.Keys}) != nil)
	}
	if diff := cmp.Diff([]bool{false, false, true, false, false}, struck); diff != "" {
		t.Errorf("struck (-want +got):\n%s", diff)
	}
}

func TestPopulate(t *testing.T) {
	t.Parallel()
	set := fault.NewSet(1, nil)
	standing := fault.Fault{ID: "standing", Kind: fault.Hang, Where: fault.Token}
	add(t, set, standing)
	good := fault.Fault{ID: "good", Kind: fault.Close}
	for _, list := range [][]fault.Fault{{good, {ID: "bad", Kind: "sulk"}}, {good, good}} {
		if err := set.Populate(list...); err == nil {
			t.Errorf("Populate(%v) = nil, want an error", list)
		}
		if diff := cmp.Diff([]fault.Fault{standing}, set.Faults()); diff != "" {
			t.Errorf("after a refusal Faults() is (-want +got):\n%s", diff)
		}
	}
	for range 2 {
		if err := set.Populate(good); err != nil {
			t.Errorf("Populate() = %v", err)
		}
	}
	if diff := cmp.Diff([]fault.Fault{standing, good}, set.Faults()); diff != "" {
		t.Errorf("Faults() (-want +got):\n%s", diff)
	}
}

func TestAddIsIdempotent(t *testing.T) {
	t.Parallel()
	set := fault.NewSet(1, nil)
	first := fault.Fault{ID: "first", Kind: fault.Close, Count: 1}
	second := fault.Fault{ID: "second", Kind: fault.Hang}
	add(t, set, first, second)
	set.Pick(fault.Request{})
	add(t, set, first, second)
	if diff := cmp.Diff([]fault.Fault{first, second}, set.Faults()); diff != "" {
		t.Errorf("Faults() (-want +got):\n%s", diff)
	}
}

func TestProbability(t *testing.T) {
	t.Parallel()
	const requests = 10_000
	struck := func(seed uint64, others ...fault.Fault) string {
		set := fault.NewSet(seed, nil)
		add(t, set, others...)
		add(t, set, fault.Fault{ID: "some", Kind: fault.Close, Where: fault.Keys, Probability: 0.3})
		var out strings.Builder
		for range requests {
			if set.Pick(fault.Request{Endpoint: fault.Keys}) != nil {
				out.WriteByte('x')
			} else {
				out.WriteByte('.')
			}
		}
		return out.String()
	}
	first := struck(1)
	// Nine standard deviations of the binomial distribution: sqrt(n p q) is
	// 46.
	if got := strings.Count(first, "x"); got < 3000-9*46 || got > 3000+9*46 {
		t.Errorf("%d of %d requests were struck, want about 3000", got, requests)
	}
	if struck(1) != first {
		t.Errorf("the same seed strikes other requests")
	}
	if struck(2) == first {
		t.Errorf("another seed strikes the same requests")
	}
	if struck(1, fault.Fault{ID: "other", Kind: fault.Close, Where: fault.Token, Probability: 0.5}) != first {
		t.Errorf("another fault changes which requests this one strikes")
	}
}

func TestApplications(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	set := fault.NewSet(1, func() time.Time { return at })
	add(t, set, fault.Fault{ID: "f", Kind: fault.Hang, Where: fault.Keys})
	request := fault.Request{Endpoint: fault.Keys, Path: "/keys"}
	set.Pick(fault.Request{Endpoint: fault.Token})
	set.Pick(request)
	set.Reset()
	set.Pick(request)
	want := []fault.Application{{Number: 1, At: at, FaultID: "f", Kind: fault.Hang, Request: request}}
	if diff := cmp.Diff(want, set.Applications()); diff != "" {
		t.Errorf("Applications() (-want +got):\n%s", diff)
	}
	add(t, set, fault.Fault{ID: "g", Kind: fault.Close})
	for range 5000 {
		set.Pick(request)
	}
	if got := set.Applications(); len(got) != 4096 || got[0].FaultID != "g" || got[4095].Number != 5001 {
		t.Errorf("Applications() has %d entries from %+v to %+v, want the latest 4096",
			len(got), got[0], got[len(got)-1])
	}
	if diff := cmp.Diff(map[fault.Kind]int{fault.Hang: 1, fault.Close: 5000}, set.Applied()); diff != "" {
		t.Errorf("Applied() (-want +got):\n%s", diff)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault fault.Fault
		want  []string // in the error; none: no error
	}{
		{"the least", fault.Fault{ID: "f", Kind: fault.Hang}, nil},
		{"no ID", fault.Fault{Kind: fault.Hang}, []string{"id is empty"}},
		{"no kind", fault.Fault{ID: "f"}, []string{`fault "f": kind is ""`, "gzip-bomb"}},
		{"unknown endpoint", fault.Fault{ID: "f", Kind: fault.Hang, Where: "jwks"}, []string{`where is "jwks"`, "discovery"}},
		{"probability", fault.Fault{ID: "f", Kind: fault.Hang, Probability: 30}, []string{"probability is 30"}},
		{"negative count", fault.Fault{ID: "f", Kind: fault.Hang, Count: -1}, []string{"count is -1"}},
		{"status without one", fault.Fault{ID: "f", Kind: fault.Status}, []string{"status is 0, want 200 to 599"}},
		{"status 103", fault.Fault{ID: "f", Kind: fault.Status, Attributes: fault.Attributes{Status: 103}}, []string{"status is 103"}},
		{"redirect with 200", fault.Fault{ID: "f", Kind: fault.Redirect, Attributes: fault.Attributes{Status: 200}}, []string{"want 300 to 399"}},
		{"delay without one", fault.Fault{ID: "f", Kind: fault.Delay}, []string{"delay is 0s"}},
		{
			"negative times", fault.Fault{ID: "f", Kind: fault.Drip, Attributes: fault.Attributes{Delay: -1, Interval: -1}},
			[]string{"delay is -1ns", "interval is -1ns"},
		},
		{"negative skip", fault.Fault{ID: "f", Kind: fault.Hang, Skip: -1}, []string{"skip is -1"}},
		{"negative jitter", fault.Fault{ID: "f", Kind: fault.Hang, Attributes: fault.Attributes{Jitter: -1}}, []string{"jitter is -1ns"}},
		{"no fields", fault.Fault{ID: "f", Kind: fault.Header}, []string{"header is empty"}},
		{"no edit", fault.Fault{ID: "f", Kind: fault.Edit}, []string{"edit is empty"}},
		{"a user, of a request", fault.Fault{ID: "f", Kind: fault.Hang, Match: fault.Match{UserID: "u"}}, []string{`only kind "forge" can match user_id`}},
		{"a forgery of nothing", fault.Fault{ID: "f", Kind: fault.Forge}, []string{"change is empty"}},
		{
			"a forgery at an endpoint without tokens", fault.Fault{ID: "f", Kind: fault.Forge, Where: fault.Keys, Attributes: fault.Attributes{
				Token: "refresh_token", Delay: 1, Change: forge.Change{Encoding: forge.Encodings{Header: "rot13"}},
			}},
			[]string{`where is "keys"`, `token is "refresh_token"`, `takes no delay, only token, change`, `change: /encoding/header: encoding is "rot13"`},
		},
		{"a header of a gigabyte", fault.Fault{ID: "f", Kind: fault.HugeHeaders, Attributes: fault.Attributes{Bytes: 1 << 30}}, []string{"bytes is 1073741824"}},
		{"negative size", fault.Fault{ID: "f", Kind: fault.Oversized, Attributes: fault.Attributes{Bytes: -1}}, []string{"bytes is -1"}},
		{
			"attribute of another kind", fault.Fault{ID: "f", Kind: fault.Hang, Attributes: fault.Attributes{Body: []byte("x"), Status: 500}},
			[]string{`kind "hang" takes no status, only delay, jitter`, "takes no body"},
		},
		{"two problems", fault.Fault{Kind: "sulk"}, []string{"id is empty", `kind is "sulk"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := fault.NewSet(1, nil)
			err := set.Add(tt.fault)
			if (err == nil) != (len(tt.want) == 0) {
				t.Fatalf("Add() = %v, want an error: %v", err, len(tt.want) > 0)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Add() = %q, want it to say %q", err, want)
				}
			}
			if got := len(set.Faults()); err != nil && got != 0 {
				t.Errorf("the set has %d faults after a refusal", got)
			}
		})
	}
}

// TestKindsHaveAttributes keeps the list of kinds and their attributes
// together.
func TestKindsHaveAttributes(t *testing.T) {
	t.Parallel()
	for _, kind := range fault.Kinds() {
		f := fault.Fault{ID: "f", Kind: kind}
		switch kind {
		case fault.Status:
			f.Attributes.Status = 500
		case fault.Delay:
			f.Attributes.Jitter = 1
		case fault.Header:
			f.Attributes.Header = http.Header{"X": nil}
		case fault.Edit:
			f.Attributes.Edit.Drop = []string{"x"}
		case fault.Forge:
			f.Attributes.Change.Compact = "{p}"
		}
		if err := f.Validate(); err != nil {
			t.Errorf("Validate(%s) = %v", kind, err)
		}
	}
}

func TestSetKeepsACopy(t *testing.T) {
	t.Parallel()
	body := []byte("planted")
	set := fault.NewSet(1, nil)
	add(t, set, fault.Fault{ID: "f", Kind: fault.Body, Attributes: fault.Attributes{Body: body}})
	body[0] = 'X'
	set.Faults()[0].Attributes.Body[1] = 'X'
	if got := string(set.Faults()[0].Attributes.Body); got != "planted" {
		t.Errorf("body became %q", got)
	}
}

// TestSetIsSafeForConcurrentUse is judged by the race detector, and by the
// sum: no request may be lost or struck twice.
func TestSetIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	const workers, each = 8, 300
	set := fault.NewSet(1, nil)
	add(t, set, fault.Fault{ID: "budget", Kind: fault.Close, Count: 1000})
	struck := make([]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				if in := set.Pick(fault.Request{Endpoint: fault.Keys}); in != nil && in.FaultID() == "budget" {
					struck[w]++
				}
				id := fmt.Sprint("other", w)
				_ = set.Add(fault.Fault{ID: id, Kind: fault.Hang, Where: fault.Token})
				set.Faults()
				if i%3 == 0 {
					set.Remove(id)
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range struck {
		total += n
	}
	if total != 1000 {
		t.Errorf("%d requests were struck, want 1000", total)
	}
}

func add(t *testing.T, set *fault.Set, faults ...fault.Fault) {
	t.Helper()
	for _, f := range faults {
		if err := set.Add(f); err != nil {
			t.Fatalf("Add(%s) = %v", f.ID, err)
		}
	}
}

// TestSetIsBounded adds more faults than a set holds. Spent ones make room,
// others do not.
func TestSetIsBounded(t *testing.T) {
	t.Parallel()
	s := fault.NewSet(1, nil)
	add := func(i, count int) error {
		return s.Add(fault.Fault{ID: fmt.Sprint(i), Where: fault.Keys, Kind: fault.Close, Count: count})
	}
	for i := range 1200 {
		if err := add(i, 1); err != nil {
			t.Fatal(err)
		}
		if s.Pick(fault.Request{Endpoint: fault.Keys}) == nil {
			t.Fatalf("fault %d does not strike", i)
		}
	}
	for i := range 1024 {
		if err := add(i, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(1024, 0); err == nil || !strings.Contains(err.Error(), "want at most 1024") {
		t.Errorf("Add() = %v, want an error", err)
	}
	if err := add(7, 0); err != nil {
		t.Errorf("a fault of a full set cannot be replaced: %v", err)
	}
	if n := len(s.Faults()); n != 1024 {
		t.Errorf("there are %d faults, want 1024", n)
	}
}
