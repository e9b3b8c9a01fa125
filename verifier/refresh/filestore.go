package refresh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// FileStore is a [Store] of encrypted files in a directory, one for each
// session. A file is replaced as a whole: a process that dies, or a machine
// that loses its power, leaves the old one or the new one. Any number of
// processes may share a directory.
type FileStore struct {
	dir    string
	sealer *Sealer
}

// fileSuffix ends the names of session files.
const fileSuffix = ".session"

// OpenFileStore returns a store in a directory. A missing directory is made,
// readable only by its owner. The error names the directory.
func OpenFileStore(dir string, sealer *Sealer) (*FileStore, error) {
	if sealer == nil {
		return nil, errors.New("a file store needs a Sealer: refresh tokens are not kept in the clear")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	// Windows has other permissions, which Perm does not show.
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%q can be read or written by others (mode %v), want 0700",
			dir, info.Mode().Perm())
	}
	return &FileStore{dir: dir, sealer: sealer}, nil
}

// path returns the file of a session. Its name is a hash, so that no ID can
// escape from the directory or be read from it.
func (f *FileStore) path(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(f.dir, hex.EncodeToString(sum[:])+fileSuffix)
}

// Load implements [Store]. A file that was changed, or that replaces another, is
// an error: the name of the file is authenticated too.
func (f *FileStore) Load(_ context.Context, id string) (*Session, error) {
	s, _, err := f.read(f.path(id))
	return s, err
}

// read opens a session file. It reports whether the current key sealed it.
func (f *FileStore) read(path string) (s *Session, current bool, err error) {
	sealed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, ErrNotFound
	}
	if err != nil {
		return nil, false, err
	}
	text, current, err := f.sealer.Open(sealed, filepath.Base(path))
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	s = &Session{}
	if err := json.Unmarshal(text, s); err != nil {
		// Without the decoder's words, which can quote what it read.
		return nil, false, fmt.Errorf("%s: it does not hold a session", path)
	}
	return s, current, nil
}

// Save implements [Store].
func (f *FileStore) Save(_ context.Context, s *Session) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := f.path(s.ID)
	return f.replace(path, f.sealer.Seal(text, filepath.Base(path)))
}

// replace writes a file next to path and moves it there.
func (f *FileStore) replace(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(f.dir, "*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(data); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return f.sync()
}

// sync makes a change of the directory durable. Windows cannot do that, and
// other file systems report it if they cannot.
func (f *FileStore) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) &&
		!errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

// Delete implements [Store].
func (f *FileStore) Delete(_ context.Context, id string) error {
	err := os.Remove(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.sync()
}

// Reseal seals every session that an older key has sealed with the current key,
// and returns their number. Afterwards the older keys can be removed. The error
// joins the errors of files that could not be read; the others are still
// resealed.
func (f *FileStore) Reseal(ctx context.Context) (resealed int, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return resealed, errors.Join(append(errs, context.Cause(ctx))...)
		}
		if !strings.HasSuffix(entry.Name(), fileSuffix) {
			continue
		}
		done, err := f.reseal(ctx, filepath.Join(f.dir, entry.Name()))
		if err != nil {
			errs = append(errs, err)
		}
		if done {
			resealed++
		}
	}
	return resealed, errors.Join(errs...)
}

// reseal seals one file with the current key if an older key has sealed it. It
// holds the lock of the session, so that it does not undo a refresh.
func (f *FileStore) reseal(ctx context.Context, path string) (done bool, err error) {
	unlock, err := f.lockFile(ctx, path)
	if err != nil {
		return false, err
	}
	defer unlock()
	s, current, err := f.read(path)
	if errors.Is(err, ErrNotFound) || current {
		return false, nil // deleted meanwhile, or already current
	}
	if err != nil {
		return false, err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return false, err
	}
	if err := f.replace(path, f.sealer.Seal(text, filepath.Base(path))); err != nil {
		return false, err
	}
	return true, nil
}
