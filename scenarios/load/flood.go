package load

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/measure/corpus"
)

// flood counts the answers to tokens with a kid that nobody has published.
type flood struct {
	sent, refused, accepted, failed uint64
}

// floodConnections is how many connections a flood has, and how many of its
// requests may be in flight. They are not those of the load.
const floodConnections = 32

// flood sends tokens with unknown kids at a rate for a time. It does not wait
// for their end.
func (l *timeline) flood(ctx context.Context, i int, e Event, client *http.Client) {
	l.done(i, nil, "")
	f := new(flood)
	l.mu.Lock()
	l.floods[i] = f
	l.mu.Unlock()
	l.running.Go(func() {
		defer client.CloseIdleConnections()
		l.send(ctx, i, e, client, f)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events[i].UntilSeconds, l.events[i].Result = l.since().Seconds(), f.String()
	})
}

// send sends the requests of a flood and waits for their answers.
func (l *timeline) send(ctx context.Context, i int, e Event, client *http.Client, f *flood) {
	var sending sync.WaitGroup
	defer sending.Wait()
	free := make(chan struct{}, floodConnections)
	began := time.Now()
	for n := uint64(0); ; n++ {
		due := time.Duration(float64(n) / e.RatePerSecond * float64(time.Second))
		if due >= e.For || time.Since(began) >= e.For {
			return
		}
		if wait := due - time.Since(began); wait > 0 {
			sleep(ctx, wait)
		}
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
		token := withKid(l.targets.sample, unknownKid(l.plan.Seed+uint64(i)<<32+n))
		sending.Go(func() {
			defer func() { <-free }()
			verdict := l.verdict(ctx, client, token)
			if verdict == "" && ctx.Err() != nil {
				return // the load has ended
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			f.add(verdict)
		})
	}
}

// verdict returns the verdict on a token, or the empty string if there is none.
func (l *timeline) verdict(ctx context.Context, client *http.Client, token string) string {
	target, err := newRequest(ctx, l.plan, l.url, token)
	if err != nil {
		return ""
	}
	r, err := target.Request()
	if err != nil {
		return ""
	}
	answer, err := client.Do(r)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return ""
	}
	verdict, _ := verdictOf(&l.plan.Reading, present.Reply{Status: answer.StatusCode, Header: answer.Header, Body: body})
	return verdict
}

func (f *flood) add(verdict string) {
	f.sent++
	switch verdict {
	case "":
		f.failed++
	case corpus.Accept:
		f.accepted++
	default:
		f.refused++
	}
}

func (f *flood) String() string {
	text := fmt.Sprintf("%s sent, %s refused", reports.FormatCount(f.sent), reports.FormatCount(f.refused))
	if f.accepted > 0 {
		text += fmt.Sprintf(", %s ACCEPTED", reports.FormatCount(f.accepted))
	}
	if f.failed > 0 {
		text += fmt.Sprintf(", %s without a verdict", reports.FormatCount(f.failed))
	}
	return text
}

// facts returns a threshold for each flood: none of its tokens was accepted.
func (l *timeline) facts() []reports.Threshold {
	var all []reports.Threshold
	for i, e := range l.events {
		f := l.floods[i]
		if f == nil {
			continue
		}
		t := reports.Threshold{Expression: e.Event + " accepted == 0", Got: strconv.FormatUint(f.accepted, 10), Verdict: reports.VerdictMet}
		if f.accepted > 0 {
			t.Verdict = reports.VerdictMissed
		}
		all = append(all, t)
	}
	return all
}

// unknownKid returns a key ID in Scalekit's form that n determines.
func unknownKid(n uint64) string {
	const least = 10_000_000_000_000_000
	return "snk_" + strconv.FormatUint(least+splitmix64(n)%(9*least), 10)
}

// withKid returns a token with another kid. Its signature is no longer right,
// which nobody can find out who has no key of that name.
func withKid(token, kid string) string {
	header, rest, _ := strings.Cut(token, ".")
	text, _ := base64.RawURLEncoding.DecodeString(header)
	members := make(map[string]any)
	if err := json.Unmarshal(text, &members); err != nil {
		panic("load: internal error: a good token has the header " + strconv.Quote(string(text)))
	}
	members["kid"] = kid
	text, err := json.Marshal(members)
	if err != nil {
		panic("load: internal error: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text) + "." + rest
}
