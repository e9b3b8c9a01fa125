package versus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/assay-id/assay/verifier"
)

// job is the first line that a worker reads.
type job struct {
	Issuer   string          `json:"issuer"`
	ClientID string          `json:"client_id"`
	Keys     json.RawMessage `json:"keys"` // a JWK Set
	Tokens   []string        `json:"tokens"`
}

// ready answers a job. The allocations are those of one verification.
type ready struct {
	AllocsPerOp float64 `json:"allocs_per_op"`
	BytesPerOp  float64 `json:"bytes_per_op"`
	Error       string  `json:"error,omitempty"`
}

// order asks for the verification of n tokens.
type order struct {
	N int `json:"n"`
}

// done answers an order.
type done struct {
	NS    int64 `json:"ns"`
	Wrong int   `json:"wrong"` // tokens that were refused
}

// Work is a worker: it reads a job and then orders from in, one JSON value a
// line, and answers each on out, until in ends. The lines are how two builds
// talk to each other, so a change of them has to keep both sides working.
func Work(in io.Reader, out io.Writer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	var j job
	if err := dec.Decode(&j); err != nil {
		return fmt.Errorf("reading the job: %w", err)
	}
	verify, err := j.verify()
	if err != nil {
		return enc.Encode(ready{Error: err.Error()})
	}
	if err := enc.Encode(allocations(verify, len(j.Tokens))); err != nil {
		return err
	}
	for {
		var o order
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading an order: %w", err)
		}
		began := time.Now()
		wrong := verify(o.N)
		if err := enc.Encode(done{NS: time.Since(began).Nanoseconds(), Wrong: wrong}); err != nil {
			return err
		}
	}
}

// verify returns a function that verifies the next n tokens and returns how many
// were refused.
func (j *job) verify() (func(n int) int, error) {
	keys, err := verifier.Static(j.Keys)
	if err != nil {
		return nil, err
	}
	v, err := verifier.New(verifier.Config{
		Issuer: j.Issuer, Audience: []string{j.ClientID}, Keys: keys,
		Allow: verifier.Allowances{LoopbackHTTP: true},
	})
	if err != nil {
		return nil, err
	}
	ctx, i := context.Background(), 0
	return func(n int) (wrong int) {
		for range n {
			if _, err := v.Verify(ctx, j.Tokens[i]); err != nil {
				wrong++
			}
			if i++; i == len(j.Tokens) {
				i = 0
			}
		}
		return wrong
	}, nil
}

// allocations verifies n tokens and counts what that allocates.
func allocations(verify func(int) int, n int) ready {
	verify(n) // what is made once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	verify(n)
	runtime.ReadMemStats(&after)
	return ready{
		AllocsPerOp: float64(after.Mallocs-before.Mallocs) / float64(n),
		BytesPerOp:  float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}
}
