// Package protocol lets assay test a verifier over standard input and output.
// A program describes its library as an [Adapter] and calls [Serve]. To test a
// verifier of yours, copy this package, which needs the standard library only.
//
// Serve calls the adapter from many goroutines: requests may overlap, and with
// the capability shared, so may sessions.
package protocol

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Adapter is the glue to a library.
type Adapter struct {
	Description Description

	// Open makes a verifier for a session, which ends with ctx. now is the
	// clock of the session if the capability clock is declared, and time.Now
	// otherwise. An error refuses the configuration.
	Open func(ctx context.Context, setup Setup, now func() time.Time) (Verify, error)

	// Reason maps an error of the library to a reason. The empty string, and
	// nil, mean OTHER.
	Reason func(error) string
}

// Verify returns the claims of a token as the library reports them, or an error
// that refuses it.
type Verify func(ctx context.Context, token string, input Input) (claims any, err error)

// Description answers hello.
type Description struct {
	Protocol     int      `json:"protocol"` // Serve sets it
	Name         string   `json:"name"`
	Version      string   `json:"version,omitempty"`
	Language     string   `json:"language"` // Serve sets it
	Setup        string   `json:"setup,omitempty"`
	Reasons      string   `json:"reasons,omitempty"`
	Capabilities []string `json:"capabilities"`
}

// ModuleVersion returns the version of a Go module in this build, for the
// Description of its library. It is empty if the build does not have it.
func ModuleVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if dep.Path == path {
			return strings.TrimPrefix(dep.Version, "v")
		}
	}
	return ""
}

// Setup has the fields of setup that an adapter uses.
type Setup struct {
	Issuer              string   `json:"issuer"`
	Audience            []string `json:"audience"`
	TrustedAudiences    []string `json:"trusted_audiences"`
	Policy              string   `json:"policy"`
	Algorithms          []string `json:"algorithms"`
	LeewaySeconds       *float64 `json:"leeway_seconds"`
	MaxLifetimeSeconds  float64  `json:"max_lifetime_seconds"`
	MaxTokenBytes       int      `json:"max_token_bytes"`
	JWKSet              string   `json:"jwk_set"`
	AllowLoopbackHTTP   bool     `json:"allow_loopback_http"`
	FetchTimeoutSeconds float64  `json:"fetch_timeout_seconds"`
}

// AllowedAlgorithms returns the algorithms to allow: those of the policy unless
// others are set.
func (s *Setup) AllowedAlgorithms() []string {
	switch {
	case s.Algorithms != nil:
		return s.Algorithms
	case s.Policy == "strict":
		return []string{"RS256"}
	}
	return []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}
}

// Leeway returns the clock skew to allow: that of the policy unless another is
// set.
func (s *Setup) Leeway() time.Duration {
	switch {
	case s.LeewaySeconds != nil:
		return Seconds(*s.LeewaySeconds)
	case s.Policy == "strict":
		return 0
	}
	return time.Minute
}

// FetchTimeout returns how long one fetch of keys may take.
func (s *Setup) FetchTimeout() time.Duration {
	return Seconds(cmp.Or(s.FetchTimeoutSeconds, 5))
}

// Seconds returns a duration.
func Seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Input has the fields of input that an adapter uses. A nil pointer means that
// there is nothing to compare.
type Input struct {
	Nonce         *string  `json:"nonce"`
	AccessToken   *string  `json:"access_token"`
	Subject       *string  `json:"subject"`
	MaxAgeSeconds *float64 `json:"max_age_seconds"`
}

// Refusal is an error whose reason is known.
type Refusal struct {
	Reason string
	Err    error
}

func (r *Refusal) Error() string { return r.Err.Error() }
func (r *Refusal) Unwrap() error { return r.Err }

type request struct {
	ID      int     `json:"id"`
	Op      string  `json:"op"`
	Session string  `json:"session"`
	Now     float64 `json:"now"` // with clock
	Setup   Setup   `json:"setup"`
	Input   struct {
		Input
		Token       string `json:"token"`
		TokenBase64 []byte `json:"token_base64"` // instead of Token, if that is not UTF-8
	} `json:"input"`
}

type response struct {
	ID          int          `json:"id"`
	Verdict     string       `json:"verdict,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Message     string       `json:"message,omitempty"`
	Claims      any          `json:"claims,omitempty"`
	Description *Description `json:"description,omitempty"`
	Error       string       `json:"error,omitempty"`
}

// Serve answers the requests that it reads from in until in ends. It panics if
// a line is not a request.
func Serve(a Adapter, in io.Reader, out io.Writer) error {
	a.Description.Protocol, a.Description.Language = 2, "Go"
	s := server{adapter: a}
	var writing sync.Mutex
	var running sync.WaitGroup
	answers := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20) // a token can be some mebibytes long
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic("protocol: internal error: " + err.Error())
		}
		running.Go(func() { // requests may overlap
			answer := s.answer(&r)
			answer.ID = r.ID
			writing.Lock()
			defer writing.Unlock()
			answers.Encode(answer)
		})
	}
	running.Wait()
	return lines.Err()
}

// server holds the sessions that are open, and the clocks of those that have
// one.
type server struct {
	adapter          Adapter
	sessions, clocks sync.Map
}

type session struct {
	verify Verify
	end    context.CancelFunc
}

func (s *server) answer(r *request) response {
	switch r.Op {
	case "hello":
		return response{Description: &s.adapter.Description}
	case "clock": // comes before open, and again when the time has changed
		c, _ := s.clocks.LoadOrStore(r.Session, new(clock))
		c.(*clock).set(r.Now)
		return response{}
	case "open":
		now := time.Now
		if c, ok := s.clocks.Load(r.Session); ok {
			now = c.(*clock).now
		}
		ctx, end := context.WithCancel(context.Background())
		verify, err := s.adapter.Open(ctx, r.Setup, now)
		if err != nil {
			end()
			return s.refusal("refuse", err)
		}
		s.sessions.Store(r.Session, session{verify, end})
		return response{Verdict: "accept"}
	}
	held, found := s.sessions.Load(r.Session)
	if !found || r.Op != "verify" && r.Op != "close" {
		return response{Error: "the operation " + r.Op + " or its session is unknown"}
	}
	open := held.(session)
	if r.Op == "close" {
		s.sessions.Delete(r.Session)
		s.clocks.Delete(r.Session)
		open.end()
		return response{}
	}
	claims, err := open.verify(context.Background(), r.Input.Token+string(r.Input.TokenBase64), r.Input.Input)
	if err != nil {
		return s.refusal("reject", err)
	}
	return response{Verdict: "accept", Claims: claims}
}

// refusal turns an error of the library into an answer.
func (s *server) refusal(verdict string, err error) response {
	reason := ""
	if known, ok := errors.AsType[*Refusal](err); ok {
		reason = known.Reason
	} else if s.adapter.Reason != nil {
		reason = s.adapter.Reason(err)
	}
	return response{Verdict: verdict, Reason: cmp.Or(reason, "OTHER"), Message: err.Error()}
}

// clock is what a verifier takes for the time: what it was set to last.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) set(seconds float64) { c.nanoseconds.Store(int64(seconds * 1e9)) }
func (c *clock) now() time.Time      { return time.Unix(0, c.nanoseconds.Load()) }
