package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// chain is a token endpoint whose refresh tokens can be used once.
type chain struct {
	mu      sync.Mutex
	used    int // refresh tokens that were exchanged
	refused int // requests with a spent one
}

func (c *chain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.exchange(w, r.PostFormValue("refresh_token"))
}

func (c *chain) exchange(w http.ResponseWriter, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if token != fmt.Sprint("rt-", c.used+1) {
		c.refused++
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	c.used++
	fmt.Fprintf(w, `{"access_token":"at-%d","token_type":"Bearer","expires_in":300,"refresh_token":"rt-%[1]d"}`, c.used+1)
}

// Two clients share a store, as two processes do, and refresh one session at the
// same time. Nobody is signed out, and the refresh token is sent once.
func TestTwoClientsOneStore(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) func() refresh.Store{
		"memory": func(*testing.T) func() refresh.Store {
			store := refresh.NewMemoryStore()
			return func() refresh.Store { return store }
		},
		"files": func(t *testing.T) func() refresh.Store {
			dir := filepath.Join(t.TempDir(), "sessions")
			return func() refresh.Store { return openStore(t, dir, newSealer(t, sealKey(1))) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			p, a, _ := newClient(t, func(c *refresh.Config) { c.Store = store() })
			_, b, _ := newClient(t, func(c *refresh.Config) { c.Store, c.Transport = store(), p })
			s := begin(t, p, a, goodLogin())
			asked, answer := make(chan struct{}, 2), make(chan struct{})
			provider := &chain{}
			p.serve(func(w http.ResponseWriter, _ *http.Request) {
				asked <- struct{}{}
				<-answer
				provider.exchange(w, p.last().Get("refresh_token"))
			})
			var clients sync.WaitGroup
			refreshed := func(client *refresh.Client) {
				if got, err := client.Refresh(t.Context(), s); err != nil || got.RefreshToken != "rt-2" {
					t.Errorf("Refresh = %+v, %v, want rt-2", got, err)
				}
			}
			clients.Go(func() { refreshed(a) })
			<-asked
			clients.Go(func() { refreshed(b) })
			time.Sleep(20 * time.Millisecond) // b asks for the lock
			close(answer)
			clients.Wait()
			if p.count() != 1 {
				t.Errorf("%d requests, want 1", p.count())
			}
			for _, client := range []*refresh.Client{a, b} {
				if got, err := client.Current(t.Context(), s.ID); err != nil || got.RefreshToken != "rt-2" {
					t.Errorf("Current = %+v, %v, want rt-2", got, err)
				}
			}
		})
	}
}

// A store whose lock was lost, such as an expired lease, does not sign the user
// out: the client that comes second adopts what the first has stored.
func TestLostLock(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		store := &unlockedStore{refresh.NewMemoryStore()}
		p, client, _ := newClient(t, func(c *refresh.Config) { c.Store = store })
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			newer, err := store.Load(t.Context(), s.ID)
			if err != nil {
				t.Error(err)
				return
			}
			newer.RefreshToken, newer.AccessToken, newer.Generation = "rt-2", "at-2", s.Generation+1
			if err := store.Save(t.Context(), newer); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		})
		if got, err := client.Refresh(t.Context(), s); err != nil || got.RefreshToken != "rt-2" {
			t.Errorf("Refresh = %+v, %v, want rt-2 of the other client", got, err)
		}
		if stored, err := store.Load(t.Context(), s.ID); err != nil || stored.RefreshToken != "rt-2" {
			t.Errorf("the store has %+v, %v, want rt-2", stored, err)
		}
	})
}

type unlockedStore struct{ refresh.Store }

func (u *unlockedStore) Lock(context.Context, string) (func(), error) { return func() {}, nil }

// A session that is locked for longer than any exchange takes is an error, and
// goes on.
func TestStuckLock(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, store := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		unlock, err := store.Lock(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		began := time.Now()
		_, err = client.Refresh(t.Context(), s)
		if verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || errors.Is(err, refresh.ErrSignInRequired) || p.count() != 0 {
			t.Errorf("Refresh = %v after %d requests, want %s",
				err, p.count(), verifier.ReasonRefreshFailed)
		}
		if waited := time.Since(began); waited != 3*refresh.DefaultTimeout {
			t.Errorf("it waited for %v", waited)
		}
	})
}

