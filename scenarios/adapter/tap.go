package adapter

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios/implementations"
)

// listener validates what is exchanged with all processes of an adapter.
type listener struct {
	schemas *schemas

	mu       sync.Mutex
	requests int
	answers  int
	slowest  time.Duration // of the first answers of a process
	unsound  error         // what is wrong with a request of assay's
	faults   []*fault      // in the order in which they were found

	declined   bool          // whether an unknown operation was answered with an error
	undeclined *intake.Error // shows another answer to one
}

// fault is something wrong with the answers to one operation.
type fault struct {
	op      string
	warning bool
	at      *intake.Error
	times   int
}

// report adds a fault, or counts it if it is known.
func (l *listener) report(op string, warning bool, at *intake.Error) {
	for _, f := range l.faults {
		if f.op == op && f.at.Problem == at.Problem {
			f.times++
			return
		}
	}
	l.faults = append(l.faults, &fault{op, warning, at, 1})
}

// broken reports whether an answer broke the protocol.
func (l *listener) broken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.faults {
		if !f.warning {
			return true
		}
	}
	return false
}

// tap returns a Tap for a process. change, if not nil, changes each request; its
// result says whether the answer to it is validated.
func (l *listener) tap(change func(op string, line []byte) ([]byte, bool)) func() implementations.Tap {
	return func() implementations.Tap {
		return &tap{listener: l, change: change, began: time.Now(), asked: make(map[int]*question)}
	}
}

// tap is the listener of one process.
type tap struct {
	*listener
	change func(op string, line []byte) ([]byte, bool)
	began  time.Time
	heard  bool
	asked  map[int]*question // guarded by the listener's mutex
}

// question is a request.
type question struct {
	op        string
	validated bool
	answered  bool
}

func (t *tap) Sent(line []byte) []byte {
	var request struct {
		ID int    `json:"id"`
		Op string `json:"op"`
	}
	// What cannot be read is not valid either.
	_ = json.Unmarshal(line, &request)
	wrong := t.schemas.validate(request.Op+"Request", line)
	sent, validated := line, true
	if t.change != nil {
		sent, validated = t.change(request.Op, line)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if wrong != nil && t.unsound == nil {
		t.unsound = fmt.Errorf("a request of the harness does not fit the schema: %s", wrong.Problem)
	}
	t.requests++
	t.asked[request.ID] = &question{op: request.Op, validated: validated}
	return sent
}

func (t *tap) Received(line []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answers++
	if !t.heard {
		t.heard = true
		t.slowest = max(t.slowest, time.Since(t.began))
	}
	var answer struct {
		ID    *int   `json:"id"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(line, &answer); err != nil || answer.ID == nil {
		if wrong := t.schemas.validate("closeAnswer", line); wrong != nil { // which wants an id and no more
			t.report("", false, wrong)
		}
		return
	}
	q := t.asked[*answer.ID]
	switch {
	case q == nil:
		t.report("", false, mistake(line, offsetOf(line, "/id"), "no request has this id"))
	case q.answered:
		t.report(q.op, false, mistake(line, offsetOf(line, "/id"), "the request was answered before"))
	case !q.validated:
		q.answered = true
		if t.declined = answer.Error != ""; !t.declined {
			t.undeclined = mistake(line, 0, "not an error")
		}
	case strings.TrimSpace(answer.Error) != "":
		q.answered = true
		t.report(q.op, false, mistake(line, offsetOf(line, "/error"), "the adapter could not carry out the request"))
	default:
		q.answered = true
		if wrong := t.schemas.validate(q.op+"Answer", line); wrong != nil {
			t.report(q.op, false, wrong)
		} else if odd := t.schemas.unknown(q.op+"Answer", line); odd != nil {
			t.report(q.op, true, odd)
		}
	}
}
