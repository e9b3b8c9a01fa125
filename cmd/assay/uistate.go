package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/tui"
)

// maxUIState is the size in bytes of the largest file of the state of the
// terminal UI that is read. What is written is smaller by far.
const maxUIState = 256 << 10

// uiState is the file in which the terminal UI keeps how it looks and what was
// typed.
type uiState struct{ name string }

func (a *app) uiState() (uiState, error) {
	folder, err := a.stateFolder()
	return uiState{filepath.Join(folder, "ui.json")}, err
}

// remember gives the terminal UI what the last session left, and lets it keep
// what changes. A file that it has not written is ignored, which it says, and
// replaced at the first change, unless it is no regular file.
func (a *app) remember(opts *tui.Options) {
	state, err := a.uiState()
	if err != nil {
		return // as the list of recorded runs explains
	}
	opts.Remember = state.write
	opts.Memory, err = state.read()
	if err == nil {
		return
	}
	opts.Notice = fmt.Sprintf("ignored: %v", err)
	if info, err := os.Stat(state.name); err != nil || !info.Mode().IsRegular() {
		opts.Remember = nil
	}
}

// read returns what the last session left, and the zero value if there was
// none.
func (s uiState) read() (tui.Memory, error) {
	var m tui.Memory
	text, err := intake.ReadFile(s.name, maxUIState)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = intake.JSON(s.name, text, &m)
	}
	if err != nil {
		return tui.Memory{}, err
	}
	return m, nil
}

// write replaces the file, which only its owner may read.
func (s uiState) write(m tui.Memory) error {
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.name), 0o700); err != nil {
		return err
	}
	file, err := createFile(s.name, true)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(text, '\n')); err != nil {
		file.discard()
		return err
	}
	return file.Close()
}
