package load

import (
	"context"
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
	method string
	url    string // without fragment
	mix    Mix
	seed   uint64
	limit  int64           // the most requests in flight
	tokens [][]http.Header // by case

	sent     atomic.Uint64
	inFlight atomic.Int64
	backlog  atomic.Bool // whether the schedule waits for answers, see [pacer.Pace]
}

// skip leaves out the next n requests. Of those that were released, but have no
// number yet, it moves the numbers, so that all later ones are used once.
func (t *targets) skip(n uint64) { t.sent.Add(n) }

// full reports whether no more requests may be in flight.
func (t *targets) full() bool { return t.inFlight.Load() >= t.limit }

// newTargets makes the tokens of every case of the mix.
func newTargets(
	ctx context.Context, p plan, provider corpus.Provider, url string,
) (*targets, error) {
	t := &targets{method: p.Method, url: url, mix: p.mix, seed: p.Seed, limit: int64(p.InFlight)}
	for _, s := range p.mix.shares {
		tokens, err := provider.Tokens(ctx, corpus.Batch{
			Case: s.Case, Count: tokensFor(s,
				p), Seed: p.Seed, IssuedAt: p.issued, Lifetime: p.lifetime,
		})
		if err != nil {
			return nil, err
		}
		headers := make([]http.Header, len(tokens))
		for i, token := range tokens {
			headers[i] = http.Header{"Authorization": {"Bearer " + token}}
		}
		t.tokens = append(t.tokens, headers)
	}
	return t, nil
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
	n := t.sent.Add(1) - 1
	index, choice := t.mix.pick(t.seed, n)
	tokens := t.tokens[index]
	target.Method = t.method
	target.Header = tokens[choice%uint64(len(tokens))]
	target.URL = t.url + "#" + strconv.FormatUint(n, 10)
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
	r, err := http.NewRequest(t.method, t.url, nil)
	if err != nil {
		return err.Error()
	}
	r.Header = t.tokens[0][0].Clone()
	answer, err := client.Do(r)
	if err != nil {
		return failureOf(0, err.Error())
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return failureOf(0, err.Error())
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