func TestStoreLocks(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sessions")
	memory := refresh.NewMemoryStore()
	for name, pair := range map[string][2]refresh.Store{
		"memory": {memory, memory},
		"files":  {openStore(t, dir, newSealer(t, sealKey(1))), openStore(t, dir, newSealer(t, sealKey(1)))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lock := func(store refresh.Store, id string) func() {
				t.Helper()
				unlock, err := store.Lock(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				return unlock
			}
			unlock := lock(pair[0], "a")
			lock(pair[1], "b")() // another session is not affected
			short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if _, err := pair[1].Lock(short, "a"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Lock of what is locked = %v, want %v", err, context.DeadlineExceeded)
			}
			unlock()
			lock(pair[1], "a")()

			// Each holder is alone, also while lock files come and go.
			var holders sync.WaitGroup
			var holding atomic.Int32 // a race detector does not know file locks
			for i := range 8 {
				holders.Go(func() {
					for range 10 {
						unlock, err := pair[i%2].Lock(t.Context(), "c")
						if err != nil {
							t.Error(err)
							return
						}
						if n := holding.Add(1); n != 1 {
							t.Errorf("%d hold the lock", n)
						}
						holding.Add(-1)
						unlock()
					}
				})
			}
			holders.Wait()
		})
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("the directory has %v, %v, want nothing: no session is left", left, err)
		}
	})
}

// Two processes refresh one session through one directory. Nobody is signed out,
// no generation is lost and no refresh token is sent twice.
func TestTwoProcessesOneStore(t *testing.T) {
	t.Parallel()
	const rounds = 20
	provider := &chain{}
	endpoint := httptest.NewServer(provider)
	defer endpoint.Close()
	dir := filepath.Join(t.TempDir(), "sessions")
	store := openStore(t, dir, newSealer(t, sealKey(1)))
	if err := store.Save(t.Context(), &refresh.Session{ID: testSession, RefreshToken: "rt-1"}); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var processes sync.WaitGroup
	for range 2 {
		processes.Go(func() {
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Env = append(os.Environ(), "REFRESHER_DIR="+dir, "REFRESHER_ENDPOINT="+endpoint.URL, "REFRESHER_ROUNDS="+strconv.Itoa(rounds))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("a process: %v\n%s", err, out)
			}
		})
	}
	processes.Wait()
	stored, err := store.Load(t.Context(), testSession)
	switch {
	case err != nil:
		t.Fatal(err)
	case provider.refused > 0:
		t.Errorf("%d spent refresh tokens were sent", provider.refused)
	case stored.Generation != uint64(provider.used) || stored.RefreshToken != fmt.Sprint("rt-", provider.used+1):
		t.Errorf("the store has generation %d with %s after %d exchanges",
			stored.Generation, stored.RefreshToken, provider.used)
	case provider.used < rounds:
		t.Errorf("%d exchanges, want %d at least", provider.used, rounds)
	}
}

// refresher is the program of TestTwoProcessesOneStore. It returns its exit code.
func refresher(dir string) int {
	time.AfterFunc(time.Minute, func() { os.Exit(1) }) // even if the test has ended long ago
	err := func() error {
		rounds, err := strconv.Atoi(os.Getenv("REFRESHER_ROUNDS"))
		if err != nil {
			return err
		}
		sealer, err := refresh.NewSealer(sealKey(1))
		if err != nil {
			return err
		}
		store, err := refresh.OpenFileStore(dir, sealer)
		if err != nil {
			return err
		}
		client, err := refresh.New(refresh.Config{
			Verifier: verifierFunc(nil), TokenEndpoint: os.Getenv("REFRESHER_ENDPOINT"), LoopbackHTTP: true,
			ClientID: testClient, ClientSecret: testSecret, Store: store,
		})
		if err != nil {
			return err
		}
		defer client.Close()
		for range rounds {
			s, err := store.Load(context.Background(), testSession)
			if err != nil {
				return err
			}
			if _, err := client.Refresh(context.Background(), s); err != nil {
				return err
			}
		}
		return nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
