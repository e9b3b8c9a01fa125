// Command goadapter is an adapter to copy: it lets assay test a verifier in Go
// over standard input and output. The verifier of this module stands in for
// yours; replace what newVerifier and refusal do with it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/verifier"
)

// request and response have the fields that this adapter uses.
type request struct {
	ID      int     `json:"id"`
	Op      string  `json:"op"`
	Session string  `json:"session"`
	Now     float64 `json:"now"` // with clock
	Setup   struct {
		Issuer             string               `json:"issuer"`
		Audience           []string             `json:"audience"`
		TrustedAudiences   []string             `json:"trusted_audiences"`
		Policy             string               `json:"policy"`
		Algorithms         []verifier.Algorithm `json:"algorithms"`
		LeewaySeconds      *float64             `json:"leeway_seconds"`
		MaxLifetimeSeconds float64              `json:"max_lifetime_seconds"`
		MaxTokenBytes      int                  `json:"max_token_bytes"`
		JWKSet             string               `json:"jwk_set"`
		AllowLoopbackHTTP  bool                 `json:"allow_loopback_http"`
	} `json:"setup"`
	Input struct {
		Token       string `json:"token"`
		TokenBase64 []byte `json:"token_base64"` // instead of Token, if that is not UTF-8
	} `json:"input"`
}

type response struct {
	ID          int                        `json:"id"`
	Verdict     string                     `json:"verdict,omitempty"`
	Reason      string                     `json:"reason,omitempty"`
	Message     string                     `json:"message,omitempty"`
	Claims      map[string]json.RawMessage `json:"claims,omitempty"`
	Description any                        `json:"description,omitempty"`
}

var description = map[string]any{
	"protocol": 2, "name": "goadapter", "language": "Go", "reasons": "reasons", "capabilities": []string{
		"static", "shared", "idp", "clock", "state", "load", "seed", "trap",
		"rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa", "ed25519",
	},
}

func newVerifier(r *request, now func() time.Time) (*verifier.Verifier, error) {
	var cfg verifier.Config
	if r.Setup.Policy == "strict" {
		cfg = verifier.Strict()
	}
	cfg.Issuer, cfg.Audience, cfg.Now = r.Setup.Issuer, r.Setup.Audience, now
	if r.Setup.Algorithms != nil {
		cfg.Algorithms = r.Setup.Algorithms
	}
	cfg.TrustedAudiences, cfg.MaxTokenBytes = r.Setup.TrustedAudiences, r.Setup.MaxTokenBytes
	cfg.MaxLifetime = seconds(r.Setup.MaxLifetimeSeconds)
	cfg.Allow.LoopbackHTTP = r.Setup.AllowLoopbackHTTP
	if s := r.Setup.LeewaySeconds; s != nil {
		if cfg.Leeway = seconds(*s); cfg.Leeway == 0 {
			cfg.Leeway = verifier.NoLeeway
		}
	}
	if r.Setup.JWKSet != "" {
		keys, err := verifier.Static([]byte(r.Setup.JWKSet))
		if err != nil {
			return nil, err
		}
		cfg.Keys = keys
	}
	return verifier.New(cfg)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// refusal turns an error of the verifier into an answer.
func refusal(verdict string, err error) response {
	r := response{Verdict: verdict, Reason: "OTHER", Message: err.Error()}
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		r.Reason = string(e.Reason)
	}
	return r
}

// clock is what a verifier takes for the time: what it was set to last.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) set(seconds float64) { c.nanoseconds.Store(int64(seconds * 1e9)) }
func (c *clock) now() time.Time      { return time.Unix(0, c.nanoseconds.Load()) }

// sessions holds the verifiers that are open, and their clocks.
type sessions struct{ open, clocks sync.Map }

func (s *sessions) answer(r *request) response {
	switch r.Op {
	case "hello":
		return response{Description: description}
	case "clock": // comes before open, and again when the time has changed
		c, _ := s.clocks.LoadOrStore(r.Session, new(clock))
		c.(*clock).set(r.Now)
		return response{}
	case "open":
		var now func() time.Time // the real clock
		if c, ok := s.clocks.Load(r.Session); ok {
			now = c.(*clock).now
		}
		v, err := newVerifier(r, now)
		if err != nil {
			return refusal("refuse", err)
		}
		s.open.Store(r.Session, v)
		return response{Verdict: "accept"}
	}
	held, _ := s.open.Load(r.Session)
	v := held.(*verifier.Verifier)
	if r.Op == "close" {
		s.open.Delete(r.Session)
		s.clocks.Delete(r.Session)
		v.Close()
		return response{}
	}
	token, err := v.Verify(context.Background(), r.Input.Token+string(r.Input.TokenBase64))
	if err != nil {
		return refusal("reject", err)
	}
	claims, err := verifier.Claims[map[string]json.RawMessage](token)
	if err != nil {
		return response{Verdict: "accept", Message: err.Error()}
	}
	return response{Verdict: "accept", Claims: claims}
}

func main() {
	var held sessions
	var writing sync.Mutex
	var running sync.WaitGroup
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20) // a token can be some mebibytes long
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic("goadapter: internal error: " + err.Error())
		}
		running.Go(func() { // requests may overlap
			answer := held.answer(&r)
			answer.ID = r.ID
			writing.Lock()
			defer writing.Unlock()
			out.Encode(answer)
		})
	}
	running.Wait()
}
