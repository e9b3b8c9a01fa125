package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// targets makes the requests of a load. Its method next is a vegeta.Targeter.
type targets struct {
	mix      Mix
	seed     uint64
	number   func(k uint64) uint64       // of its own request k in the whole schedule
	limit    int64                       // the most requests in flight
	requests [][]atomic.Pointer[request] // by case, each with a token of its own
	cycled   bool                        // whether they are sent in turn
	sample   string                      // a good token, if there is a flood

	generation atomic.Uint64             // counts the changes of the signing key
	dropped    atomic.Pointer[departure] // of the keys that have left the JWK Set, or nil
	either     uint64                    // answers about which there is no telling; see [targets.lenient]

	sent     atomic.Uint64
	inFlight atomic.Int64
	backlog  atomic.Bool // whether the schedule waits for answers, see [pacer.Pace]
}

// request is what is sent for a token.
type request struct {
	vegeta.Target
	generation uint64 // of the key that has signed the token
}

// departure says that the keys before a generation have left the JWK Set.
type departure struct {
	generation uint64
	at         time.Duration // since the start of the schedule
	before     *departure    // the one that it replaces
}

// skip leaves out the next n requests. Of those that were released, but have no
// number yet, it moves the numbers, so that all later ones are used once.
func (t *targets) skip(n uint64) { t.sent.Add(n) }

// full reports whether no more requests may be in flight.
func (t *targets) full() bool { return t.inFlight.Load() >= t.limit }

// newTargets makes the requests of every case of the mix.
func newTargets(
	ctx context.Context, p plan, provider corpus.Provider, url string,
) (*targets, error) {
	t := &targets{mix: p.mix, seed: p.Seed, number: p.schedule.number, limit: int64(p.InFlight)}
	for _, s := range p.mix.shares {
		tokens, err := provider.Tokens(ctx, corpus.Batch{
			Case: s.Case, Count: tokensFor(s,
				p), Seed: p.Seed, IssuedAt: p.issued, Lifetime: p.lifetime,
		})
		if err != nil {
			return nil, err
		}
		requests := make([]atomic.Pointer[request], len(tokens))
		for i, token := range tokens {
			target, err := newRequest(ctx, p, url, token)
			if err != nil {
				return nil, fmt.Errorf("a token of case %s cannot be presented: %w", s.Name, err)
			}
			requests[i].Store(&request{Target: target})
		}
		t.requests = append(t.requests, requests)
	}
	if slices.ContainsFunc(p.Events, func(e Event) bool { return e.Do == EventFlood }) {
		good, err := provider.Tokens(ctx, corpus.Batch{Count: 1, Seed: p.Seed, IssuedAt: p.issued, Lifetime: p.lifetime})
		if err != nil {
			return nil, err
		}
		t.sample = good[0]
	}
	return t, nil
}

// renew replaces every token by one of the same case that the provider signs now,
// and returns how many it has. Meanwhile, old and new ones are presented.
func (t *targets) renew(ctx context.Context, p plan, provider corpus.Provider, url string) (n int, err error) {
	generation := t.generation.Load()
	for i, more := 0, true; more; i++ {
		more = false
		for k, s := range p.mix.shares {
			if i >= len(t.requests[k]) {
				continue
			}
			more = true
			tokens, err := provider.Tokens(ctx, corpus.Batch{
				Case: s.Case, Count: 1, Seed: splitmix64(p.Seed + generation<<32 + uint64(i)), IssuedAt: p.issued, Lifetime: p.lifetime,
			})
			if err != nil {
				return n, err
			}
			target, err := newRequest(ctx, p, url, tokens[0])
			if err != nil {
				return n, err
			}
			t.requests[k][i].Store(&request{Target: target, generation: generation})
			n++
		}
	}
	return n, nil
}

// drop says that the key which signs now leaves the JWK Set from a time on.
func (t *targets) drop(at time.Duration) {
	t.dropped.Store(&departure{generation: t.generation.Load() + 1, at: at, before: t.dropped.Load()})
}

