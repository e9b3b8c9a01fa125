package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

var churn = flag.Duration("churn", time.Minute, "how long TestChurn runs")

const (
	// churnSpeed is how much faster the clock of the environment is: all
	// that lives for a day has come and gone after a sixth of a minute.
	churnSpeed = 8640

	// churnGrowth is what the heap may grow in the second half, in bytes:
	// far less than what the logins of that time would leave behind if
	// nothing were forgotten, some 10 KB each.
	churnGrowth = 6 << 20
)

// TestChurn logs in, refreshes, rotates, plants faults and makes environments
// at the same time for a minute. Every token verifies, and in the second half
// the heap does not grow.
func TestChurn(t *testing.T) {
	w := newWorld(t)
	begin := time.Now()
	now := func() time.Time { return begin.Add(time.Since(begin) * churnSpeed) }
	const day = 24 * time.Hour
	e := w.environment(t, "churn", callback, func(c *mockidp.EnvironmentConfig) {
		c.Now, c.Alg = now, "ES256"
		c.IDTokenLifetime, c.AccessTokenLifetime, c.ClientCredentialsLifetime = day, day, day
		c.CodeLifetime, c.RefreshTokenLifetime, c.RefreshGrace = day, day, time.Minute
		c.Rotation = keyring.Schedule{Every: 4 * time.Hour, Overlap: 2 * time.Hour}
	})
	ctx, cancel := context.WithTimeout(t.Context(), *churn)
	defer cancel()
	var all sync.WaitGroup
	var logins atomic.Int64
	for range 4 {
		c := browser(t)
		all.Go(func() {
			for ctx.Err() == nil {
				if err := churnLogin(t.Context(), c, e, now); err != nil {
					t.Errorf("a login: %v", err)
					return
				}
				logins.Add(1)
			}
		})
	}
	all.Go(func() {
		client := &control.Client{URL: w.api.URL(), HTTP: browser(t)}
		for i := 0; ctx.Err() == nil; i++ {
			if err := churnControl(t.Context(), client, i); err != nil {
				t.Errorf("the control API: %v", err)
				return
			}
		}
	})

	half := time.NewTimer(*churn / 2)
	defer half.Stop()
	var middle uint64
	select {
	case <-half.C:
		middle = heap()
	case <-ctx.Done():
	}
	until := logins.Load()
	all.Wait()
	last := heap()
	t.Logf("%d logins, %d of them in the second half; %d rotations; the heap had %.1f MB and then %.1f MB",
		logins.Load(), logins.Load()-until, e.Ring().Generation(), float64(middle)/1e6, float64(last)/1e6)
	if last > middle+churnGrowth {
		t.Errorf("the heap grew from %d to %d bytes", middle, last)
	}
	if min := int64(*churn / (100 * time.Millisecond)); logins.Load() < min {
		t.Errorf("there were %d logins, want %d at least", logins.Load(), min)
	}
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// churnLogin is one user: a login, refreshes, and the other endpoints.
func churnLogin(
	ctx context.Context, c *http.Client, e *mockidp.Environment, now func() time.Time,
) error {
	g, err := newGoClient(ctx, c, c, e, oidc.Config{Now: now})
	if err != nil {
		return err
	}
	id, token, err := g.login()
	if err != nil {
		return err
	}
	for range 3 {
		if token, err = g.oauth.TokenSource(g.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); err != nil {
			return err
		}
		again, err := g.verify(token)
		if err != nil || again.Subject != id.Subject {
			return fmt.Errorf("the refreshed ID Token: %v", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.Issuer()+"/userinfo", nil)
	if err != nil {
		return err
	}
	token.SetAuthHeader(r)
	response, err := c.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusServiceUnavailable {
		return fmt.Errorf("the UserInfo endpoint answers %s", response.Status)
	}
	return nil
}

// churnControl makes an environment, rotates and takes it away, and plants a
// fault in the other one.
func churnControl(ctx context.Context, c *control.Client, i int) error {
	name := fmt.Sprint("env", i)
	_, err := c.Create(ctx, control.Spec{Name: name, Alg: "ES256"})
	for _, mode := range keyring.Modes() {
		_, problem := c.Rotate(ctx, name, control.Turn{Mode: mode})
		err = errors.Join(err, problem)
	}
	_, planted := c.Populate(ctx, "churn", fault.Fault{
		ID: name, Where: fault.UserInfo, Kind: fault.Status, Attributes: fault.Attributes{Status: http.StatusServiceUnavailable}, Count: 1,
	})
	_, read := c.Requests(ctx, "churn", control.Filter{Limit: 10})
	return errors.Join(err, planted, read, c.Do(ctx, http.MethodGet, "/metrics", nil, nil), c.Remove(ctx, name))
}
