package fault_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
)

// TestWaitingEnds goes through the four ends of a request that waits.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	kinds := map[string]fault.Fault{
		"hang":            {Kind: fault.Hang},
		"delay":           {Kind: fault.Delay, Attributes: fault.Attributes{Delay: time.Hour}},
		"status, delayed": {Kind: fault.Status, Attributes: fault.Attributes{Status: 500, Delay: time.Hour}},
		"drip":            {Kind: fault.Drip, Attributes: fault.Attributes{Interval: time.Hour}},
		"slow headers":    {Kind: fault.SlowHeaders, Attributes: fault.Attributes{Interval: time.Hour}},
		"interim":         {Kind: fault.Interim, Attributes: fault.Attributes{Interval: time.Hour}},
		"endless body":    {Kind: fault.Oversized},
	}
	ends := map[string]func(*endpoint, context.CancelFunc){
		"client leaves":      func(_ *endpoint, leave context.CancelFunc) { leave() },
		"fault is removed":   func(e *endpoint, _ context.CancelFunc) { e.faults.Remove("wait") },
		"set is reset":       func(e *endpoint, _ context.CancelFunc) { e.faults.Reset() },
		"server is stopping": func(e *endpoint, _ context.CancelFunc) { e.stop() },
		"fault is replaced": func(e *endpoint, _ context.CancelFunc) {
			_ = e.faults.Add(fault.Fault{ID: "wait", Kind: fault.Close})
		},
	}
	for kind, f := range kinds {
		for end, how := range ends {
			t.Run(kind+", "+end, func(t *testing.T) {
				t.Parallel()
				waiting := f
				waiting.ID = "wait"
				waiting.Count = 1 // Spent, and still to be ended.
				e := start(t, waiting, false)
				ctx, leave := context.WithTimeout(t.Context(), deadline)
				defer leave()
				conn := dial(t, e)
				if _, err := io.WriteString(conn, "POST /keys HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b"); err != nil {
					t.Fatal(err)
				}
				<-e.struck
				how(e, func() { conn.Close() })
				select {
				case <-e.done:
				case <-ctx.Done():
					t.Errorf("the handler still waits")
				}
			})
		}
	}
}

// TestRemovedDelayAnswers shows that removing a delay lets the request
// through, rightly answered.
func TestRemovedDelayAnswers(t *testing.T) {
	t.Parallel()
	e := start(t, fault.Fault{ID: "wait", Kind: fault.Delay, Attributes: fault.Attributes{Delay: time.Hour}}, false)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	go func() {
		<-e.struck
		e.faults.Remove("wait")
	}()
	if _, body, err := e.get(ctx); err != nil || string(body) != genuine {
		t.Errorf("get = %q, %v, want the genuine answer", body, err)
	}
}

func TestHangOutlivesTheDeadlineOfTheClient(t *testing.T) {
	t.Parallel()
	e := start(t, fault.Fault{ID: "hang", Kind: fault.Hang, Count: 1}, false)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, body, err := e.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("get = %q, %v, want %v", body, err, context.DeadlineExceeded)
	}
	if _, body, err := e.get(t.Context()); err != nil || string(body) != genuine {
		t.Errorf("get after the fault was spent = %q, %v", body, err)
	}
}

// TestRemovedFaultFinishesItsAnswer removes a fault while it writes an answer
// that does not last. The answer must arrive whole.
func TestRemovedFaultFinishesItsAnswer(t *testing.T) {
	t.Parallel()
	for _, f := range []fault.Fault{
		{Kind: fault.Status, Attributes: fault.Attributes{Status: 503}},
		{Kind: fault.Body, Attributes: fault.Attributes{Body: []byte("{}")}},
		{Kind: fault.Redirect},
	} {
		t.Run(string(f.Kind), func(t *testing.T) {
			t.Parallel()
			f.ID = "f"
			set := fault.NewSet(1, nil)
			add(t, set, f)
			w := &removing{ResponseRecorder: httptest.NewRecorder(), set: set, broken: make(chan struct{}, 1)}
			set.Pick(fault.Request{}).Serve(w, httptest.NewRequest(http.MethodGet, "/keys", nil), nil)
			if w.wasBroken {
				t.Errorf("the writes were interrupted")
			}
		})
	}
}

// removing removes the faults when the answer starts, and looks whether that
// makes writes fail.
type removing struct {
	*httptest.ResponseRecorder
	set       *fault.Set
	broken    chan struct{}
	wasBroken bool
}

func (w *removing) WriteHeader(status int) {
	w.ResponseRecorder.WriteHeader(status)
	w.set.Reset()
	select {
	case <-w.broken:
		w.wasBroken = true
	case <-time.After(50 * time.Millisecond): // Nothing happening takes time.
	}
}

// SetWriteDeadline is what http.ResponseController finds.
func (w *removing) SetWriteDeadline(time.Time) error {
	w.broken <- struct{}{}
	return nil
}
