package implementations_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// exchange is one request to a server and the honest answer to it.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	answer implementations.Response
}

func (e *exchange) write(text string) error {
	_, err := io.WriteString(e.w, text)
	return err
}

// honest sends the answer.
func (e *exchange) honest() {
	if err := json.NewEncoder(e.w).Encode(e.answer); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (e *exchange) redirect(status int) { http.Redirect(e.w, e.r, "/elsewhere", status) }

// raw writes start to the connection, then more again and again if there is
// any, and closes it.
func (e *exchange) raw(start, more string, every time.Duration) {
	conn, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, start)
	for more != "" && err == nil {
		time.Sleep(every)
		_, err = io.WriteString(conn, more)
	}
}

// httpTricks has what a hostile server does when it is asked to verify a token,
// by token.
var httpTricks = map[string]func(*exchange){
	"status":     func(e *exchange) { e.w.WriteHeader(http.StatusInternalServerError); e.write("boom \x1b[2J") },
	"no-content": func(e *exchange) { e.w.WriteHeader(http.StatusNoContent) },
	"html":       func(e *exchange) { e.write("<html>login</html>") },
	"empty":      func(e *exchange) { e.write("") },
	"302":        func(e *exchange) { e.redirect(http.StatusFound) },
	"307":        func(e *exchange) { e.redirect(http.StatusTemporaryRedirect) },
	"wrong-id":   func(e *exchange) { e.answer.ID += 1000; e.honest() },
	"deep":       func(e *exchange) { e.write(withClaim(e.answer.ID, 3_000_000)) },
	"text":       func(e *exchange) { e.w.Header().Set("Content-Type", "text/html"); e.honest() },
	"gzip-bomb": func(e *exchange) {
		e.w.Header().Set("Content-Encoding", "gzip")
		bomb := gzip.NewWriter(e.w)
		flood(bomb, 100<<20)
	},
	"endless-body": func(e *exchange) {
		for e.write(strings.Repeat("A", 64<<10)) == nil {
		}
	},
	"hang": func(e *exchange) { <-e.r.Context().Done() },
	"reset": func(e *exchange) {
		conn, _, err := http.NewResponseController(e.w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	},
	"cut":       func(e *exchange) { e.raw("", "", 0) },
	"truncated": func(e *exchange) { e.raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"id\":1", "", 0) },
	"not-http":  func(e *exchange) { e.raw("SSH-2.0-OpenSSH_9.2\r\n", "", 0) },
	"interim": func(e *exchange) {
		for range 100 {
			e.w.WriteHeader(http.StatusProcessing)
		}
		e.honest()
	},
	"endless-head": func(e *exchange) { e.raw("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("b", 60_000)+"\r\n", 0) },
	"slow-head":    func(e *exchange) { e.raw("HTTP/1.1 200 OK\r\n", "X-A: b\r\n", 20*time.Millisecond) },
	"slow-body": func(e *exchange) {
		e.raw("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", " ", 20*time.Millisecond)
	},
}

// hostileServer serves the protocol and obeys the tokens that are in
// httpTricks.
func hostileServer(t *testing.T) *httptest.Server {
	t.Helper()
	honest := newAdapter("modern")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request implementations.Request
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		e := &exchange{w, r, honest.answer(request)}
		if request.Op == implementations.OpVerify {
			if trick, ok := httpTricks[request.Input.Token]; ok {
				trick(e)
				return
			}
		}
		e.honest()
	}))
	t.Cleanup(s.Close)
	return s
}

func TestHostileServers(t *testing.T) {
	crash, hang, protocol := implementations.ErrCrash, implementations.ErrHang, implementations.ErrProtocol
	type row struct {
		token string
		want  error
		words string
	}
	tests := []row{
		{"cut", crash, ""},
		{"reset", crash, "reset"},
		{"truncated", crash, "unexpected EOF"},

		{"hang", hang, "verify after"},
		{"slow-head", hang, "verify after"},
		{"slow-body", hang, "verify after"},

		{"status", protocol, `"boom \x1b[2J", with status 500`},
		{"no-content", protocol, "status 204"},
		{"302", protocol, "redirects are not followed"},
		{"307", protocol, "redirects are not followed"},
		{"html", protocol, "`<html>login</html>`"},
		{"empty", protocol, "it wrote nothing"},
		{"not-http", protocol, "SSH-2.0"},
		{"endless-head", protocol, "headers exceeded"},
		{"endless-body", protocol, "more than 8388608 bytes"},
		{"gzip-bomb", protocol, "more than 8388608 bytes"},
		{"wrong-id", protocol, "whose id is 10"},
		{"deep", protocol, "not a complete JSON object"},

		{"interim", nil, ""},
		{"text", nil, ""},
	}
	server := hostileServer(t)
	atOnce(t, tests, func(r row) string { return r.token }, func(t *testing.T, test row) {
		remote, err := implementations.NewHTTP(t.Context(), server.URL, ample)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { remote.Close() })
		v := openVerifier(t, remote)
		inTime(t, func() {
			err := verify(t, v, test.token, test.want)
			checkFault(t, "Verify", err, test.want, test.words)
			if got, err := v.Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
				t.Errorf("afterwards Verify = %v, %v", got, err)
			}
		})
	})
}

// A server may go away in the middle of a run.
func TestHostileServerGoes(t *testing.T) {
	t.Parallel()
	server := hostileServer(t)
	remote, err := implementations.NewHTTP(t.Context(), server.URL, ample)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	v := openVerifier(t, remote)
	server.Close()
	_, err = v.Verify(t.Context(), implementations.Input{Token: "good"})
	checkFault(t, "Verify", err, implementations.ErrCrash, "")
}
