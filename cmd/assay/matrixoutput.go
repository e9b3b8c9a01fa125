package main

import (
	"bytes"
	"cmp"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/reports/html"
)

// matrixOutput selects the formats of a matrix and where each goes.
type matrixOutput struct {
	format  string
	outputs []string
	color   string
	quiet   bool
}

// matrixFormat is a rendering of a matrix.
type matrixFormat struct {
	name, ending string
	render       func(m *reports.Matrix, w io.Writer, color bool) error
}

// matrixFormats lists them. The first is the default.
func matrixFormats() []matrixFormat {
	return []matrixFormat{
		{"text", ".txt", (*reports.Matrix).Text},
		{"markdown", ".md", func(m *reports.Matrix, w io.Writer, _ bool) error { return m.Markdown(w) }},
		{"html", ".html", func(m *reports.Matrix, w io.Writer, _ bool) error { return html.WriteMatrix(w, m) }},
		{"json", ".json", func(m *reports.Matrix, w io.Writer, _ bool) error { return m.JSON(w) }},
	}
}

func matrixFormatNames() []string {
	var names []string
	for _, f := range matrixFormats() {
		names = append(names, f.name)
	}
	return names
}

func (o *matrixOutput) register(cmd *cobra.Command) {
	names := strings.Join(matrixFormatNames(), ", ")
	cmd.Flags().StringVar(&o.format, "format", "", "`format` of standard output: "+names+" (default text)")
	cmd.Flags().StringArrayVarP(&o.outputs, "output", "o", nil,
		"also write to this `file`, whose ending chooses the format (.txt .md .html .json), or FORMAT:FILE; may be repeated")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print only the closing line on standard output, and no progress")
	cmd.Flags().StringVar(&o.color, "color", "auto", colorHelp)
}

// matrixFile is one output. Its name is empty for standard output.
type matrixFile struct {
	matrixFormat
	name string
}

// list returns the outputs, standard output first.
func (o *matrixOutput) list() ([]matrixFile, error) {
	if o.quiet && o.format != "" {
		return nil, usage("--quiet and --format contradict each other, want one of them")
	}
	name := cmp.Or(o.format, matrixFormats()[0].name)
	i := slices.Index(matrixFormatNames(), name)
	if i < 0 {
		return nil, usageHint(hintNear("see assay matrix --help", name, matrixFormatNames()),
			"--format is %q, want one of %s", name, strings.Join(matrixFormatNames(), ", "))
	}
	files := []matrixFile{{matrixFormat: matrixFormats()[i]}}
	for _, value := range o.outputs {
		format, name, err := splitOutput(value)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(matrixFormats(), func(f matrixFormat) bool {
			return f.name == format || format == "" && f.ending == filepath.Ext(name)
		})
		switch {
		case name == stdoutName:
			return nil, usageHint("--format markdown chooses the format of standard output", "--output: standard output has the comparison already")
		case i < 0:
			return nil, usageHint("-o matrix.html or -o html:FILE writes a page",
				"--output is %q, want one of the formats %s, or a file whose ending names one", value, strings.Join(matrixFormatNames(), ", "))
		}
		if slices.ContainsFunc(files, func(f matrixFile) bool { return f.name == filepath.Clean(name) }) {
			return nil, usage("--output: two outputs go to %s", filepath.Clean(name))
		}
		files = append(files, matrixFile{matrixFormats()[i], filepath.Clean(name)})
	}
	return files, nil
}

// write writes m everywhere.
func (o *matrixOutput) write(a *app, m *reports.Matrix) error {
	files, err := o.list()
	if err != nil {
		return err
	}
	colored, err := a.colored(o.color)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.name != "" {
			if err := writeMatrixFile(f, m); err != nil {
				return err
			}
		}
	}
	if o.quiet {
		return a.print(m.Line() + "\n")
	}
	return files[0].render(m, a.stdout, colored)
}

func writeMatrixFile(f matrixFile, m *reports.Matrix) error {
	var b bytes.Buffer
	if err := f.render(m, &b, false); err != nil {
		return err
	}
	file, err := createFile(f.name, false)
	if err != nil {
		return usage("--output: %v", err)
	}
	if _, err := file.Write(b.Bytes()); err != nil {
		file.discard()
		return err
	}
	return file.Close()
}
