package implementations

import (
	"context"
	"slices"
	"sync"
	"time"
)

// session is a verifier on the other side of the protocol.
type session struct {
	name string
	send func(context.Context, Request) (Response, error)
	now  func() time.Time // nil means the real clock

	clock sync.Mutex // held while the clock is set, so that later calls see it
	told  time.Time  // what the clock was set to last
}

// open makes the verifier.
func (s *session) open(ctx context.Context, setup Setup) (Answer, error) {
	s.now = setup.Now
	return s.call(ctx, Request{Op: OpOpen, Setup: &setup})
}

func (s *session) Verify(ctx context.Context, input Input) (Answer, error) {
	return s.call(ctx, Request{Op: OpVerify, Input: &input})
}

func (s *session) Begin(ctx context.Context, login Login) (Answer, error) {
	return s.call(ctx, Request{Op: OpBegin, Login: &login})
}

func (s *session) Refresh(ctx context.Context, name string) (Answer, error) {
	return s.call(ctx, Request{Op: OpRefresh, Name: name})
}

// close forgets the verifier.
func (s *session) close() error {
	_, err := s.send(context.Background(), Request{Op: OpClose, Session: s.name})
	return err
}

// call sends a request about the session, whose clock is right by then.
func (s *session) call(ctx context.Context, request Request) (Answer, error) {
	if err := s.setClock(ctx); err != nil {
		return Answer{}, err
	}
	request.Session = s.name
	response, err := s.send(ctx, request)
	return response.Answer, err
}

// setClock sends the time if it has changed.
func (s *session) setClock(ctx context.Context) error {
	if s.now == nil {
		return nil
	}
	s.clock.Lock()
	defer s.clock.Unlock()
	now := s.now()
	if now.Equal(s.told) {
		return nil
	}
	seconds := float64(now.Unix()) + float64(now.Nanosecond())/1e9
	if _, err := s.send(ctx, Request{Op: OpClock, Session: s.name, Now: &seconds}); err != nil {
		return err
	}
	s.told = now
	return nil
}

// greet asks an adapter for its description.
func greet(ctx context.Context, send func(context.Context, Request) (Response, error)) (Description, error) {
	response, err := send(ctx, Request{Op: OpHello, Protocol: ProtocolVersion})
	if err != nil {
		return Description{}, err
	}
	d := *response.Description
	d.Protocol = max(1, d.Protocol)
	return d, nil
}

// roundTrip measures how long the answer to hello takes when the adapter is
// warm: the median of a few, or of fewer if they take long. An adapter of version
// 1 may not expect a second hello, so the result is zero for it.
func roundTrip(ctx context.Context, d Description, send func(context.Context, Request) (Response, error)) (time.Duration, error) {
	if d.Protocol < 2 {
		return 0, nil
	}
	const rounds, enough = 9, 500 * time.Millisecond
	var took []time.Duration
	for began := time.Now(); len(took) < rounds && time.Since(began) < enough; {
		started := time.Now()
		if _, err := greet(ctx, send); err != nil {
			return 0, err
		}
		took = append(took, time.Since(started))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
