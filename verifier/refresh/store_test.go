package refresh_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/verifier/refresh"
)

func sealKey(b byte) []byte { return bytes.Repeat([]byte{b}, refresh.KeyBytes) }

func newSealer(t testing.TB, key []byte, older ...[]byte) *refresh.Sealer {
	t.Helper()
	s, err := refresh.NewSealer(key, older...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openStore(t testing.TB, dir string, s *refresh.Sealer) *refresh.FileStore {
	t.Helper()
	store, err := refresh.OpenFileStore(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// testStoreSession has every field set that a store keeps.
func testStoreSession(id string) *refresh.Session {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &refresh.Session{
		ID: id, AccessToken: "at-1", RefreshToken: "rt-1", IDToken: "e30.e30.AA", Scope: "openid",
		First: refresh.Identity{
			Issuer: testIssuer, Subject: "usr_1", Audience: []string{testClient}, Nonce: "n", Party: testClient,
			OrganizationID: "org_1", SessionID: "ses_1", IssuedAt: at, AuthTime: at,
		},
		AccessExpiry: at.Add(time.Minute), IDExpiry: at.Add(time.Hour), RefreshAt: at.Add(time.Second),
		Generation: 7, IssuedAt: at, Failures: 2, NotBefore: at.Add(2 * time.Second), Sent: 1,
	}
}

func TestStores(t *testing.T) {
	t.Parallel()
	stores := map[string]refresh.Store{
		"memory": refresh.NewMemoryStore(),
		"files":  openStore(t, filepath.Join(t.TempDir(), "sessions"), newSealer(t, sealKey(1))),
	}
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, id := range []string{"a", "../../etc/passwd", strings.Repeat("x", 1<<16), "\x00/\n"} {
				if _, err := store.Load(t.Context(), id); !errors.Is(err, refresh.ErrNotFound) {
					t.Errorf("Load of nothing = %v, want %v", err, refresh.ErrNotFound)
				}
				want := testStoreSession(id)
				if err := store.Save(t.Context(), want); err != nil {
					t.Fatal(err)
				}
				got, err := store.Load(t.Context(), id)
				if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b refresh.Session) bool { return fmt.Sprint(plain(a)) == fmt.Sprint(plain(b)) })); diff != "" || err != nil {
					t.Errorf("Load = %v, (-want +got):\n%s", err, diff)
				}
				got.First.Audience[0] = "changed"
				if again, err := store.Load(t.Context(), id); err != nil || again.First.Audience[0] != testClient {
					t.Errorf("what was loaded is shared: %v", err)
				}
				for range 2 { // deleting nothing is no error
					if err := store.Delete(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
				if _, err := store.Load(t.Context(), id); !errors.Is(err, refresh.ErrNotFound) {
					t.Errorf("Load after Delete = %v, want %v", err, refresh.ErrNotFound)
				}
			}
			var writers sync.WaitGroup
			for i := range 8 {
				writers.Go(func() {
					s := testStoreSession("shared")
					s.Generation = uint64(i)
					for range 20 {
						if err := store.Save(t.Context(), s); err != nil {
							t.Error(err)
						}
						if got, err := store.Load(t.Context(), "shared"); err != nil || got.Generation > 7 {
							t.Errorf("Load = %v, %v", got, err)
						}
					}
				})
			}
			writers.Wait()
		})
	}
}

// plain is a Session that prints its tokens, for comparison.
type plain refresh.Session

