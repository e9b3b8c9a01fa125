package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/tui"
)

// expectationsFormat is what the terminal UI calls a file of expectations in
// its list of formats.
const expectationsFormat = "expectations"

// Formats lists what the terminal UI writes.
func (e *engine) Formats() []tui.ExportFormat {
	return []tui.ExportFormat{
		{Name: "jsonl", Title: "the recording: whole tokens, for assay open, report and diff", File: "run.jsonl"},
		{Name: "markdown", Title: "for a pull request", File: "run.md"},
		{Name: "html", Title: "a page of its own", File: "run.html"},
		{Name: "junit", Title: "for CI", File: "run.xml"},
		{Name: "sarif", Title: "for code scanning", File: "run.sarif"},
		{Name: "text", Title: "as assay run prints it", File: "run.txt"},
		{Name: expectationsFormat, Title: "what fails now, so that later runs fail for what is new", File: "known.yaml"},
	}
}

// Export writes a run to a file.
func (e *engine) Export(recording *reports.Recording, name, file string, replace bool) (string, error) {
	path, err := e.app.absolute(file)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return path, fs.ErrExist
	}
	if name == expectationsFormat {
		return path, e.exportExpectations(recording, path)
	}
	f, err := formatNamed("the format", name)
	if err != nil {
		return "", err
	}
	return path, toFile(path, f.private, func(w io.Writer) error {
		h := f.render(w, reports.TextOptions{})
		for _, r := range recording.Records() {
			if err := h.Handle(r); err != nil {
				return closed(h, err)
			}
		}
		return h.Close()
	})
}

// exportExpectations writes the expectations under which the run would be green.
func (e *engine) exportExpectations(recording *reports.Recording, path string) error {
	cases := make(caseIndex)
	var ids []string
	for _, c := range recording.Cases {
		cases[c.ID] = c
		ids = append(ids, c.ID)
	}
	list, err := e.listed(ids)
	if err != nil {
		return err
	}
	text, err := run.WriteExpectations(nil, list, cases).Marshal()
	if err != nil {
		return err
	}
	return toFile(path, false, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// toFile makes a file of what write writes, or none if that fails.
func toFile(path string, private bool, write func(io.Writer) error) error {
	file, err := createFile(path, private)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		file.discard()
		return err
	}
	return file.Close()
}

// absolute returns the absolute path of a file that was typed without a shell,
// which would have replaced the tilde.
func (a *app) absolute(file string) (string, error) {
	if rest, ok := strings.CutPrefix(file, "~/"); ok {
		home := a.getenv("HOME")
		if home == "" {
			return "", errors.New("~ means nothing here: HOME is not set")
		}
		file = filepath.Join(home, rest)
	}
	return filepath.Abs(file)
}
