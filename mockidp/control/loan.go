package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp"
)

// Borrowing asks for a loan.
type Borrowing struct {
	// Environment is the name of the environment that the borrower is going to
	// serve. Empty means the one at the URL of the server.
	Environment string `json:"environment"`
}

// Loan tells another process what it needs to serve an environment itself, at
// the same URL and with the same keys. Until the loan ends, the lender does not
// listen on its first port: none of its environments is served there.
type Loan struct {
	Environment Environment `json:"environment"`

	// Seed is what everything of the server is derived from, in hexadecimal:
	// the private keys as well.
	Seed string `json:"seed"`

	// NoDecoys says that the JWK Set has no keys that never sign.
	NoDecoys bool `json:"no_decoys"`

	Listening Listening `json:"listening"`
}

// Listening is the JSON form of a [mockidp.ListenerConfig].
type Listening struct {
	Addr                   string             `json:"addr"`
	Host                   string             `json:"host,omitempty"`
	ExternalURL            string             `json:"external_url,omitempty"`
	TLS                    mockidp.TLSProfile `json:"tls,omitempty"`
	UnsafeAllowNonLoopback bool               `json:"unsafe_allow_non_loopback,omitempty"`
}

// Config returns the configuration of a server that serves what was lent. It
// returns an error if the seed is not one.
func (l Loan) Config() (mockidp.Config, error) {
	seed, err := strconv.ParseUint(l.Seed, 16, 64)
	if err != nil {
		return mockidp.Config{}, fmt.Errorf("seed is %q, want up to sixteen hexadecimal digits", l.Seed)
	}
	return mockidp.Config{Seed: seed, ListenerConfig: mockidp.ListenerConfig{
		Addr: l.Listening.Addr, Host: l.Listening.Host, ExternalURL: l.Listening.ExternalURL, TLS: l.Listening.TLS,
		UnsafeAllowNonLoopback: l.Listening.UnsafeAllowNonLoopback,
	}}, nil
}

// loan is the first listener while another process serves its URL.
type loan struct {
	listener *mockidp.Listener
	end      func()        // gives it back; may be called again
	ended    chan struct{} // closed by end
	back     chan struct{} // closed when the lender listens again
}

// lend hands the first listener over for as long as the request lasts, so that
// a borrower which is killed gives it back, too.
func (s *Server) lend(w http.ResponseWriter, r *http.Request) {
	given, answer, err := s.give(r)
	if err != nil {
		failed(w, err)
		return
	}
	defer s.reclaim(given)
	answering := http.NewResponseController(w)
	// Without deadlines; the one for reading would end the request.
	_ = answering.SetReadDeadline(time.Time{})
	_ = answering.SetWriteDeadline(time.Time{})
	write(w, http.StatusOK, "application/json", answer)
	_ = answering.Flush() // an error means that the borrower is gone, which ends the request
	select {
	case <-r.Context().Done():
	case <-given.ended:
	case <-s.ending:
	}
}

// give makes the first listener yield.
func (s *Server) give(r *http.Request) (*loan, Loan, error) {
	var asked Borrowing
	if err := read(r, &asked); err != nil {
		return nil, Loan{}, err
	}
	e := s.idp.Environment(asked.Environment)
	if e == nil {
		return nil, Loan{}, refuse(http.StatusNotFound, "there is no environment %q", asked.Environment)
	}
	listener := s.idp.Listeners()[0]
	if !strings.HasPrefix(e.Issuer()+"/", listener.URL()+"/") {
		return nil, Loan{}, refuse(http.StatusConflict, "the issuer is %s, and only what is at %s can be lent", e.Issuer(), listener.URL())
	}
	given := &loan{listener: listener, ended: make(chan struct{}), back: make(chan struct{})}
	given.end = sync.OnceFunc(func() { close(given.ended) })
	s.lending.Lock()
	defer s.lending.Unlock()
	if s.loan != nil {
		return nil, Loan{}, refuse(http.StatusConflict, "%s is lent already", listener.URL())
	}
	cfg, err := listener.Yield(r.Context())
	if err != nil {
		return nil, Loan{}, err
	}
	s.loan = given
	return given, Loan{
		Environment: describe(e), Seed: strconv.FormatUint(s.idp.Seed(), 16), NoDecoys: len(e.Decoys()) == 0,
		Listening: Listening{
			Addr: cfg.Addr, Host: cfg.Host, ExternalURL: cfg.ExternalURL, TLS: cfg.TLS, UnsafeAllowNonLoopback: cfg.UnsafeAllowNonLoopback,
		},
	}, nil
}

// reclaimPause is how often a lender tries to listen again: a borrower that
// ends is not gone at once.
const reclaimPause = 20 * time.Millisecond

// reclaim listens again as soon as the borrower no longer does.
func (s *Server) reclaim(given *loan) {
	for given.listener.Reclaim(context.Background()) != nil {
		select {
		case <-s.ending:
			return
		case <-time.After(reclaimPause):
		}
	}
	s.lending.Lock()
	s.loan = nil
	s.lending.Unlock()
	close(given.back)
}

// giveBack ends the loan and waits until the lender listens again.
func (s *Server) giveBack(r *http.Request) (any, error) {
	s.lending.Lock()
	given := s.loan
	s.lending.Unlock()
	if given == nil {
		return nil, refuse(http.StatusNotFound, "nothing is lent")
	}
	given.end()
	select {
	case <-given.back:
		return nil, nil
	case <-s.ending:
	case <-r.Context().Done():
	case <-time.After(closeTimeout):
	}
	return nil, refuse(http.StatusConflict, "another process still listens on %s", given.listener.Addr())
}

// Borrowed is what a [Server] has lent to this process.
type Borrowed struct {
	Loan

	client *Client
	hangUp func()
}

// Borrow makes the server hand over its URL, so that this process can serve the
// environment there; see [Loan]. ctx bounds the handing over only: the loan ends
// with [Borrowed.Return], and with this process.
func (c *Client) Borrow(ctx context.Context, environment string) (*Borrowed, error) {
	lasting, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	timer := time.AfterFunc(clientTimeout, hangUp)
	defer timer.Stop()
	defer context.AfterFunc(ctx, hangUp)()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if c.HTTP != nil {
		client.Transport = c.HTTP.Transport
	}
	response, err := c.send(lasting, client, http.MethodPost, "/loan", Borrowing{environment})
	if err != nil {
		hangUp()
		return nil, err
	}
	b := &Borrowed{client: c, hangUp: func() {
		hangUp()
		response.Body.Close()
	}}
	// The answer does not end before the loan does.
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&b.Loan); err != nil {
		b.hangUp()
		return nil, fmt.Errorf("reading the answer of /loan: %w", err)
	}
	return b, nil
}

// Return gives the URL back, on which this process must no longer listen, and
// waits until it is served again. The loan ends in any case.
func (b *Borrowed) Return(ctx context.Context) error {
	defer b.hangUp()
	return b.client.Do(ctx, http.MethodDelete, "/loan", nil, nil)
}
