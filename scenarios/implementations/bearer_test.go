package implementations_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/present"
)

// deployedServer answers a token with what the token says.
func deployedServer(t *testing.T) string {
	t.Helper()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch token {
		case "hang":
			<-stop
		case "reset":
			panic(http.ErrAbortHandler)
		case "redirect":
			http.Redirect(w, r, "/login", http.StatusFound)
		case "huge":
			w.Write(bytes.Repeat([]byte("welcome "), 1<<20))
		case "welcome", "sign-in", "both", "neither":
			page := map[string]string{"welcome": "welcome", "sign-in": "please sign in", "both": "welcome, please sign in"}[token]
			io.WriteString(w, page)
		case "challenge":
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="TOKEN_EXPIRED"`)
			w.WriteHeader(http.StatusUnauthorized)
		case "json":
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"errors":[{"code":"INVALID_AUDIENCE"}]}`)
		case "user":
			io.WriteString(w, `{"user":{"sub":"usr_1"}}`)
		default:
			status := http.StatusUnauthorized
			fmt.Sscanf(token, "%d", &status)
			if len(token) > 1000 {
				status = http.StatusRequestHeaderFieldsTooLarge
			}
			w.WriteHeader(status)
		}
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(stop) })
	return server.URL + "/me?key=s3cret"
}

func deployed(t *testing.T, target string, opts implementations.BearerOptions) implementations.Deployed {
	t.Helper()
	d, err := implementations.NewBearer(target, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestBearerVerdicts(t *testing.T) {
	t.Parallel()
	target := deployedServer(t)
	texts := present.Reading{AcceptText: "welcome", RejectText: "sign in"}
	for _, test := range []struct {
		name, token string
		reading     present.Reading
		want        string // the answer, or part of the error
		fault       error
	}{
		{name: "200 accepts", token: "200", want: "accept"},
		{name: "204 accepts", token: "204", want: "accept"},
		{name: "401 rejects", token: "401", want: "reject"},
		{name: "403 rejects", token: "403", want: "reject"},
		{name: "an own status", token: "418", reading: present.Reading{Reject: "400-403,418"}, want: "reject"},
		{name: "500 is no verdict", token: "500", want: "status 500", fault: implementations.ErrNoVerdict},
		{name: "429 is no verdict", token: "429", want: "status 429", fault: implementations.ErrNoVerdict},
		{name: "a redirect is no verdict", token: "redirect", want: "a redirect", fault: implementations.ErrNoVerdict},
		{name: "a redirect can be the way to reject", token: "redirect", reading: present.Reading{Reject: "302"}, want: "reject"},
		{name: "a connection that is cut off", token: "reset", want: "EOF", fault: implementations.ErrCrash},
		{name: "no answer", token: "hang", want: "no answer", fault: implementations.ErrHang},
		{name: "a huge page", token: "huge", reading: texts, want: "accept"},
		{name: "a text accepts", token: "welcome", reading: texts, want: "accept"},
		{name: "a text rejects", token: "sign-in", reading: texts, want: "reject"},
		{name: "both texts", token: "both", reading: texts, want: "without the text", fault: implementations.ErrNoVerdict},
		{name: "neither text", token: "neither", reading: texts, want: "without the text", fault: implementations.ErrNoVerdict},
		{name: "the text of a rejection alone", token: "200", reading: present.Reading{RejectText: "sign in"}, want: "accept"},
		{name: "the text of an acceptance alone", token: "401", reading: present.Reading{AcceptText: "welcome"}, want: "reject"},
		{name: "no text where one accepts", token: "200", reading: present.Reading{AcceptText: "welcome"}, want: "without the text", fault: implementations.ErrNoVerdict},
		{name: "a reason in WWW-Authenticate", token: "challenge", want: "reject TOKEN_EXPIRED"},
		{name: "a reason in JSON", token: "json", reading: present.Reading{Reason: "errors.0.code"}, want: "reject INVALID_AUDIENCE"},
		{name: "a reason elsewhere", token: "json", reading: present.Reading{Reason: "errors.1.code"}, want: "reject"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deployed(t, target, implementations.BearerOptions{Reading: test.reading, Timeout: 2 * time.Second})
			answer, err := openVerifier(t, d).Verify(t.Context(), implementations.Input{Token: test.token})
			if test.fault != nil {
				if !errors.Is(err, test.fault) || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("Verify = %v, %v, want %v with %q", answer, err, test.fault, test.want)
				}
				return
			}
			if err != nil || answer.String() != test.want {
				t.Errorf("Verify = %v, %v, want %s", answer, err, test.want)
			}
		})
	}
}

func TestBearerSubject(t *testing.T) {
	t.Parallel()
	d := deployed(t, deployedServer(t), implementations.BearerOptions{Reading: present.Reading{Subject: "user.sub"}})
	answer, err := openVerifier(t, d).Verify(t.Context(), implementations.Input{Token: "user"})
	if err != nil || string(answer.Claims["sub"]) != `"usr_1"` {
		t.Errorf("Verify = %v, %v, want the subject usr_1", answer.Claims, err)
	}
}

// What the HTTP server refuses for its length says nothing about the verifier.
func TestBearerTooLong(t *testing.T) {
	t.Parallel()
	v := openVerifier(t, deployed(t, deployedServer(t), implementations.BearerOptions{}))
	_, err := v.Verify(t.Context(), implementations.Input{Token: strings.Repeat("a", 5000)})
	if _, ok := errors.AsType[*implementations.UnfitError](err); !ok {
		t.Errorf("431 for a long token: %v, want an UnfitError", err)
	}
	if _, err = v.Verify(t.Context(), implementations.Input{Token: strings.Repeat("a", 1001)}); !errors.Is(err, implementations.ErrNoVerdict) {
		t.Errorf("431 for an ordinary token: %v, want %v", err, implementations.ErrNoVerdict)
	}
}

