package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/verifier"
)

// comparison is one line of the table: how much longer right takes than left.
type comparison struct {
	Section string `json:"section"`
	Left    string `json:"left"`
	Right   string `json:"right"`
	Version string `json:"version,omitempty"` // the version of the right side
	Alg     string `json:"alg"`

	Result paired.Result `json:"result"`
}

// side is one side of a comparison.
type side struct {
	name    string
	version string
	call    func() error
	refuses bool // whether an error is wanted
}

// run returns the calls of s for the estimator. A wrong outcome is counted, so
// that a side that fails fast does not look fast.
func (s *side) run(wrong *int) func(n int) {
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

// pair is a comparison that has not been carried out.
type pair struct {
	section, alg string
	left, right  side
	collected    bool // with garbage collection, too
}

// options returns the options of a comparison. A quick one says little.
func (b *bench) options() paired.Options {
	o := paired.Options{Seed: b.seed, SkipSelfCheck: true, Precision: 0.005, MaxEpochs: 12}
	if b.quick {
		o = paired.Options{
			Seed: b.seed, SkipSelfCheck: true, Epochs: 3, EpochTime: 10 * time.Millisecond, Pause: time.Millisecond,
			CollectedSliceTime: time.Millisecond, Warmup: time.Millisecond,
		}
	}
	return o
}

// selected reports whether the description of a comparison has the text that
// the user wants.
func (b *bench) selected(words ...string) bool {
	return strings.Contains(strings.Join(words, " "), b.only)
}

// compare measures pairs on one core, an epoch of each by turns: what would be
// a pause between two epochs of one pair measures the others.
func (b *bench) compare(ctx context.Context, pairs []pair) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	turns := newTurns()
	results := make([]comparison, len(pairs))
	var measuring sync.WaitGroup
	for i, p := range pairs {
		if !b.selected(p.section, p.alg, p.left.name, p.right.name) {
			continue
		}
		measuring.Go(func() {
			turns.take()
			defer turns.give()
			var err error
			if results[i], err = b.one(ctx, p, turns.sleep); err != nil {
				stop(err)
			}
		})
	}
	measuring.Wait()
	for _, c := range results {
		if c.Result.Epochs >= paired.FewestEpochs { // fewer if it was interrupted
			b.told(c)
		}
	}
	return context.Cause(ctx)
}

// one measures a pair. sleep is called between two epochs.
func (b *bench) one(ctx context.Context, p pair, sleep func(context.Context, time.Duration)) (comparison, error) {
	c := comparison{
		Section: p.section, Left: p.left.name, Right: p.right.name, Version: p.right.version, Alg: p.alg,
	}
	o := b.options()
	if o.Sleep = sleep; !p.collected {
		o.Collect = paired.CollectNever
	}
	wrong := 0
	result, err := paired.Estimate(ctx, p.left.run(&wrong), p.right.run(&wrong), o)
	if wrong > 0 {
		return c, fmt.Errorf("%s against %s: %d calls did not end as they must",
			p.left.name, p.right.name, wrong)
	}
	c.Result = result
	return c, err
}

// errNoisy reports that the bare check does not take as long as itself.
var errNoisy = errors.New("the machine is too busy")

// control compares the bare check with itself.
func (b *bench) control(ctx context.Context) error {
	bare, err := b.bare("RS256")
	if err != nil || b.quick {
		return err
	}
	wrong := 0
	o := b.options()
	o.Collect = paired.CollectNever
	result, err := paired.Estimate(ctx, bare.run(&wrong), bare.run(&wrong), o)
	if err != nil {
		return err
	}
	result.Self = &result.Ratio
	if reason := result.Unsound(); reason != "" {
		return fmt.Errorf("%w: %s", errNoisy, reason)
	}
	b.told(comparison{
		Section: "control", Left: bare.name, Right: bare.name, Alg: "RS256", Result: result,
	})
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

// sideBySide compares every peer with the bare check and, for RS256, with ours,
// which is the first.
func (b *bench) sideBySide(alg string) ([]pair, error) {
	bare, err := b.bare(alg)
	if err != nil {
		return nil, err
	}
	raw := b.env.token(alg)
	var sides []side
	for _, p := range peers() {
		v, err := p.prove(b.env, alg)
		if err != nil {
			return nil, err
		}
		sides = append(sides, side{
			name: p.name, version: version(p.module), call: func() error { return v(raw) },
		})
	}
	remembered, err := b.ours("assay, remembered", alg, raw, cached)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for _, s := range append(sides, remembered) {
		pairs = append(pairs, pair{section: "to the bare check", alg: alg, left: bare, right: s, collected: true})
	}
	if alg == "RS256" {
		for _, s := range sides[1:] {
			pairs = append(pairs, pair{section: "to assay", alg: alg, left: sides[0], right: s})
		}
	}
	return pairs, nil
}

// refusals compares what tokens cost that are refused.
func (b *bench) refusals() ([]pair, error) {
	const alg = "RS256"
	bare, err := b.bare(alg)
	if err != nil {
		return nil, err
	}
	var pairs []pair
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
			return nil, err
		}
		s.refuses = true
		pairs = append(pairs, pair{section: "refusals", alg: alg, left: bare, right: s})
	}
	return pairs, nil
}

