package refresh_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier/refresh"
)

// fileOf returns the name of the file of a session.
func fileOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:]) + ".session"
}

// A file store returns what the file system reports, and leaves nothing behind.
func TestFileStoreFails(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, sealKey(1))
	open := func(t *testing.T) (*refresh.FileStore, string) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "sessions")
		store := openStore(t, dir, sealer)
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Fatalf("the directory has the mode %v, %v, want 0700", info.Mode(), err)
		}
		return store, dir
	}
	bad := func(t *testing.T, what string, err error) {
		t.Helper()
		if err == nil || errors.Is(err, refresh.ErrNotFound) {
			t.Errorf("%s = %v, want an error", what, err)
		}
	}
	t.Run("the directory is gone", func(t *testing.T) {
		t.Parallel()
		store, dir := open(t)
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		_, err := store.Lock(t.Context(), "a")
		bad(t, "Lock", err)
		bad(t, "Save", store.Save(t.Context(), testStoreSession("a")))
		_, err = store.Reseal(t.Context())
		bad(t, "Reseal", err)
	})
	t.Run("a directory has the name of the file", func(t *testing.T) {
		t.Parallel()
		store, dir := open(t)
		if err := os.MkdirAll(filepath.Join(dir, fileOf("a"), "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := store.Load(t.Context(), "a")
		bad(t, "Load", err)
		bad(t, "Save", store.Save(t.Context(), testStoreSession("a")))
		bad(t, "Delete", store.Delete(t.Context(), "a"))
		if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
			t.Errorf("Save has left %q, %v", left, err)
		}
	})
	t.Run("the file holds something else", func(t *testing.T) {
		t.Parallel()
		store, dir := open(t)
		sealed := sealer.Seal([]byte("rt-1 is no session"), fileOf("a"))
		if err := os.WriteFile(filepath.Join(dir, fileOf("a")), sealed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.Load(t.Context(), "a")
		bad(t, "Load", err)
		if err != nil && (strings.Contains(err.Error(), "rt-1") || !strings.Contains(err.Error(), dir)) {
			t.Errorf("Load = %v, want the name of the file and nothing of what is in it", err)
		}
	})
	t.Run("a time that JSON does not know", func(t *testing.T) {
		t.Parallel()
		store, _ := open(t)
		s := testStoreSession("a")
		s.IDExpiry = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		bad(t, "Save", store.Save(t.Context(), s))
	})
}

// Reseal reads what it can, and nothing but sessions.
func TestResealCopes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "sessions")
	before := openStore(t, dir, newSealer(t, sealKey(1)))
	for _, id := range []string{"a", "b", "c"} {
		if err := before.Save(t.Context(), testStoreSession(id)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{fileOf("b"), "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("no session"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	both := openStore(t, dir, newSealer(t, sealKey(2), sealKey(1)))
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	if n, err := both.Reseal(ended); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Reseal = %d, %v, want the end of its context", n, err)
	}
	n, err := both.Reseal(t.Context())
	if n != 2 || err == nil || !strings.Contains(err.Error(), fileOf("b")) || strings.Contains(err.Error(), "notes") {
		t.Errorf("Reseal = %d, %v, want 2 and an error about the file that was changed", n, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	if err != nil || len(left) != 3 {
		t.Errorf("the directory has the lock files %q, %v, want those of three sessions", left, err)
	}
	unlock, err := both.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	short, stop := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stop()
	third := openStore(t, dir, newSealer(t, sealKey(3), sealKey(2)))
	if n, err := third.Reseal(short); n > 1 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Reseal of a session that is locked = %d, %v, want that it waits", n, err)
	}
}

// The pauses between attempts to lock a file double from 2 to 100 ms.
func TestFileLockPauses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ held, want time.Duration }{
		{time.Millisecond, 2 * time.Millisecond},
		{3 * time.Millisecond, 6 * time.Millisecond},
		{125 * time.Millisecond, 126 * time.Millisecond},
		{127 * time.Millisecond, 226 * time.Millisecond},
		{227 * time.Millisecond, 326 * time.Millisecond},
	} {
		bubble(t, test.held.String(), func(t *testing.T) {
			store := openStore(t, filepath.Join(t.TempDir(), "s"), newSealer(t, sealKey(1)))
			unlock, err := store.Lock(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			time.AfterFunc(test.held, unlock)
			again, err := store.Lock(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			again()
			if waited := time.Since(began); waited != test.want {
				t.Errorf("it waited for %v, want %v", waited, test.want)
			}
		})
	}
}

// A store in memory keeps nothing of a lock that nobody wants.
func TestMemoryStoreForgetsLocks(t *testing.T) {
	store := refresh.NewMemoryStore()
	long := strings.Repeat("x", 1<<10)
	before := heap()
	for i := range 1 << 13 {
		unlock, err := store.Lock(t.Context(), long+strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	if after := heap(); after > before+4<<20 {
		t.Errorf("8,192 locks have left %d bytes", after-before)
	}
	runtime.KeepAlive(store)
}

// heap returns how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
