//go:build !linux

package load

import "time"

// canNap says that this system has no precise waits.
const canNap = false

func nap(d time.Duration) { time.Sleep(d) }
