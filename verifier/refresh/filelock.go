package refresh

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"
)

// lockSuffix ends the names of lock files.
const lockSuffix = ".lock"

// The pauses between attempts to take a lock that somebody else holds: doubled
// from the first to the last. Operating systems offer no wait that can be given
// up.
const (
	firstLockPause = 2 * time.Millisecond
	lastLockPause  = 100 * time.Millisecond
)

// errLocked reports a lock that somebody else holds.
var errLocked = errors.New("it is locked")

// Lock implements [Store], between processes too: the operating system releases
// what a process held that has died. Network file systems must support locks.
func (f *FileStore) Lock(ctx context.Context, id string) (unlock func(), err error) {
	return f.lockFile(ctx, f.path(id))
}

// lockFile locks the session in a file.
func (f *FileStore) lockFile(ctx context.Context, path string) (unlock func(), err error) {
	for pause := firstLockPause; ; pause = min(2*pause, lastLockPause) {
		unlock, err := tryLockFile(path)
		if !errors.Is(err, errLocked) {
			return unlock, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// tryLockFile locks the session in a file, or returns errLocked. The lock is on
// a file next to it, since the session file itself is replaced by each Save.
func tryLockFile(path string) (unlock func(), err error) {
	name := strings.TrimSuffix(path, fileSuffix) + lockSuffix
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		file.Close()
		return nil, err
	}
	// Who held it before may have removed the file, so that others do not see
	// this lock.
	held, errHeld := file.Stat()
	there, errThere := os.Stat(name)
	if errHeld != nil || errThere != nil || !os.SameFile(held, there) {
		file.Close()
		return nil, errLocked
	}
	return func() {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			os.Remove(name) // the session has ended; Windows keeps the file
		}
		file.Close()
	}, nil
}
