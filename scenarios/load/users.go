package load

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Crowd is a part of a closed loop in which the number of virtual users changes
// linearly.
type Crowd struct {
	From, To int
	Duration time.Duration
}

// at returns how many users there are after t.
func (c Crowd) at(t time.Duration) int {
	return c.From + int(math.Round(float64(c.To-c.From)*t.Seconds()/c.Duration.Seconds()))
}

// String describes c, such as "0 to 20 users in 30s".
func (c Crowd) String() string {
	if c.From == c.To {
		return fmt.Sprintf("%s for %v", reports.FormatNoun(c.From, "user"), c.Duration)
	}
	return fmt.Sprintf("%d to %s in %v", c.From, reports.FormatNoun(c.To, "user"), c.Duration)
}

// ParseUsers reads a number of users, who stay for d, or stages as k6 has them,
// such as "30s:10,1m:50": in each of them the number changes linearly from that
// of the previous stage, or from 0, to its own; in 0s it jumps. The error is a
// [gate.ErrUsage].
func ParseUsers(text string, d time.Duration) ([]Crowd, error) {
	if n, ok := readUsers(text); ok && n > 0 {
		return []Crowd{{n, n, d}}, nil
	}
	var crowds []Crowd
	users := 0
	for i, stage := range strings.Split(text, ",") {
		duration, target, ok := strings.Cut(strings.TrimSpace(stage), ":")
		d, err := time.ParseDuration(duration)
		n, isNumber := readUsers(target)
		if !ok || err != nil || !isNumber || d < 0 || d > mostDuration {
			return nil, gate.Usage("users is %q, want a number such as 50, or stages such as 30s:10,1m:50; part %d is neither",
				reports.Excerpt(text, 80), i+1)
		}
		if d > 0 {
			crowds = append(crowds, Crowd{users, n, d})
		}
		users = n
	}
	if len(crowds) == 0 {
		return nil, gate.Usage("the stages %q of users take no time", reports.Excerpt(text, 80))
	}
	return crowds, nil
}

// readUsers reads a number of users, which may be 0.
func readUsers(text string) (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 0 && n <= mostInFlight
}

// setUsers replaces the schedule by a closed loop if there are users.
func (p *plan) setUsers() error {
	if len(p.Users) == 0 {
		if p.Think != 0 {
			return gate.Usage("a think time needs virtual users, and without them requests have a schedule")
		}
		return nil
	}
	most := 0
	p.schedule = schedule{closed: true, step: 1, duration: p.Warmup}
	for i, c := range p.Users {
		if c.From < 0 || c.To < 0 || max(c.From, c.To) > mostInFlight || c.Duration <= 0 || c.Duration > mostDuration {
			return gate.Usage("stage %d of the users has %v, want 0 to %d users and a positive duration", i+1, c, mostInFlight)
		}
		most = max(most, c.From, c.To)
		p.schedule.duration += c.Duration
	}
	switch {
	case most == 0:
		return gate.Usage("there is no user, want at least one")
	case p.schedule.duration > mostDuration || len(p.Users) > mostSegments:
		return gate.Usage("the stages of the users take %v, want at most %v, and at most %d stages", p.schedule.duration, mostDuration, mostSegments)
	case p.Think < 0 || p.Think > mostDuration:
		return gate.Usage("think time is %v, want 0 or more", p.Think)
	case len(p.Schedule) > 0 || p.Arrivals == ArrivalsPoisson:
		return gate.Usage("virtual users and a schedule exclude each other: a user sends a request after the answer to the last one")
	}
	// Without a connection each, they would wait for one another.
	p.Connections, p.InFlight = min(most, mostConnections), most
	p.lifetime = p.schedule.duration + p.Timeout + time.Hour
	return nil
}

// users releases the requests of a closed loop: each user sends one, waits for
// the answer, thinks, and sends the next. It is a vegeta.Pacer. Users who are
// no longer wanted leave when they would send their next request.
type users struct {
	ctx      context.Context
	now      func() time.Duration // since the start
	crowds   []Crowd
	end      time.Duration
	think    time.Duration
	answered chan time.Duration // when answers came, of users who have not begun to think

	active   int
	thinking bool          // whether there is a user whose thoughts end next
	until    time.Duration // when they do
}

// newUsers returns the users of p. The answers to all requests must be sent to
// answered.
func (p *plan) newUsers(ctx context.Context, start time.Time) *users {
	crowds := p.Users
	if p.Warmup > 0 {
		crowds = append([]Crowd{{crowds[0].From, crowds[0].From, p.Warmup}}, crowds...)
	}
	return &users{
		ctx: ctx, now: func() time.Duration { return time.Since(start) },
		crowds: crowds, end: p.schedule.duration, think: p.Think,
		answered: make(chan time.Duration, p.InFlight),
	}
}

// rampStep is how often the number of users is adapted.
const rampStep = 10 * time.Millisecond

// Pace waits until a user sends a request. It is called on one goroutine.
func (u *users) Pace(time.Duration, uint64) (wait time.Duration, stop bool) {
	for u.ctx.Err() == nil {
		now := u.now()
		wanted, constant, ok := u.wanted(now)
		switch {
		case !ok:
			return 0, true
		case u.active < wanted:
			u.active++
			return 0, false
		case u.thinking && u.active > wanted:
			u.active--
			u.thinking = false
		case u.thinking && u.until <= now:
			u.thinking = false
			return 0, false
		default:
			u.wait(now, constant)
		}
	}
	return 0, true
}

// wanted returns how many users there are to be, and until when that does not
// change. ok is false after the end.
func (u *users) wanted(now time.Duration) (n int, until time.Duration, ok bool) {
	start := time.Duration(0)
	for _, c := range u.crowds {
		if now < start+c.Duration {
			until = start + c.Duration
			if c.From != c.To {
				until = min(until, now+rampStep)
			}
			return c.at(now - start), until, true
		}
		start += c.Duration
	}
	return 0, 0, false
}

// wait waits for the next answer, or for the end of the thoughts that end next,
// but no longer than until a time. All users think for as long, so the first to
// get an answer is the first to have thought.
func (u *users) wait(now, until time.Duration) {
	answered := u.answered
	if u.thinking {
		answered, until = nil, min(until, u.until)
	}
	select { // which needs no timer if users do not wait
	case at := <-answered:
		u.thinking, u.until = true, at+u.think
		return
	default:
	}
	timer := time.NewTimer(until - now)
	defer timer.Stop()
	select {
	case at := <-answered:
		u.thinking, u.until = true, at+u.think
	case <-timer.C:
	case <-u.ctx.Done():
	}
}

// Rate returns 0: users offer no rate.
func (u *users) Rate(time.Duration) float64 { return 0 }

// describeUsers says how the closed loop works, and what its times leave out.
func (p *plan) describeUsers() string {
	var parts []string
	for _, c := range p.Users[:min(len(p.Users), mostDescribed)] {
		parts = append(parts, c.String())
	}
	if more := len(p.Users) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	when := "right after the answer"
	if p.Think > 0 {
		when = fmt.Sprintf("%v after the answer", p.Think)
	}
	return fmt.Sprintf("closed loop: %s, each of whom sends the next request %s. A slow target gets fewer requests, so its times are service times, and leave out how long others would have waited (coordinated omission)",
		strings.Join(parts, ", "), when)
}
