package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/reports/html"
)

// format is a rendering of a stream that --format and -o can ask for.
type format struct {
	name   string
	ending string // of a file whose name chooses the format; empty if none does
	render func(io.Writer, reports.TextOptions) reports.Handler

	// private files are for their owner alone. A recording has whole tokens and
	// whatever the implementation answered; the other formats are made to be
	// published.
	private bool
}

// formats lists what --format and -o can ask for. Its first entry is the
// default.
func formats() []format {
	return []format{
		{name: "text", ending: ".txt", render: func(w io.Writer, o reports.TextOptions) reports.Handler { return reports.NewText(w, o) }},
		{name: "jsonl", ending: ".jsonl", render: plainly(reports.NewWriter), private: true},
		{name: "junit", ending: ".xml", render: plainly(reports.NewJUnit)},
		{name: "markdown", ending: ".md", render: plainly(reports.NewMarkdown)},
		{name: "sarif", ending: ".sarif", render: plainly(reports.NewSARIF)},
		{name: "github", render: plainly(reports.NewAnnotations)}, // a step's output, not a file
		{name: "gobench", ending: ".bench", render: plainly(reports.NewGoBench)},
		{name: "html", ending: ".html", render: plainly(html.New)},
		{name: "hdr", ending: ".hlog", render: plainly(reports.NewHDRLog)},
		{name: "part", ending: ".part", render: plainly(reports.NewPack), private: true},
	}
}

// plainly adapts the constructor of a rendering without options.
func plainly[H reports.Handler](open func(io.Writer) H) func(io.Writer, reports.TextOptions) reports.Handler {
	return func(w io.Writer, _ reports.TextOptions) reports.Handler { return open(w) }
}

// formatNames lists the names of all formats.
func formatNames() string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// formatNamed returns the format that flag names.
func formatNamed(flag, name string) (format, error) {
	all := formats()
	i := slices.IndexFunc(all, func(f format) bool { return f.name == name })
	if i < 0 {
		return format{}, usageHint(hintNear("see assay run --help", name, strings.Split(formatNames(), ", ")),
			"%s is %q, want one of %s", flag, name, formatNames())
	}
	return all[i], nil
}

// formatOf returns the format that the ending of a file name chooses. A name
// without an ending, and standard output, get the default.
func formatOf(name string) (format, error) {
	all := formats()
	ending := filepath.Ext(name)
	if ending == "" || name == stdoutName {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(f format) bool { return f.ending == ending })
	if i < 0 {
		return format{}, usageHint(fmt.Sprintf("-o FORMAT:%s writes any format: %s", name, formatNames()),
			"--output: the ending of %q names no format", name)
	}
	return all[i], nil
}

// endings lists the endings that choose a format.
func endings() string {
	var known []string
	for _, f := range formats() {
		if f.ending != "" {
			known = append(known, f.ending)
		}
	}
	return strings.Join(known, " ")
}
