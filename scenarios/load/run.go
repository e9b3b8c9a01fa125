package load

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/measure"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/machine"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Result holds the results of a load.
type Result struct {
	// Samples are the final ones: one of the whole load, and one of each case
	// if there are several.
	Samples []reports.Sample

	Footer reports.Footer

	// Notes describe the conditions of the measurement in sentences. The sample
	// of the whole load has them, too.
	Notes []string
}

// Run offers the load of opts and emits the records of a stream: a header, an
// empty plan, samples, progress and a footer. emit is called from one goroutine
// at a time; a slow one costs live samples, not requests, and an error from it
// ends the load and is returned.
//
// The error is a [gate.ErrUsage] for a mistake in opts, before anything is sent
// or emitted; [gate.ErrMissed] or [gate.ErrInvalid], depending on the thresholds
// and the validity of the figures; [ErrUnreachable]; or the cause of ctx if ctx ends, at once and
// after the final samples and the footer. Any other error is a failure of the
// harness.
func Run(ctx context.Context, opts Options, emit func(reports.Record) error) (Result, error) {
	p, err := opts.plan()
	if err != nil {
		return Result{}, err
	}
	if p.URL != "" && p.Header.Implementation.Name == "" {
		p.Header.Implementation.Name = reports.Redact(p.URL)
	}
	out, err := reports.Begin(measure.Header(p.Header, reports.CommandLoad, p.Seed), reports.Plan{},
		emit)
	if err != nil {
		return Result{}, err
	}
	r := &runner{
		plan: p, out: out, timeline: new(timeline), collector: newCollector(p.series(), p.schedule, p.Warmup, p.mix),
	}
	r.collector.course.counts = p.Part.Of > 0
	if err := r.load(ctx); err != nil && ctx.Err() == nil {
		return r.result, err
	}
	if r.FindCapacity {
		return r.result, r.closeSearch(ctx)
	}
	return r.result, r.close(ctx)
}

// runner is a load in progress.
type runner struct {
	plan
	out         *reports.Frame
	collector   *collector
	targets     *targets
	timeline    *timeline
	use         machine.Use
	unreachable string        // why the target could not be reached, or empty
	complete    bool          // whether the schedule came to its end
	ended       time.Duration // when the load ended otherwise, since its start
	watch       *watch        // for conditions that end the load
	aborted     *abort        // the one that did
	late        time.Duration // by how much a part missed the common start
	firstSent   time.Duration // when the first request was sent, since the start
	start       time.Time     // of the schedule; zero before it
	best, last  *runner       // of a search: the highest trial that held, and the last one before that
	result      Result
}

func (r *runner) progress(message string) error {
	return r.out.Progress(r.standing(message))
}

// standing says how much of the schedule was sent, or how many seconds of a
// closed loop have passed.
func (r *runner) standing(message string) reports.Progress {
	left := r.schedule.duration
	if !r.start.IsZero() {
		left = max(left-time.Since(r.start), 0)
	}
	if r.schedule.closed {
		p := reports.Progress{Total: int(math.Ceil(r.schedule.duration.Seconds())), Message: message, LeftSeconds: left.Seconds()}
		if !r.start.IsZero() {
			p.Done = min(int(time.Since(r.start).Seconds()), p.Total)
		}
		return p
	}
	p := reports.Progress{Total: int(r.schedule.count), Message: message, LeftSeconds: left.Seconds()}
	if r.targets != nil {
		p.Done = int(r.targets.sent.Load())
	}
	return p
}

// load finds the target, or starts one, and offers it the schedule.
func (r *runner) load(ctx context.Context) (err error) {
	url, provider := r.URL, func() corpus.Provider { return *r.Provider }
	r.timeline = &timeline{plan: r.plan, environment: r.Environment}
	if url == "" {
		service, err := startOwn(ctx, r.plan)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, service.close()) }()
		url, provider, r.timeline.environment = service.url, service.provider, service
	}
	if err := r.progress("making tokens: " + r.mix.String()); err != nil {
		return err
	}
	if len(r.Targets) > 0 {
		r.targets = newFileTargets(r.plan)
	} else if r.targets, err = newTargets(ctx, r.plan, provider(), url); err != nil {
		return err
	}
	r.timeline.targets, r.timeline.provider, r.timeline.url = r.targets, provider, url
	if err := r.progress("warming up: " + reports.Redact(url)); err != nil {
		return err
	}
	if r.FindCapacity {
		return r.findCapacity(ctx)
	}
	return r.attack(ctx)
}