// What is on the disk tells nothing, and cannot be changed or exchanged.
func TestFileStoreSeals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	store := openStore(t, dir, newSealer(t, sealKey(1)))
	for _, id := range []string{"session-a", "session-b"} {
		if err := store.Save(t.Context(), testStoreSession(id)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("the directory has %q, %v, want two files and nothing left over", files, err)
	}
	contents := make([][]byte, 2)
	for i, path := range files {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, want 0600", path, info.Mode())
		}
		if contents[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"rt-1", "at-1", "usr_1", "session-a", "session-b"} {
			if bytes.Contains(contents[i], []byte(secret)) || strings.Contains(path, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
	write := func(path string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func() error {
		_, errA := store.Load(t.Context(), "session-a")
		_, errB := store.Load(t.Context(), "session-b")
		return errors.Join(errA, errB)
	}
	for i := range contents[0] { // any byte that is changed
		changed := bytes.Clone(contents[0])
		changed[i] ^= 1
		write(files[0], changed)
		if err := load(); err == nil {
			t.Fatalf("byte %d was changed, and the file is still read", i)
		}
	}
	for name, b := range map[string][]byte{"nothing": nil, "half": contents[0][:len(contents[0])/2], "another's": contents[1]} {
		write(files[0], b)
		if err := load(); err == nil || strings.Contains(err.Error(), "rt-1") {
			t.Errorf("with %s in its file: %v, want an error", name, err)
		}
	}
	write(files[0], contents[0])
	if err := load(); err != nil {
		t.Errorf("restored: %v", err)
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "s")
	before := openStore(t, dir, newSealer(t, sealKey(1)))
	for i := range 3 {
		if err := before.Save(t.Context(), testStoreSession(fmt.Sprint("s", i))); err != nil {
			t.Fatal(err)
		}
	}
	both := openStore(t, dir, newSealer(t, sealKey(2), sealKey(1)))
	if _, err := both.Load(t.Context(), "s0"); err != nil {
		t.Errorf("with the new key and the old one: %v", err)
	}
	if err := both.Save(t.Context(), testStoreSession("s0")); err != nil {
		t.Fatal(err)
	}
	after := openStore(t, dir, newSealer(t, sealKey(2)))
	if _, err := after.Load(t.Context(), "s0"); err != nil {
		t.Errorf("a session that was saved since, with the new key alone: %v", err)
	}
	if _, err := after.Load(t.Context(), "s1"); err == nil {
		t.Error("a session of the old key was read with the new key alone")
	}
	for want := 2; want >= 0; want -= 2 {
		if n, err := both.Reseal(t.Context()); n != want || err != nil {
			t.Errorf("Reseal = %d, %v, want %d", n, err, want)
		}
	}
	for i := range 3 {
		if _, err := after.Load(t.Context(), fmt.Sprint("s", i)); err != nil {
			t.Errorf("session %d after Reseal: %v", i, err)
		}
	}
	if n, err := before.Reseal(t.Context()); n != 0 || err == nil {
		t.Errorf("Reseal with a key that opens nothing = %d, %v, want an error", n, err)
	}
}

func TestOpenFileStoreRefuses(t *testing.T) {
	t.Parallel()
	if _, err := refresh.OpenFileStore(t.TempDir(), nil); err == nil {
		t.Error("a store without a Sealer was opened")
	}
	open := t.TempDir()
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := refresh.OpenFileStore(open, newSealer(t, sealKey(1))); err == nil || !strings.Contains(err.Error(), open) {
		t.Errorf("a directory that others read: %v, want an error that names it", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := refresh.OpenFileStore(file, newSealer(t, sealKey(1))); err == nil {
		t.Error("a file was opened as a store")
	}
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := refresh.NewSealer(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes was accepted", n)
		}
	}
	if _, err := refresh.NewSealer(sealKey(1), []byte("short")); err == nil {
		t.Error("an older key that is short was accepted")
	}
}

// FuzzSealerOpensOnlyWhatItSealed holds Open to what Seal made: nothing else
// opens, and what was made opens in its own context only.
func FuzzSealerOpensOnlyWhatItSealed(f *testing.F) {
	s := newSealer(f, sealKey(1), sealKey(2))
	f.Add([]byte("text"), "context", []byte{})
	f.Add([]byte{}, "", s.Seal([]byte("x"), "y"))
	f.Fuzz(func(t *testing.T, text []byte, context string, forged []byte) {
		sealed := s.Seal(text, context)
		if got, current, err := s.Open(sealed, context); err != nil || !current || !bytes.Equal(got, text) {
			t.Errorf("Open = %q, %v, %v, want %q", got, current, err, text)
		}
		if _, _, err := s.Open(sealed, context+"x"); err == nil {
			t.Error("it opens in another context")
		}
		if len(forged) == 0 {
			return
		}
		changed := bytes.Clone(sealed)
		for i, b := range forged {
			changed[i%len(changed)] ^= b
		}
		if _, current, err := s.Open(changed, context); (current || err == nil) && !bytes.Equal(changed, sealed) {
			t.Errorf("data that was changed opens: %x", changed)
		}
	})
}
