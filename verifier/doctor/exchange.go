package doctor

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// checkRedirects reports redirects. The verifier follows some; others do not.
func (e *examination) checkRedirects() {
	found := 0
	for _, v := range e.visits {
		for _, x := range v {
			if !x.redirects() {
				continue
			}
			found++
			e.add("redirects", Warn,
				"configure and publish the final URLs: many clients follow no redirect for keys",
				"%s answers %d to %s", x.url, x.status, x.header.Get("Location"))
		}
	}
	if found == 0 {
		e.add("redirects", Pass, "", "none")
	}
}

// slightSkew is a difference of clocks that the resolution of Date, a second,
// and a slow answer cannot explain.
const slightSkew = 5 * time.Second

// checkClock compares the clock of this machine with the Date of the answers.
func (e *examination) checkClock() {
	for _, v := range e.visits {
		x := v.last()
		sent, err := http.ParseTime(x.header.Get("Date"))
		if err != nil {
			continue
		}
		if age, err := strconv.ParseUint(x.header.Get("Age"), 10, 31); err == nil {
			sent = sent.Add(time.Duration(age) * time.Second) // a cache keeps Date
		}
		// The clock of the machine is read from Now, the time of the request
		// is known from how long ago it began.
		here := e.opts.Now().Add(-time.Since(x.began)).Add(x.took / 2)
		e.judgeClock(here.Sub(sent.Add(time.Second / 2)).Round(time.Second))
		return
	}
	e.add("clock", Skip, "", "no answer has a Date to compare the clock with")
}

func (e *examination) judgeClock(ahead time.Duration) {
	word := "ahead of"
	if ahead < 0 {
		word = "behind"
	}
	const do = "set the clock of this machine by NTP; if it is right, the provider's is wrong"
	switch off := ahead.Abs(); {
	case off >= verifier.DefaultLeeway:
		e.add("clock", Fail, do,
			"this machine is %s %s the provider: more than the %s of skew that Char allows, so that good tokens are refused",
			off, word, verifier.DefaultLeeway)
	case off >= slightSkew:
		e.add("clock", Warn, do, "this machine is %s %s the provider; Char allows %s of skew",
			off, word, verifier.DefaultLeeway)
	default:
		e.add("clock", Pass, "", "within %s of the provider's", slightSkew)
	}
}

// slowAnswer is how long a verification waits for keys that it has in an older
// version, so a slower provider is noticed by users.
const slowAnswer = time.Second

// checkLatency reports how long the requests took.
func (e *examination) checkLatency() {
	var parts []string
	slow := false
	for i, v := range e.visits {
		what := [...]string{"metadata", "keys"}[min(i, 1)]
		parts = append(parts, what+" "+rounded(v.took()).String())
		slow = slow || v.took() >= slowAnswer
	}
	took := strings.Join(parts, ", ")
	if slow {
		e.add("latency", Warn,
			"the first user after a start waits as long: find out whether the provider or the network is slow",
			"%s", took)
		return
	}
	e.add("latency", Pass, "", "%s", took)
}