// attack sends every request of the schedule and collects the answers. Its error
// is one that emit returned.
func (r *runner) attack(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := r.client(ctx, r.Connections)
	defer client.CloseIdleConnections()
	if r.unreachable = r.targets.try(ctx, client); r.unreachable != "" {
		r.complete = ctx.Err() == nil
		return nil
	}
	attacker := vegeta.NewAttacker(vegeta.Client(client), vegeta.Workers(uint64(r.Connections)),
		vegeta.MaxWorkers(uint64(r.InFlight)), vegeta.MaxBody(maxAnswer))
	defer context.AfterFunc(ctx, func() { attacker.Stop() })()

	start, late := r.await()
	if r.late = late; late > 0 {
		r.complete = true
		return nil
	}
	sleep(ctx, time.Until(start)-lead)
	live := newEmitter(r.out, cancel)
	before := machine.Take()
	r.start, r.watch = start, r.newWatch()
	stop := func() { cancel(nil) }
	stopEvents := r.timeline.start(ctx, start.Add(r.Warmup), func() *http.Client { return r.client(ctx, floodConnections) })
	if r.schedule.closed {
		u := r.newUsers(ctx, start)
		r.collect(ctx, attacker.Attack(r.targets.next, u, 0, ""), live, u.answered, stop)
	} else {
		r.collect(ctx, attacker.Attack(r.targets.next, r.newPacer(ctx, start), 0, ""), live, nil, stop)
	}
	r.use = before.Until(machine.Take())
	stopEvents()
	return live.close()
}

// client returns a client with a number of connections.
func (r *runner) client(ctx context.Context, connections int) *http.Client {
	return &http.Client{
		Transport:     newTransport(ctx, connections, r.Timeout, r.Connection),
		CheckRedirect: noRedirect,
	}
}

func (r *runner) newPacer(ctx context.Context, start time.Time) *pacer {
	p := &pacer{
		ctx: ctx, schedule: r.schedule, maxBehind: r.MaxBehind,
		now:   func() time.Duration { return time.Since(start) },
		sleep: sleep,
		full:  r.targets.full, backlog: &r.targets.backlog,
		warmup: r.Warmup, skip: r.targets.skip,
	}
	if r.precise() {
		p.nap = nap
	}
	return p
}

// collect counts results until there are no more. It does nothing else, because
// a worker waits until its result is received. answered, unless nil, is told when
// each request has ended. stop ends the load early.
func (r *runner) collect(
	ctx context.Context, results <-chan *vegeta.Result, live *emitter, answered chan<- time.Duration,
	stop func(),
) {
	start := r.start
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	for {
		select {
		case result, ok := <-results:
			if !ok {
				r.complete, r.ended = ctx.Err() == nil, time.Since(start)
				return
			}
			h, counts := r.hit(ctx, start, result)
			if answered != nil {
				answered <- h.ended
			}
			if counts {
				r.collector.add(h)
				r.watch.add(h)
				if h.intended >= r.Warmup {
					r.Metrics.add(r.mix.shares[h.part].Name, h, r.schedule.closed)
					r.Hits.add(r.mix.shares[h.part].Name, start, h, result)
				}
			}
		case <-ticker.C:
			now := time.Since(start)
			r.Metrics.now(r.schedule, now, r.targets.inFlight.Load())
			if r.aborted == nil {
				if r.aborted = r.watch.held(now); r.aborted != nil {
					stop()
				}
			}
			if now >= r.Warmup+r.Interval {
				live.offer(moment{r.live(now), r.standing("")})
			}
		}
	}
}

