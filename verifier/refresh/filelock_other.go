//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package refresh

import (
	"errors"
	"os"
)

// lock refuses: without locks two processes would sign each other's users out.
func lock(*os.File) error { return errors.ErrUnsupported }
