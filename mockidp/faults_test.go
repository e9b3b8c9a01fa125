package mockidp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
)

// TestFaultsStrike has one fault per kind, played by the server for a client
// with a deadline. What each kind does is tested in its own package; here it
// must get through the server.
func TestFaultsStrike(t *testing.T) {
	t.Parallel()
	broken := func(want error) func(*testing.T, reply, error) {
		return func(t *testing.T, r reply, err error) {
			if !errors.Is(err, want) {
				t.Errorf("the answer is %v %q, %v, want %v", r.Response, r.body, err, want)
			}
		}
	}
	answered := func(status int) func(*testing.T, reply, error) {
		return func(t *testing.T, r reply, err error) {
			if err != nil || r.StatusCode != status {
				t.Errorf("the answer is %v, %v, want %d", r.Response, err, status)
			}
		}
	}
	tests := []struct {
		kind       fault.Kind
		attributes fault.Attributes
		check      func(*testing.T, reply, error)
		status     int // in the request log
	}{
		{fault.Status, fault.Attributes{Status: 503, RetryAfter: "1"}, answered(503), 503},
		{fault.Delay, fault.Attributes{Delay: time.Millisecond}, answered(200), 200},
		{fault.Hang, fault.Attributes{}, broken(context.DeadlineExceeded), 0},
		{fault.Truncated, fault.Attributes{}, broken(io.ErrUnexpectedEOF), 200},
		{fault.Reset, fault.Attributes{}, broken(syscall.ECONNRESET), 200},
		{fault.Drip, fault.Attributes{}, broken(context.DeadlineExceeded), 200},
		{fault.Body, fault.Attributes{Body: []byte("{}")}, answered(200), 200},
		{fault.Oversized, fault.Attributes{Bytes: 5 << 20}, answered(200), 200},
		{fault.GzipBomb, fault.Attributes{Bytes: 5 << 20}, answered(200), 200},
		{fault.Redirect, fault.Attributes{}, answered(302), 302},
		{fault.Close, fault.Attributes{}, broken(io.EOF), 0},
		{fault.Garbage, fault.Attributes{}, func(t *testing.T, r reply, err error) {
			if err == nil {
				t.Errorf("the answer is %v", r.Response)
			}
		}, 0},
	}
	if len(tests) != len(fault.Kinds()) {
		t.Errorf("there are %d kinds and %d tests", len(fault.Kinds()), len(tests))
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{})
			c := browser(t)
			f := fault.Fault{ID: "f", Where: fault.Keys, Kind: tt.kind, Count: 1, Attributes: tt.attributes}
			if err := e.Faults().Add(f); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			if tt.kind == fault.Hang || tt.kind == fault.Drip {
				ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
			}
			defer cancel()
			r, err := try(ctx, c, e.Issuer()+"/keys?a=b")
			tt.check(t, r, err)
			if tt.kind == fault.Redirect && r.Header.Get("Location") != "/t/env/keys?a=b" {
				t.Errorf("Location is %q, want the same URL", r.Header.Get("Location"))
			}
			if got := e.Requests()[0]; got.FaultID != "f" || got.Status != tt.status {
				t.Errorf("the log has %+v, want status %d", got, tt.status)
			}
			if after, err := try(t.Context(), c, e.Issuer()+"/keys"); err != nil || string(after.body) != string(e.JWKSet()) {
				t.Errorf("after the fault the answer is %q, %v", after.body, err)
			}
			if applied := e.Faults().Applications(); len(applied) != 1 || applied[0].Request.Path != "/keys" {
				t.Errorf("Applications() = %+v", applied)
			}
		})
	}
}

// TestFaultsPerClient strikes one client of two at the token endpoint, whose
// name is in the form or in the header.
func TestFaultsPerClient(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Clients = append(cfg.Clients, mockidp.Client{ID: "skc_2", Secret: "test_2", RedirectURIs: []string{callback}})
	e := only(t, cfg)
	c := browser(t)
	err := e.Faults().Add(fault.Fault{
		ID: "f", Where: fault.Token, Match: fault.Match{ClientID: "skc_2"}, Kind: fault.Status, Attributes: fault.Attributes{Status: 500},
	})
	if err != nil {
		t.Fatal(err)
	}
	login(t, c, relyingParty(e, e.Clients()[0]))
	for _, inHeader := range []bool{false, true} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.Issuer()+"/oauth/token", nil)
		if err != nil {
			t.Fatal(err)
		}
		if inHeader {
			r.SetBasicAuth("skc_2", "test_2")
		} else {
			r.URL.RawQuery = "client_id=skc_2"
		}
		if got := do(t, c, r); got.StatusCode != 500 {
			t.Errorf("name in the header: %v: the answer is %d", inHeader, got.StatusCode)
		}
	}
}

// TestLostAnswer loses the answer of a refresh after the environment has
// rotated the token. The client that tries again looks like a thief.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, grace := range []time.Duration{0, time.Minute} {
		t.Run(grace.String(), func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{RefreshGrace: grace})
			c := browser(t)
			got := login(t, c, relyingParty(e, e.Client()))
			if err := e.Faults().Add(fault.Fault{ID: "lost", Where: fault.Token, Kind: fault.Reset, Count: 1}); err != nil {
				t.Fatal(err)
			}
			form := redemption(e, "")
			form.Set("grant_type", "refresh_token")
			form.Set("refresh_token", got.RefreshToken)
			if response, err := c.PostForm(e.Issuer()+"/oauth/token", form); err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
				if err == nil {
					t.Errorf("the answer has arrived")
				}
			}
			again := refresh(t, c, e, got.RefreshToken)
			if grace == 0 {
				wantError(t, again, http.StatusBadRequest, "invalid_grant")
			} else if again.StatusCode != http.StatusOK {
				t.Errorf("within the grace the second try answers %d %s", again.StatusCode, again.body)
			}
		})
	}
}

// try is get for requests that may fail.
func try(ctx context.Context, c *http.Client, url string) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return reply{}, err
	}
	response, err := c.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{response, body}, err
}