// live returns the sample of a moment.
func (r *runner) live(now time.Duration) reports.Sample {
	s := r.collector.live(now)
	s.InFlight = int(r.targets.inFlight.Load())
	s.Events = r.timeline.sofar()
	s.Thresholds = gate.Judge(r.thresholds, r.collector.sofar(now)).Thresholds
	return s
}

// hit converts a result. One that was cut off by the end of ctx does not count.
func (r *runner) hit(
	ctx context.Context, start time.Time, result *vegeta.Result,
) (h hit, counts bool) {
	n, generation, waited := r.targets.done(result.URL)
	part, _ := r.mix.pick(r.Seed, n)
	h = hit{
		number:  n,
		started: result.Timestamp.Sub(start),
		ended:   result.Timestamp.Sub(start) + result.Latency,
		waited:  waited,
		part:    part,
		want:    r.mix.shares[part].Verdict,
	}
	if result.Code == 0 && ctx.Err() != nil {
		return h, false
	}
	if h.intended = h.started; !r.schedule.closed {
		h.intended = r.schedule.at(n)
	}
	if n == r.schedule.first {
		r.firstSent = h.started
	}
	if h.status, h.body = int(result.Code), result.Body; h.status == 0 {
		h.failure = failureOf(result.Error)
		return h, true
	}
	h.verdict, h.failure = verdictOf(&r.Reading, present.Reply{
		Status: h.status, Header: result.Headers, Body: h.body,
	})
	h.judged = h.failure == ""
	r.targets.lenient(&h, generation)
	if len(r.Targets) > 0 {
		r.judgeTarget(&h)
	}
	return h, true
}

// showAnswers leaves what may be shown of the wrong answers of the whole load.
func (r *runner) showAnswers(series []gate.Series) {
	for i := range series[0].Sample.WrongAnswers {
		answer := &series[0].Sample.WrongAnswers[i]
		answer.Body = shown(answer.Body, slices.Concat(slices.Collect(maps.Values(r.Fields))...)...)
	}
}

// close judges the results and emits the end of the stream.
func (r *runner) close(ctx context.Context) error {
	until := r.schedule.duration
	if !r.complete {
		until = min(until, r.ended)
	}
	series := r.collector.final(until)
	r.result.Notes = r.notes()
	r.showAnswers(series)
	judged := conditions{
		unmeasured: r.unmeasured(), doubts: r.doubts(), crowded: r.crowded(),
		notes: r.result.Notes, dropped: r.dropped(), allowInvalid: r.AllowInvalid,
		aborted: r.aborted,
	}
	f := &r.result.Footer
	if f.Part = r.part(judged.crowded); f.Part != nil || r.unreachable != "" {
		r.thresholds = nil // a part does not decide for the whole, and nothing decides nothing
	}
	judgement := judged.judge(r.thresholds, series, f)
	for _, fact := range r.timeline.facts() {
		judgement.AddFact(fact)
	}
	f.Thresholds = judgement.Thresholds
	if course := series[0].Sample.Course; course != nil {
		course.Events = r.timeline.events
	}
	f.Interrupted = !r.complete && f.Aborted == nil
	if r.unreachable != "" && !f.Interrupted {
		f.Stopped = ErrUnreachable.Error() + ": " + r.unreachable
	}
	for _, s := range series {
		r.result.Samples = append(r.result.Samples, s.Sample)
		if err := r.out.Sample(s.Sample); err != nil {
			return err
		}
	}
	if err := r.progress("done"); err != nil {
		return err
	}
	if err := r.out.End(f); err != nil {
		return err
	}
	switch {
	case f.Interrupted:
		return context.Cause(ctx)
	case r.unreachable != "":
		return fmt.Errorf("%w: %s", ErrUnreachable, r.unreachable)
	case f.Aborted != nil:
		return r.aborted.conclude(f.Invalid)
	case f.Part != nil && f.Part.Void == "":
		return nil // it was carried out, and Merge judges the whole
	}
	return judgement.Conclude(f.Invalid)
}
