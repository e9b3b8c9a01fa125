package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/scenarios/implementations/go-peers/paired"
	"github.com/assay-id/assay/verifier"
)

// comparison is one line of the table: how much longer right takes than left.
type comparison struct {
	Section string `json:"section"`
	Left    string `json:"left"`
	Right   string `json:"right"`
	Version string `json:"version,omitempty"` // of the right side
	Alg     string `json:"alg"`

	paired.Result `json:"short"`

	// Long is the ratio with the garbage collector in it. It is missing where
	// the sides work on several cores.
	Long *paired.Result `json:"long,omitempty"`

	// Allocs and Bytes are what one call of the right side allocates.
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"`
}

// side is one side of a comparison.
type side struct {
	name    string
	version string
	call    func() error
	refuses bool // whether an error is what is wanted
}

// run returns the calls of s for the estimator. A wrong outcome is counted, so
// that a side that fails fast does not look fast.
func (s *side) run(wrong *int) paired.Func {
	return func(n int) {
		for range n {
			if (s.call() != nil) != s.refuses {
				*wrong++
			}
		}
	}
}

// bench carries out comparisons.
type bench struct {
	env   *environment
	only  string
	quick bool
	seed  uint64
	told  func(comparison) // is told of each
}

// options are those of a comparison. A quick one says little.
func (b *bench) options() paired.Options {
	o := paired.Options{Seed: b.seed}
	if b.quick {
		o.MinEpochs, o.MaxEpochs, o.Epoch, o.Pause = 2, 2, 20*time.Millisecond, time.Millisecond
	}
	return o
}

