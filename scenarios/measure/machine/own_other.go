//go:build !unix

package machine

import (
	"errors"
	"time"
)

// OwnTime reports that the CPU time of this process is unknown.
func OwnTime() (time.Duration, error) { return 0, errors.ErrUnsupported }
