package implementations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// expected is a request that the program has not answered.
type expected struct {
	op     Operation
	answer chan<- answered // has room for the one answer; closed if none will come
}

// answered is a response, or why it is none.
type answered struct {
	response Response
	err      error
}

// call sends a request and waits for its answer. A program that does not answer
// in time may never do so again: it is killed, or if it has other verifiers, gets
// no more of them.
func (p *process) call(ctx context.Context, request Request) (Response, error) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	answer := make(chan answered, 1)
	if err := p.expect(&request, answer); err != nil {
		return Response{}, err
	}
	line, err := json.Marshal(request)
	if err != nil {
		return Response{}, err
	}
	go p.send(append(p.tap.Sent(line), '\n'))
	select {
	case a, ok := <-answer:
		if !ok {
			return Response{}, p.tell()
		}
		return a.response, a.err
	case <-ctx.Done():
		err := context.Cause(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w%s", hang(request.Op, started), p.out.unfinished())
		}
		return Response{}, p.abandon(err)
	}
}

// abandon gives up a call whose answer did not come in time because of err, and
// returns the error for the caller.
func (p *process) abandon(err error) error {
	if p.shared {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.late = true
		return err
	}
	p.end(err)
	killTree(p.cmd)
	return p.tell()
}

// expect gives the request an id under which its answer is awaited.
func (p *process) expect(request *Request, answer chan<- answered) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != nil {
		p.told = true
		return p.ended
	}
	p.next++
	request.ID = p.next
	p.waiting[request.ID] = expected{request.Op, answer}
	return nil
}

// send writes one line.
func (p *process) send(line []byte) {
	p.writing.Lock()
	_, err := p.stdin.Write(line)
	p.writing.Unlock()
	if err != nil {
		p.closed("input")
	}
}

// deliver passes the response on a line to its caller. The error is a fault
// after which no line can be relied on.
func (p *process) deliver(line []byte) error {
	p.tap.Received(line)
	r, err := parseResponse(line)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.waiting[r.ID]
	switch {
	case ok:
		delete(p.waiting, r.ID)
		e.answer <- answered{r, r.check(e.op, line)}
		return nil
	case r.ID > 0 && r.ID <= p.next:
		return fault(line, "which answers the request with the id %d a second time", r.ID)
	}
	return fault(line, "but no request has the id %d", r.ID)
}

// end makes every call fail with err, unless the process has ended before.
func (p *process) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != nil {
		return
	}
	p.ended = err
	for id, e := range p.waiting {
		close(e.answer)
		delete(p.waiting, id)
	}
}

func (p *process) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended == nil
}

// usable reports whether the process can have another verifier.
func (p *process) usable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended == nil && !p.late
}

// tell returns why the process has ended.
func (p *process) tell() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = true
	return p.ended
}

// untold returns the fault that ended the process, unless a caller has got it:
// an answer that is given twice, for example, may come when nobody waits.
func (p *process) untold() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.told || !errors.Is(p.ended, ErrProtocol) {
		return nil
	}
	p.told = true
	return p.ended
}