// sizes compares tokens of several sizes, each with the bare check of its own.
func (b *bench) sizes() ([]pair, error) {
	const alg = "RS256"
	var pairs []pair
	for _, n := range []int{512, 1 << 10, 2 << 10, 4 << 10, 8 << 10} {
		claims := b.env.claims(sized(n))
		if n < 1<<10 {
			claims = map[string]any{
				"iss": b.env.issuer(), "sub": "usr_1", "aud": clientID, "iat": claims["iat"],
				"exp": claims["exp"],
			}
		}
		raw := b.env.sign(alg, claims, false)
		v, err := newBare(b.env, alg, raw)
		if err != nil {
			return nil, err
		}
		ours, err := b.ours(fmt.Sprintf("assay, %d bytes", len(raw)), alg, raw, nil)
		if err != nil {
			return nil, err
		}
		bare := side{name: "bare check", call: func() error { return v(raw) }}
		pairs = append(pairs, pair{section: "token size", alg: alg, left: bare, right: ours})
	}
	return pairs, nil
}

// large compares tokens of almost 32 KiB, the most that the verifier reads, with
// the bare check of an ordinary token: how much dearer can a token be?
func (b *bench) large() ([]pair, error) {
	const alg = "RS256"
	bare, err := b.bare(alg)
	if err != nil {
		return nil, err
	}
	members := make(map[string]any)
	for i := range 200 {
		members[fmt.Sprintf("https://example.com/claims/%03d", i)] = strings.Repeat("x", 70)
	}
	var pairs []pair
	for _, t := range []struct {
		name    string
		claims  map[string]any
		refused bool
	}{
		{"a long list", sized(32000), false},
		{"a name of escapes", map[string]any{"name": strings.Repeat("\u2028", 3700)}, false},
		{"200 more members", members, false},
		{"an exp of 22,000 digits", map[string]any{"exp": json.RawMessage(strings.Repeat("1", 22000))}, true},
	} {
		raw := b.env.sign(alg, b.env.claims(t.claims), false)
		s, err := b.ours(fmt.Sprintf("assay, %s, %d bytes", t.name, len(raw)), alg, raw, nil)
		if err != nil {
			return nil, err
		}
		s.refuses = t.refused
		pairs = append(pairs, pair{section: "large tokens", alg: alg, left: bare, right: s})
	}
	return pairs, nil
}

// keys compares sets of several sizes with one of two keys.
func (b *bench) keys() ([]pair, error) {
	const alg = "RS256"
	raw := b.env.token(alg)
	with := func(others int) (side, error) {
		source, err := verifier.Static(b.env.jwkSet(others))
		if err != nil {
			return side{}, err
		}
		return b.ours(fmt.Sprintf("assay, %d keys", others+2), alg, raw, func(c *verifier.Config) {
			c.Keys = source
		})
	}
	few, err := with(0)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for _, others := range []int{98, 998} {
		many, err := with(others)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{section: "keys in the set", alg: alg, left: few, right: many})
	}
	return pairs, nil
}

// cores compares two cores with one: each call of the right side is two calls
// of the left one, at the same time. A ratio of one is perfect; that of the
// bare check, which shares nothing, says what the machine has to give.
func (b *bench) cores(ctx context.Context) error {
	if runtime.NumCPU() < 2 {
		return nil
	}
	bare, err := b.bare("RS256")
	if err != nil {
		return err
	}
	cold, err := b.ours("assay", "RS256", b.env.token("RS256"), nil)
	if err != nil {
		return err
	}
	remembered, err := b.ours("assay, remembered", "RS256", b.env.token("RS256"), cached)
	if err != nil {
		return err
	}
	for _, s := range []side{bare, cold, remembered} {
		if !b.selected("cores", "RS256", s.name) {
			continue
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
			// Long enough for the start of a goroutine to be nothing.
			o.SliceTime, o.EpochTime, o.Precision = 20*time.Millisecond, 600*time.Millisecond, 0.01
		}
		o.Collect = paired.CollectNever
		result, err := paired.Estimate(ctx, one, two, o)
		switch {
		case err != nil:
			return err
		case wrong != [2]int{}:
			return fmt.Errorf("%s: %v calls were refused", s.name, wrong)
		}
		b.told(comparison{
			Section: "cores", Left: s.name + ", one core",
			Right: s.name + ", two cores, twice the calls", Alg: "RS256", Result: result,
		})
	}
	return nil
}

// all carries out every comparison.
func (b *bench) all(ctx context.Context) error {
	if err := b.control(ctx); err != nil {
		return err
	}
	var pairs []pair
	for _, part := range []func() ([]pair, error){
		func() ([]pair, error) { return b.sideBySide("RS256") },
		func() ([]pair, error) { return b.sideBySide("ES256") },
		b.refusals, b.sizes, b.large, b.keys,
	} {
		more, err := part()
		if err != nil {
			return err
		}
		pairs = append(pairs, more...)
	}
	if err := b.compare(ctx, pairs); err != nil {
		return err
	}
	return b.cores(ctx)
}
