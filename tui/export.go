package tui

import (
	"errors"
	"io/fs"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// Exporter writes what is on the Scenarios screen to files.
type Exporter interface {
	// Formats lists what a run can be written as. It must return at once.
	Formats() []ExportFormat

	// Export writes a run to a file and returns the absolute path of the file.
	// If the file exists and replace is not set, the error is fs.ErrExist and
	// nothing is written.
	Export(run *reports.Recording, format, file string, replace bool) (path string, err error)
}

// ExportFormat is something that a run can be written as. File is a usual name
// for it.
type ExportFormat struct {
	Name, Title, File string
}

// export is a wish to write a run to a file.
type export struct {
	run          *reports.Recording
	format, file string
}

// chooseExport opens the list of formats, and then that of file names.
func (a *app) chooseExport() tea.Cmd {
	run := a.scenarios.recording()
	switch {
	case len(run.Cases) == 0:
		return a.toast("nothing has been judged yet", true)
	case a.live != nil:
		return a.toast("a run is in progress: stop it first", true)
	}
	c := &chooser{title: "write the results on the screen"}
	for _, f := range a.engine.Formats() {
		c.choices = append(c.choices, choice{name: f.Name, help: f.Title, pick: func(a *app) tea.Cmd {
			a.chooseFile(run, f)
			return nil
		}})
	}
	a.overlay = c
	return nil
}

func (a *app) chooseFile(run *reports.Recording, f ExportFormat) {
	pick := func(file, help string) choice {
		return choice{name: reports.Escape(file), help: help, pick: func(a *app) tea.Cmd {
			return write(a.engine, export{run, f.Name, file}, false)
		}}
	}
	c := &chooser{title: f.Name + ": type the name of the file", choices: []choice{pick(f.File, "in the working folder")}}
	c.other = func(text string) choice { return pick(text, "write this file") }
	a.overlay = c
}

// write asks the engine to write a run.
func write(e Engine, x export, replace bool) tea.Cmd {
	return func() tea.Msg {
		path, err := e.Export(x.run, x.format, x.file, replace)
		return writtenMsg{x, path, err}
	}
}

// written says where a run was written, or asks before it replaces a file.
func (a *app) written(msg writtenMsg) tea.Cmd {
	switch {
	case errors.Is(msg.err, fs.ErrExist):
		a.overlay = &confirm{
			title: "replace", question: reports.Escape(msg.path) + " exists. Replace it?",
			yes: func(a *app) tea.Cmd { return write(a.engine, msg.export, true) },
		}
	case msg.err != nil:
		a.showError("not written", msg.err)
	default:
		return a.toast("written: "+reports.Escape(msg.path), false)
	}
	return nil
}
