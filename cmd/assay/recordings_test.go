package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRecordingsKeepTheLatest(t *testing.T) {
	t.Parallel()
	r := recordings{filepath.Join(t.TempDir(), "state", "runs")}
	at := time.Date(2026, 11, 23, 15, 5, 10, 0, time.UTC)
	for i := range keptRecordings + 3 {
		file, err := r.create(at.Add(time.Duration(i) * time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			// A file that is not ours stays, whatever it is called.
			if err := os.WriteFile(filepath.Join(r.folder, "0.jsonl"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	saved, err := r.list()
	if err != nil || len(saved) != keptRecordings {
		t.Fatalf("%d recordings, %v, want %d", len(saved), err, keptRecordings)
	}
	if got := filepath.Base(saved[0].Name); got != "20261123-150510.052.jsonl" {
		t.Errorf("the latest is %s", got)
	}
	if _, err := os.Stat(filepath.Join(r.folder, "0.jsonl")); err != nil {
		t.Errorf("a file that is no recording is gone: %v", err)
	}
	info, err := os.Stat(saved[0].Name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, %v, want 0600: a recording has whole tokens", info.Mode(), err)
	}
}

func TestRecordingTitles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run, err := os.ReadFile(filepath.Join("..", "..", "reports", "testdata", "run.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	load, err := os.ReadFile(filepath.Join("..", "..", "reports", "testdata", "load.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	cut := run[:len(run)/2]
	for name, test := range map[string]struct {
		text []byte
		want string
	}{
		"whole":  {run, "sloppy, 7 of 41 cases did not pass"},
		"killed": {cut, "sloppy, incomplete"},
		"begun":  {nil, "incomplete"},
		"other":  {[]byte("hello\n"), "incomplete"},
		"a load": {load, "assay load http://127.0.0.1:8080/verify --rate 2000/s --seed 7f3a, 1 threshold missed"},
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, test.text, 0o600); err != nil {
			t.Fatal(err)
		}
		got := describeRecording(path)
		if !strings.HasSuffix(got.Title, test.want) {
			t.Errorf("the title of one that is %s is %q, want %q", name, got.Title, test.want)
		}
		if known := name == "whole" || name == "killed" || name == "a load"; known == got.Started.IsZero() {
			t.Errorf("one that is %s began at %v", name, got.Started)
		}
	}
}

func TestStateFolder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  []string
		want string
	}{
		{[]string{"HOME=/home/ada"}, "/home/ada/.local/state/assay"},
		{[]string{"HOME=/home/ada", "XDG_STATE_HOME=/var/state"}, "/var/state/assay"},
		{[]string{"HOME=/home/ada", "XDG_STATE_HOME=relative"}, "/home/ada/.local/state/assay"},
		{nil, ""},
	} {
		got, err := (&app{env: test.env}).stateFolder()
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("with %q the state is in %q, %v, want %q", test.env, got, err, test.want)
		}
	}
}
