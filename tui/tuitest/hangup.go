package tuitest

import (
	"io"

	"github.com/charmbracelet/x/vt"
)

// HangUp ends the answers of an emulator. Its Close does so too, but races
// with a reader.
func HangUp(screen *vt.Emulator) {
	_ = screen.InputPipe().(io.Closer).Close()
}
