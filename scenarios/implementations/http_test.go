package implementations_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// overHTTP serves the protocol; a token says what goes wrong.
func overHTTP(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request implementations.Request
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		response := implementations.Response{ID: request.ID}
		switch request.Op {
		case implementations.OpHello:
			response.Description = &implementations.Description{Name: "remote"}
		case implementations.OpOpen:
			response.Verdict = scenarios.Accept
		case implementations.OpBegin:
			response.Verdict = scenarios.Reject
			if request.Login.RefreshToken != "" {
				response.Verdict = scenarios.Accept
			}
		case implementations.OpRefresh:
			response.Verdict = scenarios.Accept
			response.Session = &implementations.Renewed{AccessToken: "second of " + request.Name}
		case implementations.OpVerify:
			response.Verdict = scenarios.Reject
			switch request.Input.Token {
			case "good":
				response.Verdict = scenarios.Accept
			case "hang":
				<-r.Context().Done()
				return
			case "status":
				w.WriteHeader(http.StatusTeapot)
				return
			case "redirect":
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				return
			case "stranger":
				response.ID += 1000
			case "nonsense":
				fmt.Fprint(w, "<html>")
				return
			case "cut":
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					conn.Close()
				}
				return
			}
		}
		if err := json.NewEncoder(w).Encode(response); err != nil {
			return
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHTTPAnswers(t *testing.T) {
	t.Parallel()
	remote, err := implementations.NewHTTP(t.Context(), overHTTP(t).URL, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	v := openVerifier(t, remote)
	if got, err := v.Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
		t.Errorf("Verify = %v, %v", got, err)
	}
	for token, want := range map[string]error{
		"hang": implementations.ErrHang, "status": implementations.ErrProtocol,
		"redirect": implementations.ErrProtocol, "stranger": implementations.ErrProtocol, "nonsense": implementations.ErrProtocol, "cut": implementations.ErrCrash,
	} {
		if _, err := v.Verify(t.Context(), implementations.Input{Token: token}); !errors.Is(err, want) {
			t.Errorf("Verify(%s) = %v, want %v", token, err, want)
		}
	}
}

func TestHTTPRefusesATargetThatIsNone(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	if _, err := implementations.NewHTTP(t.Context(), dead.URL, time.Minute); !errors.Is(err, implementations.ErrProtocol) {
		t.Errorf("a server without the protocol: %v", err)
	}
	dead.Close()
	if _, err := implementations.NewHTTP(t.Context(), dead.URL, time.Minute); !errors.Is(err, implementations.ErrCrash) {
		t.Errorf("nothing listens: %v", err)
	}
	if _, err := implementations.NewHTTP(t.Context(), "ftp://example.com", 0); err == nil {
		t.Error("NewHTTP took an ftp URL")
	}
}
