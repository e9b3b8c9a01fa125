package refresh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

func TestCurrent(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Write(text(t, goodAnswer(t, time.Now(), object{"auth_time": nil})))
		})
		for range 60 { // an hour of requests, one a minute
			got, err := client.Current(t.Context(), s.ID)
			if err != nil || !got.Alive(time.Now()) {
				t.Fatalf("after %v: %+v, %v", time.Since(s.IssuedAt), got, err)
			}
			time.Sleep(time.Minute)
		}
		if p.count() < 12 || p.count() > 20 {
			t.Errorf("%d requests in an hour, want one each four minutes", p.count())
		}
		if _, err := client.Current(t.Context(), "unknown"); !errors.Is(err, refresh.ErrNotFound) {
			t.Errorf("an unknown session: %v", err)
		}
		// An outage is overlooked while the tokens live.
		p.answer(503, object{})
		for range 3 {
			if _, err := client.Current(t.Context(), s.ID); err != nil {
				t.Errorf("during the outage: %v", err)
			}
			time.Sleep(30 * time.Second)
		}
		time.Sleep(5 * time.Minute)
		if _, err := client.Current(t.Context(), s.ID); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed {
			t.Errorf("after the tokens have ended: %v", err)
		}
		if err := client.End(t.Context(), s.ID); err != nil {
			t.Error(err)
		}
		if _, err := client.Current(t.Context(), s.ID); !errors.Is(err, refresh.ErrNotFound) {
			t.Errorf("after End: %v", err)
		}
	})
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		access  time.Duration // zero: not known
		idToken time.Duration
		margin  time.Duration
		want    time.Duration
	}{
		{"both live long", time.Hour, 2 * time.Hour, 0, time.Hour - 67500*time.Millisecond},
		{"the ID Token ends first", 2 * time.Hour, time.Hour, 0, time.Hour - 67500*time.Millisecond},
		{"five minutes", 5 * time.Minute, time.Hour, 0, 5*time.Minute - 67500*time.Millisecond},
		{"four margins", 4 * time.Minute, time.Hour, 0, 4*time.Minute - 67500*time.Millisecond},
		{"less than four margins", 2 * time.Minute, time.Hour, 0, 90 * time.Second},
		{"four seconds", 4 * time.Second, time.Hour, 0, 3 * time.Second},
		{"a life of nothing", time.Millisecond, time.Hour, 0, time.Second},
		{"a life that is not known", 0, time.Hour, 0, 5*time.Minute - 67500*time.Millisecond},
		{"a margin of ten seconds", time.Hour, 2 * time.Hour, 10 * time.Second, time.Hour - 11250*time.Millisecond},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, _ := newClient(t, func(c *refresh.Config) { c.Margin = test.margin })
			s := begin(t, p, client, goodLogin())
			now := time.Now()
			answer := goodAnswer(t, now, object{"exp": now.Add(test.idToken).Unix()})
			answer["expires_in"] = test.access.Seconds()
			if test.access == 0 {
				delete(answer, "expires_in")
			}
			p.answer(200, answer)
			got, err := client.Refresh(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if wait := got.RefreshAt.Sub(now); wait != test.want {
				t.Errorf("it is refreshed after %v, want %v", wait, test.want)
			}
			if got.Due(got.RefreshAt.Add(-1)) || !got.Due(got.RefreshAt) {
				t.Error("it is not due when it is to be refreshed")
			}
		})
	}
}

// expires_in is a number of seconds, or nothing is known.
func TestExpiresIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "1.5": 1500 * time.Millisecond, "3e2": 5 * time.Minute, "999999999": 999999999 * time.Second,
		"-1": -1, "1000000000": -1, "1e999": -1, `"300"`: -1, "null": -1, "true": -1,
	} {
		bubble(t, text, func(t *testing.T) {
			p, client, _ := newClient(t, nil)
			s := begin(t, p, client, goodLogin())
			p.answer(200, object{"access_token": "at-2", "token_type": "Bearer", "expires_in": json.RawMessage(text)})
			got, err := client.Refresh(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if known := !got.AccessExpiry.IsZero(); known != (want >= 0) || known && time.Until(got.AccessExpiry) != want ||
				known == slices.Contains(got.Notes, refresh.NoteNoExpiry) {
				t.Errorf("it expires at %v, with the notes %q", got.AccessExpiry, got.Notes)
			}
		})
	}
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			switch n := p.count(); {
			case n == 3:
				w.WriteHeader(503)
			case n > 6:
				w.WriteHeader(400)
				fmt.Fprint(w, `{"error":"invalid_grant"}`)
			default:
				w.Write(text(t, goodAnswer(t, time.Now(), object{"auth_time": nil})))
			}
		})
		var good, bad int
		began := time.Now()
		err := client.KeepAlive(t.Context(), s.ID, func(s *refresh.Session, err error) {
			if err == nil {
				good++
			} else {
				bad++
			}
		})
		if !errors.Is(err, refresh.ErrSignInRequired) || good != 5 || bad != 2 {
			t.Errorf("KeepAlive = %v with %d good and %d bad attempts, want 5 and 2",
				err, good, bad)
		}
		if passed := time.Since(began); passed < 18*time.Minute || passed > 30*time.Minute {
			t.Errorf("it took %v", passed)
		}

		s = begin(t, p, client, goodLogin())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := client.KeepAlive(ctx, s.ID, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("KeepAlive = %v, want the end of its context", err)
		}
	})
}
