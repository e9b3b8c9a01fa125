//go:build !linux

package load

import "time"

// canNap tells that this system has no precise waits.
const canNap = false

func prepareNap() {}

func nap(d time.Duration) { time.Sleep(d) }