// keep takes the last drop back: the key has stayed after all.
func (t *targets) keep() { t.dropped.Store(t.dropped.Load().before) }

// lenient makes any verdict the right one that nobody can hold against a service:
// the key of the token has left the JWK Set, and the service may have fetched the
// set before or after. A malformed token must be refused all the same.
func (t *targets) lenient(h *hit, generation uint64) {
	for d := t.dropped.Load(); d != nil; d = d.before {
		if generation < d.generation && h.ended >= d.at && h.judged && (h.want == corpus.Accept || h.verdict != corpus.Accept) {
			h.want = h.verdict
			t.either++
			return
		}
	}
}

// newRequest returns a request with a token, without a fragment in its URL.
func newRequest(ctx context.Context, p plan, url, token string) (vegeta.Target, error) {
	r, err := p.Present.Request(ctx, p.Method, url, token)
	if err != nil {
		return vegeta.Target{}, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return vegeta.Target{}, err
	}
	present.Add(r, p.Fields)
	return vegeta.Target{Method: p.Method, URL: r.URL.String(), Body: body, Header: r.Header}, nil
}

// tokensFor returns how many distinct tokens of a case there are: all of them if
// it is the only case, and otherwise its share, but not too few.
func tokensFor(s share, p plan) int {
	const fewest = 16
	return max(fewest, int(uint64(p.Tokens)*s.weight/p.mix.total))
}

// next fills in the next request. The fragment of the URL, which comes back with
// the result and is not sent, holds its number, followed by the generation of its
// key, and by a mark if it had to wait for the answer to another request.
func (t *targets) next(target *vegeta.Target) error {
	n := t.number(t.sent.Add(1) - 1)
	index, choice := t.mix.pick(t.seed, n)
	requests := t.requests[index]
	if t.cycled {
		choice = n
	}
	r := requests[choice%uint64(len(requests))].Load()
	*target = r.Target
	target.URL += "#" + strconv.FormatUint(n, 10)
	if r.generation > 0 {
		target.URL += generationMark + strconv.FormatUint(r.generation, 10)
	}
	if t.inFlight.Add(1); t.backlog.Load() {
		target.URL += waitedMark
	}
	return nil
}

const (
	generationMark = "g"
	waitedMark     = "w"
)

// A target that is just being started gets some time before it counts as
// unreachable.
const (
	probes     = 4
	probePause = 250 * time.Millisecond
)

// try sends a request until the target could be connected to, and returns why it
// could not, or the empty string. A load of an unreachable target would only find
// out the same, later. What a target answers, if it does, is for the load to find
// out.
func (t *targets) try(ctx context.Context, client *http.Client) string {
	for n := 1; ; n++ {
		why := t.probe(ctx, client)
		if why == "" || n == probes || ctx.Err() != nil {
			return why
		}
		sleep(ctx, probePause)
	}
}

// probe sends one request and returns why there was no connection for it, or the
// empty string.
func (t *targets) probe(ctx context.Context, client *http.Client) string {
	r, err := t.requests[0][0].Load().Request()
	if err != nil {
		return err.Error()
	}
	connected := false
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }}
	answer, err := client.Do(r.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err == nil {
		_ = answer.Body.Close()
	}
	if connected || err == nil {
		return ""
	}
	return failureOf(err.Error())
}

// done counts the request of a result as finished and returns its number, the
// generation of its key, and whether it had to wait.
func (t *targets) done(url string) (n, generation uint64, waited bool) {
	t.inFlight.Add(-1)
	fragment := url[strings.LastIndexByte(url, '#')+1:]
	fragment, waited = strings.CutSuffix(fragment, waitedMark)
	number, newer, renewed := strings.Cut(fragment, generationMark)
	n, err := strconv.ParseUint(number, 10, 64)
	if err == nil && renewed {
		generation, err = strconv.ParseUint(newer, 10, 64)
	}
	if err != nil {
		panic("load: internal error: a result has the fragment " + strconv.Quote(fragment))
	}
	return n, generation, waited
}
