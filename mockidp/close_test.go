package mockidp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
)

func TestCloseEndsHangs(t *testing.T) {
	t.Parallel()
	s, err := mockidp.Start(t.Context(), mockidp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e := newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	for _, kind := range []fault.Kind{fault.Hang, fault.Oversized, fault.Drip} {
		if err := e.Faults().Add(fault.Fault{ID: string(kind), Kind: kind, Count: 1}); err != nil {
			t.Fatal(err)
		}
	}
	address := strings.TrimPrefix(s.URL(), "http://")
	var dialer net.Dialer
	for i := range 4 {
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i == 3 {
			break // Nothing is ever sent on the last connection.
		}
		if _, err := io.WriteString(conn, "GET /keys HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, func() bool { return len(e.Faults().Applications()) == 3 })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	if err := s.Close(ctx); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Close() took %v, want it to end faults at once", took)
	}
	if err := s.Close(ctx); err != nil {
		t.Errorf("the second Close() = %v", err)
	}
	if _, err := s.NewEnvironment("late", mockidp.EnvironmentConfig{}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("NewEnvironment() after Close() = %v, want an error", err)
	}
	s.Remove("")
	if _, err := http.Get(s.URL()); err == nil {
		t.Errorf("the server still answers")
	}
}

// TestCloseCutsOff has a request that does not end by itself.
func TestCloseCutsOff(t *testing.T) {
	t.Parallel()
	s, err := mockidp.Start(t.Context(), mockidp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	e := newEnvironment(t, s, "", mockidp.EnvironmentConfig{})
	entered, leave := make(chan struct{}), make(chan struct{})
	publish(t, e, func(p *mockidp.Publication) {
		p.EditMetadata = func(*mockidp.Document) {
			close(entered)
			<-leave
		}
	})
	c := browser(t)
	answered := make(chan error, 1)
	go func() {
		response, err := c.Get(e.Issuer() + "/.well-known/openid-configuration")
		if err == nil {
			response.Body.Close()
		}
		answered <- err
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	closed := make(chan error, 1)
	go func() { closed <- s.Close(ctx) }()
	if err := <-answered; err == nil {
		t.Errorf("the request was answered")
	}
	select {
	case err := <-closed:
		t.Errorf("Close() = %v while a handler still runs", err)
	default:
	}
	close(leave)
	if err := <-closed; !errors.Is(err, context.Canceled) {
		t.Errorf("Close() = %v, want %v", err, context.Canceled)
	}
}
