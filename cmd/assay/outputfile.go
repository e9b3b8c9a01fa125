package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// outFile is a file that is written under another name in the same folder and
// gets its own name when it is closed, so that nobody reads half a report and
// two runs never write to one file. A process that is killed leaves what it has
// written: NAME.partial-XXXXXXXX.
type outFile struct {
	*os.File
	name string // what the file is called in the end; empty if it already is
}

// createFile opens name for writing and makes its folder. A private file is for
// its owner alone. A file that is replaced does not become readable to more
// users than it was. Devices and pipes are written to directly.
func createFile(name string, private bool) (*outFile, error) {
	mode := fs.FileMode(0o666)
	if private {
		mode = 0o600
	}
	if file, err := openDevice(name); file != nil || err != nil {
		return &outFile{File: file}, err
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // a link stays, and what it points to is replaced
	}
	if info, err := os.Stat(name); err == nil {
		mode &= info.Mode().Perm()
	} else if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return nil, err
	}
	partial := name + ".partial-" + rand.Text()[:8]
	file, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, errors.Unwrap(err))
	}
	return &outFile{File: file, name: name}, nil
}

// openDevice opens what must be written to as it is. It returns nil for the
// name of a file. /dev/stderr counts as a device even if it is a file, which
// then has other output too.
func openDevice(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() && !strings.HasPrefix(name, "/dev/") {
		return nil, nil
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
}

// Close gives the file its name.
func (f *outFile) Close() error {
	if err := f.File.Close(); err != nil || f.name == "" {
		return err
	}
	return os.Rename(f.File.Name(), f.name)
}

// discard closes and removes what could not be written. An error has been
// reported already, and of the file nothing is left that matters.
func (f *outFile) discard() {
	_ = f.File.Close()
	if f.name != "" {
		_ = os.Remove(f.File.Name())
	}
}
