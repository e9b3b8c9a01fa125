package main

import "time"

// positive refuses the value of a flag that makes no sense at zero or below.
// The packages behind the flags take a zero for their default, and somebody who
// types one does not mean that.
func positive[T int | time.Duration](flag string, value T) error {
	if value > 0 {
		return nil
	}
	return usage("--%s is %v, want more than 0", flag, value)
}