// The request has the fields of the user, and its name has no secrets.
func TestBearerRequest(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 2)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got <- r
	}))
	defer server.Close()
	template, err := present.Parse("form:id_token={{token}}")
	if err != nil {
		t.Fatal(err)
	}
	d := deployed(t, strings.Replace(server.URL, "//", "//user:s3cret@", 1)+"/me?key=s3cret", implementations.BearerOptions{
		Present: template, Header: http.Header{"X-Tenant": {"acme"}},
	})
	if _, err := openVerifier(t, d).Verify(t.Context(), implementations.Input{Token: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Method != "POST" || r.Header.Get("X-Tenant") != "acme" || r.PostForm.Get("id_token") != "a.b.c" || r.URL.Query().Get("key") != "s3cret" {
		t.Errorf("the request is %s %s %v %v", r.Method, r.URL, r.Header, r.PostForm)
	}
	if _, err := d.Anonymous(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.PostForm.Has("id_token") {
		t.Errorf("a request without a token has %v", r.PostForm)
	}
	if name := d.Describe().Name; strings.Contains(name, "s3cret") || !strings.HasSuffix(name, "/me") {
		t.Errorf("Name is %q", name)
	}
}

func TestBearerRefusesOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		target  string
		reading present.Reading
	}{
		{"ftp://127.0.0.1/", present.Reading{}},
		{"127.0.0.1:80", present.Reading{}},
		{"http://127.0.0.1/", present.Reading{Accept: "200,"}},
		{"http://127.0.0.1/", present.Reading{Accept: "299-200"}},
		{"http://127.0.0.1/", present.Reading{Reject: "99"}},
		{"http://127.0.0.1/", present.Reading{Accept: "200-499"}},
	} {
		if _, err := implementations.NewBearer(test.target, implementations.BearerOptions{Reading: test.reading}); err == nil {
			t.Errorf("NewBearer(%q, %+v) succeeds", test.target, test.reading)
		}
	}
}

func TestBearerRestart(t *testing.T) {
	t.Parallel()
	target := deployedServer(t)
	for _, test := range []struct {
		name string
		opts implementations.BearerOptions
		want string // part of the error, "" for none
		is   error
	}{
		{name: "nothing to start", opts: implementations.BearerOptions{}},
		{name: "a command that ends well", opts: implementations.BearerOptions{Restart: []string{"true"}}},
		{name: "a command that fails", opts: implementations.BearerOptions{Restart: []string{"sh", "-c", "echo no such unit >&2; exit 4"}}, want: "no such unit", is: implementations.ErrCrash},
		{name: "a command that hangs", opts: implementations.BearerOptions{Restart: []string{"sleep", "60"}, Wait: 100 * time.Millisecond}, want: "longer than", is: implementations.ErrHang},
		{name: "a program that is not there", opts: implementations.BearerOptions{Service: []string{"./no-such-program"}}, want: "no-such-program", is: implementations.ErrStart},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deployed(t, target, test.opts)
			err := d.Restart(t.Context())
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Restart = %v, want %v with %q", err, test.is, test.want)
			}
		})
	}
}

// A service that ends at its start says why, and one that never answers is
// waited for no longer than asked.
func TestBearerServiceThatDoesNotStart(t *testing.T) {
	t.Parallel()
	const nobody = "http://127.0.0.1:1/"
	d := deployed(t, nobody, implementations.BearerOptions{Service: []string{"sh", "-c", "echo no issuer; exit 1"}})
	if err := d.Restart(t.Context()); !errors.Is(err, implementations.ErrCrash) || !strings.Contains(err.Error(), "no issuer") {
		t.Errorf("Restart = %v, want the last words", err)
	}
	d = deployed(t, nobody, implementations.BearerOptions{Service: []string{"sleep", "60"}, Wait: 200 * time.Millisecond})
	if err := d.Restart(t.Context()); !errors.Is(err, implementations.ErrHang) {
		t.Errorf("Restart = %v, want %v", err, implementations.ErrHang)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := deployed(t, nobody, implementations.BearerOptions{}).Restart(ctx); err == nil {
		t.Error("Restart did not end with its context")
	}
}

// What the command of --restart leaves in the background goes on, and its
// output breaks no pipe.
func TestBearerRestartLeavesTheService(t *testing.T) {
	t.Parallel()
	alive := filepath.Join(t.TempDir(), "alive")
	d := deployed(t, deployedServer(t), implementations.BearerOptions{
		Restart: []string{"sh", "-c", `sh -c 'sleep 0.3; echo listening; echo here >"$ALIVE"' &`}, Env: []string{"ALIVE=" + alive},
	})
	if err := d.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(alive); err == nil && len(text) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the service in the background is gone")
		}
	}
}

// The service is another process after a restart, and none is left at the end.
func TestBearerRunsTheService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	d := deployed(t, deployedServer(t), implementations.BearerOptions{
		Service: []string{"sh", "-c", "echo $$ >>$LOG; exec sleep 60"}, Env: []string{"LOG=log"}, Dir: dir,
	})
	if !d.CanRestart() {
		t.Error("CanRestart is false")
	}
	var started []string
	for n := 1; n <= 2; n++ {
		if err := d.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); len(started) < n; time.Sleep(5 * time.Millisecond) {
			text, _ := os.ReadFile(log)
			if started = strings.Fields(string(text)); time.Now().After(deadline) {
				t.Fatalf("%d services were started, want %d", len(started), n)
			}
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	for _, id := range started {
		pid, err := strconv.Atoi(id)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := os.FindProcess(pid); err == nil && p.Signal(syscall.Signal(0)) == nil {
			t.Errorf("the service %d still runs", pid)
		}
	}
}
