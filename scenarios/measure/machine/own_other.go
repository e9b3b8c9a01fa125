//go:build !unix

package machine

import (
	"errors"
	"time"
)

// ownTime reports that the CPU time of this process is unknown.
func ownTime() (time.Duration, error) { return 0, errors.ErrUnsupported }
