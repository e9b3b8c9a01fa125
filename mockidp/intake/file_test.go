//go:build unix

package intake_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/assay-id/assay/mockidp/intake"
)

// TestReadFileRefuses reads what is no file of text, without blocking and
// without reading much of it.
func TestReadFileRefuses(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	sparse, err := os.Create(path("sparse.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer sparse.Close()
	if err := sparse.Truncate(100 << 20); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("fifo.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("wide.yaml"), []byte(wide("a: b\n", true, true)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ file, want string }{
		{path("fifo.yaml"), "is a named pipe, want a regular file"},
		{"/dev/zero", "/dev/zero is a device, want a regular file"},
		{dir, "is a directory, want a regular file"},
		{path("sparse.yaml"), "sparse.yaml has 104857600 bytes, want at most 1048576"},
		{path("wide.yaml"), "wide.yaml:1:1: the text is UTF-16, want UTF-8"},
		{path("none.yaml"), "no such file"},
	}
	for _, tt := range tests {
		err := measured(t, tt.file, func() error {
			_, err := intake.ReadFile(tt.file, intake.MaxYAML)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ReadFile(%s) = %v, want %q", tt.file, err, tt.want)
		}
	}
}

// TestByteOrderMark reads what editors on Windows write.
func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "marked.yaml")
	if err := os.WriteFile(file, []byte("\ufeffa: b\r\nc: d\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := intake.ReadFile(file, 15)
	if err != nil || string(text) != "a: b\r\nc: d\r\n" {
		t.Errorf("ReadFile() = %q, %v", text, err)
	}
	opened, err := intake.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if streamed, err := io.ReadAll(opened); err != nil || string(streamed) != string(text) {
		t.Errorf("Open() reads %q, %v", streamed, err)
	}
	var out map[string]string
	if _, err := intake.YAML("f.yaml", append([]byte("\ufeff"), text...), &out); err != nil || out["c"] != "d" {
		t.Errorf("YAML() = %v, %v", out, err)
	}
	out = nil
	if err := intake.JSON("f.json", []byte("\ufeff{\"c\":\"d\"}"), &out); err != nil || out["c"] != "d" {
		t.Errorf("JSON() = %v, %v", out, err)
	}
}

func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	if text, err := intake.Read("it", strings.NewReader("12345"), 5); err != nil || string(text) != "12345" {
		t.Errorf("Read() = %q, %v", text, err)
	}
	if _, err := intake.Read("it", strings.NewReader("123456"), 5); err == nil || err.Error() != "it has more than 5 bytes" {
		t.Errorf("Read() = %v", err)
	}
}
