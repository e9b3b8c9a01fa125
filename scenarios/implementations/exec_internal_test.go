package implementations

import (
	"errors"
	"testing"
)

// The fault of a process that ended while it was idle is reported once.
func TestFaultsOfIdleProcessesAreReported(t *testing.T) {
	t.Parallel()
	crashed, broken := new(process), new(process)
	crashed.end(ErrCrash)
	broken.end(ErrProtocol)
	e := &execImplementation{processes: []*process{broken, crashed}}
	if p, err := e.take(); p != nil || !errors.Is(err, ErrProtocol) {
		t.Errorf("take = %v, %v, want %v", p, err, ErrProtocol)
	}
	if p, err := e.take(); p != nil || err != nil {
		t.Errorf("the second take = %v, %v, want no process", p, err)
	}
}
