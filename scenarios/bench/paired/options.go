package paired

import (
	"context"
	"fmt"
	"time"
)

// Options say how long to measure. The zero value is the procedure of the
// package comment and takes about 8 s, or 13 s if a side allocates.
type Options struct {
	// Epochs is how many epochs the interval is taken over, at least 3. Zero
	// means 8.
	Epochs int

	// EpochTime is how long an epoch measures. Zero means 300 ms.
	EpochTime time.Duration

	// SliceTime is how long a slice of either function should take; it has at
	// least four operations. Zero means 200 µs: longer slices are disturbed more by other processes,
	// shorter ones by the cost of reading the clock.
	SliceTime time.Duration

	// CollectedSliceTime is the same for [Result.Collected]. Zero means 30 ms,
	// in which a program that allocates collects garbage at least once.
	CollectedSliceTime time.Duration

	// Warmup is how long each function runs before anything is measured. Zero
	// means 100 ms.
	Warmup time.Duration

	// Pause is the longest pause between two epochs; a pause takes between a
	// third of it and all of it. Zero means 300 ms.
	Pause time.Duration

	// Precision is the half width, as a ratio, that the interval should have.
	// If it is wider after Epochs, more epochs follow until it is narrow enough
	// or MaxEpochs have been measured. Where the interval lies has no influence,
	// so that measuring longer does not favour a result. Zero means that the
	// width does not matter.
	Precision float64

	// MaxEpochs bounds the epochs of one ratio. Zero means four times Epochs.
	// It matters only with Precision.
	MaxEpochs int

	// SkipSelfCheck leaves out the comparison of the first function with
	// itself, for callers that compare several functions with the same one and
	// have seen it pass.
	SkipSelfCheck bool

	// Collect says whether [Result.Collected] is measured.
	Collect Collect

	// Seed determines the order of the slices and the pauses. Zero is a seed
	// like any other.
	Seed uint64

	// Progress, unless nil, is called after each epoch, outside the timed
	// parts, on the goroutine that called Estimate. It should return soon.
	Progress func(Progress)

	// Now is the clock: the time since any fixed moment. Nil means the
	// monotonic clock. It is read twice per slice, and each slice of either
	// side includes the cost of one reading.
	Now func() time.Duration

	// Sleep waits for d or until ctx ends. Nil means a timer.
	Sleep func(ctx context.Context, d time.Duration)
}

// Collect says whether the ratio with garbage collection is measured.
type Collect int

// The zero value is CollectIfAllocating: if a side allocates in this process.
// The others are for sides in other processes, and for callers without time.
const (
	CollectIfAllocating Collect = iota
	CollectAlways
	CollectNever
)

// Progress says how far an estimation has come.
type Progress struct {
	Stage Stage
	Epoch int // how many epochs of the stage are over
	Of    int // how many are planned; it grows if Precision asks for more

	// SoFar is the ratio of the stage from the finished epochs. Its Low and
	// High are zero after the first one.
	SoFar Interval
}

// Stage names a part of an estimation, in words that can be shown.
type Stage string

// The stages, in their order.
const (
	StageSelfCheck Stage = "self-check" // the first function against itself
	StageRatio     Stage = "ratio"
	StageCollected Stage = "ratio with garbage collection"
)

// DefaultEpochs is what zero means for Options.Epochs.
const DefaultEpochs = 8

// FewestEpochs is the minimum of Options.Epochs: with two epochs, the t quantile is
// 12.7 and the interval means nothing.
const FewestEpochs = 3

// withDefaults returns o with its zero values replaced, or the first mistake in
// it.
func (o Options) withDefaults() (Options, error) {
	if o.Epochs == 0 {
		o.Epochs = DefaultEpochs
	}
	for _, d := range []struct {
		name  string
		field *time.Duration
		zero  time.Duration
	}{
		{"EpochTime", &o.EpochTime, 300 * time.Millisecond},
		{"SliceTime", &o.SliceTime, 200 * time.Microsecond},
		{"CollectedSliceTime", &o.CollectedSliceTime, 30 * time.Millisecond},
		{"Warmup", &o.Warmup, 100 * time.Millisecond},
		{"Pause", &o.Pause, 300 * time.Millisecond},
	} {
		if *d.field < 0 {
			return o, fmt.Errorf("option %s is %v, want 0 or more", d.name, *d.field)
		}
		if *d.field == 0 {
			*d.field = d.zero
		}
	}
	if o.MaxEpochs == 0 {
		o.MaxEpochs = 4 * o.Epochs
	}
	switch {
	case o.Epochs < FewestEpochs:
		return o, fmt.Errorf("option Epochs is %d, want at least %d", o.Epochs, FewestEpochs)
	case o.MaxEpochs < o.Epochs:
		return o, fmt.Errorf("option MaxEpochs is %d, want at least Epochs, %d",
			o.MaxEpochs, o.Epochs)
	case o.Precision < 0:
		return o, fmt.Errorf("option Precision is %v, want 0 or more", o.Precision)
	case o.SliceTime > o.EpochTime:
		return o, fmt.Errorf("option SliceTime is %v, want at most EpochTime, %v",
			o.SliceTime, o.EpochTime)
	}
	if o.Now == nil {
		base := time.Now()
		o.Now = func() time.Duration { return time.Since(base) }
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o, nil
}

func sleep(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
