package intake

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// The largest texts in bytes that [YAML] and [JSON] take. A thousand users
// with every key are a third of MaxYAML; a fault may have a body of some
// megabytes.
const (
	MaxYAML = 1 << 20
	MaxJSON = 4 << 20
)

// ReadFile returns the content of the regular file name, which must not have
// more than limit bytes.
func ReadFile(name string, limit int) ([]byte, error) {
	file, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > int64(limit) {
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", name, info.Size(), limit)
	}
	return Read(name, file, limit)
}

// Read returns what is left in r, which must not be more than limit bytes.
// name is used in errors.
func Read(name string, r io.Reader, limit int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(text) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return text, nil
}

// Open opens the regular file name for reading, after a byte order mark if it
// has one. It never blocks. It is for texts that are read as a stream; others
// are read with [ReadFile].
func Open(name string) (*os.File, error) {
	// Without O_NONBLOCK a named pipe would wait here for a writer.
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := begin(name, file); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// begin checks what kind of file it is and moves to the start of its text.
func begin(name string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is %s, want a regular file", name, kind(info.Mode()))
	}
	head := make([]byte, 4)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	skip, problem := mark(head[:n])
	if problem != "" {
		return &Error{Name: name, Line: 1, Column: 1, Problem: problem}
	}
	_, err = file.Seek(int64(skip), io.SeekStart)
	return err
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "not a file"
}
