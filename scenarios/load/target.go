package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/assay-id/assay/scenarios/measure/corpus"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// targets makes the requests of a load. Its method next is a vegeta.Targeter.
type targets struct {
	mix      Mix
	seed     uint64
	number   func(k uint64) uint64 // of its own request k in the whole schedule
	limit    int64                 // the most requests in flight
	requests [][]vegeta.Target     // by case, each with a token of its own

	sent     atomic.Uint64
	inFlight atomic.Int64
	backlog  atomic.Bool // whether the schedule waits for answers, see [pacer.Pace]
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
		requests := make([]vegeta.Target, len(tokens))
		for i, token := range tokens {
			if requests[i], err = newRequest(ctx, p, url, token); err != nil {
				return nil, fmt.Errorf("a token of case %s cannot be presented: %w", s.Name, err)
			}
		}
		t.requests = append(t.requests, requests)
	}
	return t, nil
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
	for name, values := range p.Fields {
		r.Header[name] = append(r.Header[name], values...)
	}
	return vegeta.Target{Method: p.Method, URL: r.URL.String(), Body: body, Header: r.Header}, nil
}

// tokensFor returns how many distinct tokens of a case there are: all of them if
// it is the only case, and otherwise its share, but not too few.
func tokensFor(s share, p plan) int {
	const fewest = 16
	return max(fewest, int(uint64(p.Tokens)*s.weight/p.mix.total))
}

// next fills in the next request. The fragment of the URL, which comes back with
// the result and is not sent, holds its number, followed by a mark if it had to
// wait for the answer to another request.
func (t *targets) next(target *vegeta.Target) error {
	n := t.number(t.sent.Add(1) - 1)
	index, choice := t.mix.pick(t.seed, n)
	requests := t.requests[index]
	*target = requests[choice%uint64(len(requests))]
	target.URL += "#" + strconv.FormatUint(n, 10)
	if t.inFlight.Add(1); t.backlog.Load() {
		target.URL += waitedMark
	}
	return nil
}

const waitedMark = "w"

// try sends one request and returns why there was no answer at all, or the
// empty string. A load of an unreachable target would only find out the same,
// later.
func (t *targets) try(client *http.Client) string {
	r, err := t.requests[0][0].Request()
	if err != nil {
		return err.Error()
	}
	answer, err := client.Do(r)
	if err != nil {
		return failureOf(err.Error())
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return failureOf(err.Error())
	}
	return ""
}

// done counts the request of a result as finished and returns its number.
func (t *targets) done(url string) (n uint64, waited bool) {
	t.inFlight.Add(-1)
	fragment := url[strings.LastIndexByte(url, '#')+1:]
	fragment, waited = strings.CutSuffix(fragment, waitedMark)
	n, err := strconv.ParseUint(fragment, 10, 64)
	if err != nil {
		panic("load: internal error: a result has the fragment " + strconv.Quote(fragment))
	}
	return n, waited
}
