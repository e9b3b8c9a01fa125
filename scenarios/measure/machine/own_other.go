//go:build !unix

package machine

import (
	"errors"
	"time"
)

// ownTime is not known here.
func ownTime() (time.Duration, error) { return 0, errors.ErrUnsupported }
