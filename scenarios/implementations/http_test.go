package implementations_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

func TestHTTPAnswers(t *testing.T) {
	t.Parallel()
	remote, err := implementations.NewHTTP(t.Context(), hostileServer(t).URL, ample)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	v := openVerifier(t, remote)
	if got, err := v.Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
		t.Errorf("Verify = %v, %v", got, err)
	}
}

func TestHTTPRefusesATargetThatIsNone(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id":1}`) }))
	_, err := implementations.NewHTTP(t.Context(), dead.URL, ample)
	if !errors.Is(err, implementations.ErrStart) {
		t.Errorf("a server without the protocol: %v, want %v", err, implementations.ErrStart)
	}
	checkFault(t, "a server without the protocol", err, implementations.ErrProtocol, "no description")
	dead.Close()
	_, err = implementations.NewHTTP(t.Context(), dead.URL, ample)
	if !errors.Is(err, implementations.ErrStart) {
		t.Errorf("nothing listens: %v, want %v", err, implementations.ErrStart)
	}
	checkFault(t, "nothing listens", err, implementations.ErrCrash, "refused")
	if _, err := implementations.NewHTTP(t.Context(), "ftp://example.com", 0); err == nil {
		t.Error("NewHTTP took an ftp URL")
	}
}
