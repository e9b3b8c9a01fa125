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
	engine := a.engine
	a.askFile(f.Name, f.File, func(file string, replace bool) (string, error) {
		return engine.Export(run, f.Name, file, replace)
	})
}

// askFile asks for the name of a file, and has it written.
func (a *app) askFile(what, usual string, write func(file string, replace bool) (string, error)) {
	pick := func(file, help string) choice {
		return choice{name: reports.Escape(file), help: help, pick: func(*app) tea.Cmd {
			return written(func(replace bool) (string, error) { return write(file, replace) }, false)
		}}
	}
	c := &chooser{title: what + ": type the name of the file", choices: []choice{pick(usual, "in the working folder")}}
	c.other = func(text string) choice { return pick(text, "write this file") }
	a.overlay = c
}

// written writes a file and says how that went.
func written(write func(replace bool) (string, error), replace bool) tea.Cmd {
	return func() tea.Msg {
		path, err := write(replace)
		return writtenMsg{write, path, err}
	}
}

// showWritten says where a file was written, or asks before it replaces a file.
func (a *app) showWritten(msg writtenMsg) tea.Cmd {
	switch {
	case errors.Is(msg.err, fs.ErrExist):
		a.overlay = &confirm{
			title: "replace", question: reports.Escape(msg.path) + " exists. Replace it?",
			yes: func(*app) tea.Cmd { return written(msg.write, true) },
		}
	case msg.err != nil:
		a.showError("not written", msg.err)
	default:
		return a.toast("written: "+reports.Escape(msg.path), false)
	}
	return nil
}
