//go:build !unix

package implementations_test

import "os/exec"

// detach does nothing: there are no sessions here.
func detach(*exec.Cmd) {}
