// Package point is the switch that mutated source calls. A program in which
// every change to the verifier is compiled in asks it at each of them whether
// the change is on; at most one is.
//
// Only generated source and the programs that drive it import the package. Its
// functions are safe for concurrent use.
package point

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"sync/atomic"
)

// The environment variables that programs obey which nobody steers while they
// run, such as tests.
const (
	// ActiveVariable holds the number of the change that is on from the start.
	ActiveVariable = "ASSAY_MUTANT"

	// ReachVariable names a file to which the number of each change that would
	// make a difference is appended, a line each.
	ReachVariable = "ASSAY_MUTANT_REACH"
)

// Limit bounds the numbers of changes, which begin with one.
const Limit = 1 << 14

var (
	active = activeAtStart()
	record = openRecord()

	reached, differed [Limit]atomic.Bool
)

func activeAtStart() *atomic.Int64 {
	number := new(atomic.Int64)
	if text := os.Getenv(ActiveVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(fmt.Sprintf("point: %s: %v", ActiveVariable, err))
		}
		number.Store(int64(n))
	}
	return number
}

func openRecord() *os.File {
	name := os.Getenv(ReachVariable)
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		panic(fmt.Sprintf("point: %v", err))
	}
	return f
}

// Set turns the change with this number on and every other one off. Zero turns
// all off.
func Set(number int) { active.Store(int64(number)) }

// Reached returns the numbers of the changes whose code ran since the last
// call, and of those that would have made a difference there: another value, or
// another way through the code. Only these can change what a program does.
func Reached() (ran, different []int) {
	for number := range reached {
		if reached[number].Swap(false) {
			ran = append(ran, number)
		}
		if differed[number].Swap(false) {
			different = append(different, number)
		}
	}
	return ran, different
}

// reach records that the code of a change runs, and whether the change makes a
// difference there, and reports whether it does so and is on.
func reach(number int, different bool) bool {
	if !reached[number].Load() {
		reached[number].Store(true)
	}
	if !different {
		return false
	}
	if !differed[number].Load() && !differed[number].Swap(true) && record != nil {
		fmt.Fprintln(record, number)
	}
	return Is(number)
}

// On records that the code of a change that always makes a difference runs, and
// reports whether it is on.
func On(number int) bool { return reach(number, true) }

// Is reports whether a change is on.
func Is(number int) bool { return active.Load() == int64(number) }

// True returns b, or true.
func True(number int, b bool) bool { return reach(number, !b) || b }

// False returns b, or false.
func False(number int, b bool) bool { return !reach(number, b) && b }

// Not returns b, or the contrary.
func Not(number int, b bool) bool { return On(number) != b }

// Either returns the value of was, or that of is. Neither may have an effect.
func Either[T comparable](number int, is, was func() T) T {
	if Is(number) {
		return is()
	}
	v := was()
	if !differed[number].Load() {
		reach(number, differs(is, v))
	}
	return v
}

// differs reports whether f returns another value than v, or panics.
func differs[T comparable](f func() T, v T) (different bool) {
	defer func() {
		if recover() != nil {
			different = true
		}
	}()
	return f() != v
}

// Zero returns v, or the zero value.
func Zero[T any](number int, v T) T {
	if reach(number, !isZero(v)) {
		return *new(T)
	}
	return v
}

func isZero[T any](v T) bool {
	r := reflect.ValueOf(v)
	return !r.IsValid() || r.IsZero()
}

// Number is a type with arithmetic.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

// Plus returns v, or one more.
func Plus[T Number](number int, v T) T {
	if On(number) {
		return v + 1
	}
	return v
}

// Minus returns v, or one less.
func Minus[T Number](number int, v T) T {
	if On(number) {
		return v - 1
	}
	return v
}

// Twice returns v, or twice as much.
func Twice[T Number](number int, v T) T {
	if On(number) {
		return v * 2
	}
	return v
}

// Half returns v, or half of it.
func Half[T Number](number int, v T) T {
	if On(number) {
		return v / 2
	}
	return v
}

// Text returns s, or another text.
func Text[T ~string](number int, s T) T {
	if On(number) {
		return s + "x"
	}
	return s
}

// Swap returns a and b, or b and a.
func Swap[T any](number int, a, b T) (T, T) {
	if reach(number, !reflect.DeepEqual(a, b)) {
		return b, a
	}
	return a, b
}
