//go:build !unix

package implementations_test

import "os/exec"

// There are no sessions and no such signals here.

func detach(*exec.Cmd) {}

func ignoreSignals() {}

func stopSelf() { select {} }
