package tui

import "time"

// cost tells what share of a core the process of the UI takes while something is
// measured: it is on the same machine.
type cost struct {
	cpu func() (time.Duration, error)

	at    time.Time
	used  time.Duration
	known float64 // the share plus 1; 0 if it is not known
}

// costPeriod is over how long the share is taken.
const costPeriod = 2 * time.Second

// look takes another reading if the last one is old enough. The first one after
// a pause only begins a period.
func (c *cost) look(now time.Time) {
	since := now.Sub(c.at)
	if c.cpu == nil || since < costPeriod {
		return
	}
	used, err := c.cpu()
	c.known = 0
	if err == nil && since < 2*costPeriod {
		c.known = 1 + (used-c.used).Seconds()/since.Seconds()
	}
	c.at, c.used = now, used
}

// share returns the share, or less than 0 if it is not known.
func (c *cost) share() float64 { return c.known - 1 }
