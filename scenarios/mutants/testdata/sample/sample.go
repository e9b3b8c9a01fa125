// Command sample is changed by the tests. It prints what its functions return.
package main

import (
	"fmt"
	"os"
	"time"
)

const limit = 3

type colour int

const (
	red colour = iota + 1
	green
)

type refusal struct {
	Reason, Detail string
}

var names = []string{"none", "red", "green"}

func both(n int, b bool) bool { return n < limit && !b }

func refuse(n int) *refusal {
	if n == 0 {
		return &refusal{Reason: "ZERO", Detail: "it is zero"}
	}
	return nil
}

func mix(n int) (colour, time.Duration) {
	sum := 0
	for i := range n {
		sum += i * 2
	}
	if sum > 5 {
		return green, time.Minute
	}
	return red, 0
}

func minus(a, b int) int { return a - b }

func main() {
	c, d := mix(3)
	fmt.Fprintln(os.Stdout, both(2, false), both(3, false), both(2, true), refuse(0), refuse(1), names[c], d, minus(5, 3))
}
