//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/tui"
)

func TestUIStateRoundTrip(t *testing.T) {
	t.Parallel()
	s := uiState{filepath.Join(t.TempDir(), "assay", "ui.json")}
	if m, err := s.read(); err != nil || !cmp.Equal(m, tui.Memory{}) {
		t.Errorf("without a file read = %+v, %v", m, err)
	}
	want := tui.Memory{Theme: tui.ThemeLight, Split: 400, NoMouse: true, Sort: "ID", Group: "code", History: map[string][]string{"Scenarios": {"@fail"}}}
	if err := s.write(want); err != nil {
		t.Fatal(err)
	}
	got, err := s.read()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("read = %v (-want +got):\n%s", err, diff)
	}
	for name, want := range map[string]os.FileMode{s.name: 0o600, filepath.Dir(s.name): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// A file that the program has not written is ignored, whatever it is, and said.
func TestUIStateOfAnother(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		make  func(name string) error
		keeps bool
	}{
		{"not JSON", text("hello"), true},
		{"half a file", text(`{"theme": "li`), true},
		{"an unknown field", text(`{"colour": "red"}`), true},
		{"a wrong type", text(`{"split": "wide"}`), true},
		{"enormous", text(`{"theme":"` + strings.Repeat("x", maxUIState) + `"}`), true},
		{"nested", text(strings.Repeat("[", 100_000)), true},
		{"a folder", func(name string) error { return os.Mkdir(name, 0o700) }, false},
		{"a pipe", func(name string) error { return syscall.Mkfifo(name, 0o600) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.Mkdir(filepath.Join(folder, "assay"), 0o700); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(folder, "assay", "ui.json")
			if err := tt.make(name); err != nil {
				t.Fatal(err)
			}
			var opts tui.Options
			(&app{env: []string{"XDG_STATE_HOME=" + folder}}).remember(&opts)
			if !cmp.Equal(opts.Memory, tui.Memory{}) || !strings.HasPrefix(opts.Notice, "ignored: ") || !strings.Contains(opts.Notice, name) {
				t.Errorf("memory %+v, notice %q", opts.Memory, opts.Notice)
			}
			if (opts.Remember != nil) != tt.keeps {
				t.Errorf("something is kept: %v, want %v", opts.Remember != nil, tt.keeps)
			}
		})
	}
}

func text(s string) func(name string) error {
	return func(name string) error { return os.WriteFile(name, []byte(s), 0o600) }
}
