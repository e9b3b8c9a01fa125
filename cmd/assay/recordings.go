package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
)

// keptRecordings is how many runs of the terminal UI are kept. The oldest are
// removed when a new one begins.
const keptRecordings = 50

// recordingTime begins the name of a recording, so that names sort by time.
const recordingTime = "20060102-150405.000"

// stateFolder returns the folder for what is to be remembered between sessions,
// as the XDG Base Directory Specification says.
func (a *app) stateFolder() (string, error) {
	if folder := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(folder) {
		return filepath.Join(folder, "assay"), nil
	}
	if home := a.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "assay"), nil
	}
	return "", errors.New("runs are not kept: neither XDG_STATE_HOME nor HOME is set")
}

// recordings is where the terminal UI records each run while it runs, so that
// nothing is lost if the program is killed.
type recordings struct{ folder string }

func (a *app) recordings() (recordings, error) {
	state, err := a.stateFolder()
	return recordings{filepath.Join(state, "runs")}, err
}

// create returns a file for a new run and removes the oldest ones.
func (r recordings) create(now time.Time) (*os.File, error) {
	if err := os.MkdirAll(r.folder, 0o700); err != nil {
		return nil, err
	}
	names, err := r.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names[min(len(names), keptRecordings-1):] {
		if err := os.Remove(filepath.Join(r.folder, name)); err != nil {
			return nil, err
		}
	}
	name := now.UTC().Format(recordingTime) + ".jsonl"
	return os.OpenFile(filepath.Join(r.folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// names returns the names of the recordings, the latest first. Other files in
// the folder are left alone.
func (r recordings) names() ([]string, error) {
	entries, err := os.ReadDir(r.folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		stem, ok := strings.CutSuffix(e.Name(), ".jsonl")
		if _, err := time.Parse(recordingTime, stem); ok && err == nil && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Reverse(names)
	return names, nil
}

// list returns the recordings, the latest first, each with what is in it.
func (r recordings) list() ([]tui.SavedRun, error) {
	names, err := r.names()
	if err != nil {
		return nil, err
	}
	saved := make([]tui.SavedRun, 0, len(names))
	for _, name := range names {
		saved = append(saved, describeRecording(filepath.Join(r.folder, name)))
	}
	return saved, nil
}

// describeRecording describes a recording by its first and its last line. One
// whose header is missing counts as a run.
func describeRecording(path string) tui.SavedRun {
	run := tui.SavedRun{Name: path, Command: reports.CommandRun}
	file, err := os.Open(path)
	if err != nil {
		run.Title = "cannot be read"
		return run
	}
	defer file.Close()
	first, err := bufio.NewReader(io.LimitReader(file, 1<<20)).ReadBytes('\n')
	var r reports.Record
	if err != nil || json.Unmarshal(first, &r) != nil || r.Header == nil {
		run.Title = "incomplete"
		return run
	}
	run.Command, run.Started = r.Header.Command, r.Header.StartedAt
	run.Title = r.Header.StartedAt.Local().Format("2006-01-02 15:04:05 ")
	if run.Command == reports.CommandRun {
		run.Title += r.Header.Implementation.Name
	} else {
		run.Title += r.Header.Repeat()
	}
	switch footer := lastFooter(file); {
	case footer == nil:
		run.Title += ", incomplete"
	case run.Command != reports.CommandRun:
		run.Title += ", " + outcome(footer)
	default:
		run.Title += ", " + misses(footer)
	}
	return run
}

// misses says how many cases of a run did not pass.
func misses(f *reports.Footer) string {
	bad := 0
	for outcome, n := range f.Counts {
		if outcome.Bad() {
			bad += n
		}
	}
	return fmt.Sprintf("%d of %s did not pass", bad, reports.FormatNoun(f.Planned, "case"))
}

// outcome says in a few words how a measurement ended.
func outcome(f *reports.Footer) string {
	missed := 0
	for _, t := range f.Thresholds {
		if t.Verdict == reports.VerdictMissed {
			missed++
		}
	}
	switch {
	case f.Interrupted:
		return "interrupted"
	case f.Aborted != nil:
		return "aborted"
	case f.Capacity != nil:
		return "capacity " + f.Capacity.String()
	case missed > 0:
		return reports.FormatNoun(missed, "threshold") + " missed"
	case len(f.Invalid) > 0:
		return "not valid"
	}
	return "done"
}

// lastFooter returns the footer at the end of a recording, or nil.
func lastFooter(file *os.File) *reports.Footer {
	const most = 64 << 10
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	end := make([]byte, min(size, most))
	if _, err := file.ReadAt(end, size-int64(len(end))); err != nil {
		return nil
	}
	end = bytes.TrimSuffix(end, []byte("\n"))
	var r reports.Record
	if json.Unmarshal(end[bytes.LastIndexByte(end, '\n')+1:], &r) != nil {
		return nil
	}
	return r.Footer
}
