package control_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
)

// served returns what is at the URL now. It keeps no connection, because another
// server may listen there next.
func served(t *testing.T, url string) string {
	t.Helper()
	return fetch(t, url, func(r *http.Request) { r.Close = true }).body
}

// waitUntilServed waits until the lender listens again.
func waitUntilServed(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		response, err := http.Get(address)
		if err == nil {
			response.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not served again: %v", address, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A borrower serves the same issuer with the same key at the same address, and
// gives it back.
func TestLoan(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	own, err := control.NewEnvironment(idp, control.Spec{NoDecoys: true, People: "users:\n  - id: usr_1\n"})
	if err != nil {
		t.Fatal(err)
	}
	before := served(t, own.JWKSURI())
	c := &control.Client{URL: api.URL()}
	borrowed, err := c.Borrow(t.Context(), "")
	if err != nil {
		t.Fatalf("Borrow() = %v", err)
	}
	var refused *control.Problem
	if _, err := c.Borrow(t.Context(), ""); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("a second Borrow() = %v, want a problem with the status 409", err)
	}
	cfg, err := borrowed.Config()
	if err != nil {
		t.Fatal(err)
	}
	server, err := mockidp.Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("listening on what was lent: %v", err)
	}
	env, err := server.NewEnvironment(borrowed.Environment.Name, mockidp.EnvironmentConfig{NoDecoys: borrowed.NoDecoys})
	if err != nil {
		t.Fatal(err)
	}
	if during := served(t, own.JWKSURI()); env.Issuer() != own.Issuer() || during != before {
		t.Errorf("the borrower serves %s with %s, want %s with %s", env.Issuer(), during, own.Issuer(), before)
	}
	if err := env.Ring().Rotate("sign-at-once", server.Keys().Key("new", "RS256")); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := borrowed.Return(t.Context()); err != nil {
		t.Errorf("Return() = %v", err)
	}
	if after := served(t, own.JWKSURI()); after != before {
		t.Errorf("after the loan, the keys are %s, want %s", after, before)
	}
}

// A borrower that ends without a word gives the address back, even if it still
// listens for a moment.
func TestLoanOfABorrowerThatIsKilled(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	own := cheap(t, idp, "")
	request, err := http.NewRequest(http.MethodPost, api.URL()+"/loan", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("POST /loan = %v, %v", response, err)
	}
	u, err := url.Parse(own.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	borrower, err := mockidp.Start(t.Context(), mockidp.Config{ListenerConfig: mockidp.ListenerConfig{Addr: u.Host}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	// It cannot be given back now, and the loan does not end for that.
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	c := &control.Client{URL: api.URL()}
	if err := c.Do(short, http.MethodDelete, "/loan", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("DELETE /loan while the borrower listens = %v, want that it waits", err)
	}
	if err := borrower.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitUntilServed(t, own.JWKSURI())
}

// A loan does not keep the API from closing.
func TestCloseDuringALoan(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	cheap(t, idp, "")
	c := &control.Client{URL: api.URL()}
	borrowed, err := c.Borrow(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	if err := api.Close(t.Context()); err != nil || time.Since(started) > 2*time.Second {
		t.Errorf("Close() = %v after %v, want nil at once", err, time.Since(started))
	}
	if err := borrowed.Return(t.Context()); err == nil {
		t.Error("Return() to an API that is closed = nil, want an error")
	}
}

// An environment that is served elsewhere cannot be lent.
func TestLoanOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	idp, api := start(t)
	if _, err := control.NewEnvironment(idp, control.Spec{Origin: "https://auth.example.com", Alg: "ES256"}); err != nil {
		t.Fatal(err)
	}
	c := &control.Client{URL: api.URL()}
	if _, err := c.Borrow(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "the issuer is https://auth.example.com, and only what is at "+idp.URL()) {
		t.Errorf("Borrow() = %v, want that only %s can be lent", err, idp.URL())
	}
}