// compare measures two sides on one core.
func (b *bench) compare(section, alg string, left, right side) (comparison, error) {
	c := comparison{Section: section, Left: left.name, Right: right.name, Version: right.version, Alg: alg}
	if !strings.Contains(section+" "+alg+" "+left.name+" "+right.name, b.only) {
		return c, nil
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	wrong := 0
	leftRun, rightRun := left.run(&wrong), right.run(&wrong)
	var err error
	if c.Result, err = paired.Compare(leftRun, rightRun, b.options()); err != nil {
		return c, err
	}
	long := b.options()
	if !b.quick {
		long.MinEpochs, long.MaxEpochs, long.Width = 5, 8, 0.01
	}
	result, err := paired.CompareLong(leftRun, rightRun, long)
	if err != nil {
		return c, err
	}
	c.Long = &result
	c.Allocs, c.Bytes = allocations(rightRun)
	if wrong > 0 {
		return c, fmt.Errorf("%s against %s: %d calls did not end as they must", left.name, right.name, wrong)
	}
	b.told(c)
	return c, nil
}

// allocations returns the objects and bytes that one call allocates. It reads
// the statistics outside of what is measured: runtime/metrics does not see what
// the processors still hold.
func allocations(f paired.Func) (objects, bytes float64) {
	const calls = 1000
	f(10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f(calls)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / calls, float64(after.TotalAlloc-before.TotalAlloc) / calls
}

// errNoisy reports that the bare check does not take as long as itself.
var errNoisy = errors.New("the machine is too busy: the bare check against itself does not come out as 1")

// maxNoise is how far from one the ratio of a side to itself may be.
const maxNoise = 0.002

// control compares the bare check with itself.
func (b *bench) control() error {
	left, err := b.bare("RS256")
	if err != nil {
		return err
	}
	c, err := b.compare("control", "RS256", left, left)
	if err != nil || c.Epochs == 0 || b.quick {
		return err
	}
	if c.High < 1-maxNoise || c.Low > 1+maxNoise {
		return errNoisy
	}
	return nil
}

// bare is the left side of most comparisons.
func (b *bench) bare(alg string) (side, error) {
	raw := b.env.token(alg)
	v, err := newBare(b.env, alg, raw)
	return side{name: "bare check", call: func() error { return v(raw) }}, err
}

// ours is our verifier with a change to its configuration, on a token.
func (b *bench) ours(name, alg, raw string, change func(*verifier.Config)) (side, error) {
	v, err := assayWith(b.env, alg, change)
	return side{name: name, call: func() error { return v(raw) }}, err
}

// cached remembers verified tokens.
func cached(c *verifier.Config) { c.Cache.Tokens = 1000 }

// sideBySide compares every peer with the bare check and with ours, which is
// the first.
func (b *bench) sideBySide(alg string) error {
	bare, err := b.bare(alg)
	if err != nil {
		return err
	}
	raw := b.env.token(alg)
	var sides []side
	for _, p := range peers() {
		v, err := p.prove(b.env, alg)
		if err != nil {
			return err
		}
		sides = append(sides, side{name: p.name, version: version(p.module), call: func() error { return v(raw) }})
	}
	remembered, err := b.ours("assay, remembered", alg, raw, cached)
	if err != nil {
		return err
	}
	for _, s := range append(sides, remembered) {
		if _, err := b.compare("to the bare check", alg, bare, s); err != nil {
			return err
		}
	}
	for _, s := range sides[1:] {
		if _, err := b.compare("to assay", alg, sides[0], s); err != nil {
			return err
		}
	}
	return nil
}

// refusals compares what tokens cost that are refused.
func (b *bench) refusals() error {
	const alg = "RS256"
	bare, err := b.bare(alg)
	if err != nil {
		return err
	}
	good := b.env.token(alg)
	input, _ := parts(good)
	_, payload, _ := strings.Cut(input, ".")
	header := func(text string) string { return encode([]byte(text)) }
	for _, t := range []struct{ name, raw string }{
		{"no token at all", "garbage"},
		{"a mebibyte of dots", strings.Repeat(".", 1<<20)},
		{"alg none", header(`{"alg":"none"}`) + "." + payload + "."},
		{"another issuer's", b.env.sign(alg, b.env.claims(map[string]any{"iss": "https://evil.example"}), false)},
		{"an unknown key", header(`{"alg":"RS256","kid":"forged"}`) + good[strings.IndexByte(good, '.'):]},
		{"a forged signature", b.env.sign(alg, b.env.claims(nil), true)},
		{"expired", b.env.sign(alg, b.env.claims(map[string]any{"exp": 1}), false)},
	} {
		s, err := b.ours("refused: "+t.name, alg, t.raw, nil)
		if err != nil {
			return err
		}
		s.refuses = true
		if _, err := b.compare("refusals", alg, bare, s); err != nil {
			return err
		}
	}
	return nil
}

// sizes compares tokens of several sizes, each with the bare check of its own.
func (b *bench) sizes() error {
	const alg = "RS256"
	for _, n := range []int{512, 1 << 10, 2 << 10, 4 << 10, 8 << 10} {
		claims := b.env.claims(sized(n))
		if n < 1<<10 {
			claims = map[string]any{"iss": b.env.issuer(), "sub": "usr_1", "aud": clientID, "iat": claims["iat"], "exp": claims["exp"]}
		}
		raw := b.env.sign(alg, claims, false)
		v, err := newBare(b.env, alg, raw)
		if err != nil {
			return err
		}
		ours, err := b.ours(fmt.Sprintf("assay, %d bytes", len(raw)), alg, raw, nil)
		if err != nil {
			return err
		}
		if _, err := b.compare("token size", alg, side{name: "bare check", call: func() error { return v(raw) }}, ours); err != nil {
			return err
		}
	}
	return nil
}

// keys compares sets of several sizes with one of two keys.
func (b *bench) keys() error {
	const alg = "RS256"
	raw := b.env.token(alg)
	with := func(others int) (side, error) {
		source, err := verifier.Static(b.env.jwkSet(others))
		if err != nil {
			return side{}, err
		}
		return b.ours(fmt.Sprintf("assay, %d keys", others+2), alg, raw, func(c *verifier.Config) { c.Keys = source })
	}
	few, err := with(0)
	if err != nil {
		return err
	}
	for _, others := range []int{98, 998} {
		many, err := with(others)
		if err != nil {
			return err
		}
		if _, err := b.compare("keys in the set", alg, few, many); err != nil {
			return err
		}
	}
	return nil
}

// cores compares two cores with one: each call of the right side is two calls
// of the left one, at the same time. A ratio of one is perfect.
func (b *bench) cores() error {
	if runtime.NumCPU() < 2 {
		return nil
	}
	for _, change := range []func(*verifier.Config){nil, cached} {
		name := "assay"
		if change != nil {
			name = "assay, remembered"
		}
		if !strings.Contains("cores RS256 "+name, b.only) {
			continue
		}
		raw := b.env.token("RS256")
		s, err := b.ours(name+", one core", "RS256", raw, change)
		if err != nil {
			return err
		}
		wrong := [2]int{}
		one := s.run(&wrong[0])
		two := func(n int) {
			var other sync.WaitGroup
			other.Go(func() { s.run(&wrong[1])(n) })
			one(n)
			other.Wait()
		}
		o := b.options()
		if !b.quick {
			o.Slice, o.Epoch = 20*time.Millisecond, time.Second
		}
		c := comparison{Section: "cores", Left: s.name, Right: name + ", two cores, twice the calls", Alg: "RS256"}
		if c.Result, err = paired.Compare(one, two, o); err != nil {
			return err
		}
		if wrong != [2]int{} {
			return fmt.Errorf("%s: %v calls were refused", name, wrong)
		}
		b.told(c)
	}
	return nil
}

// all carries out every comparison.
func (b *bench) all() error {
	for _, part := range []func() error{
		b.control,
		func() error { return b.sideBySide("RS256") },
		func() error { return b.sideBySide("ES256") },
		b.refusals, b.sizes, b.keys, b.cores,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}
