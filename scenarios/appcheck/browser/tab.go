package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Tab is a tab of a browser. [Browser.NewTab] makes it. One goroutine may use
// it at a time.
type Tab struct {
	conn             *conn
	context, session string

	changed chan struct{} // has an element if something has happened

	mu       sync.Mutex
	running  map[string]bool // requests without an answer yet
	last     time.Time       // when one began or ended
	requests []Request
	dialog   bool // whether the page shows one
}

// What a tab waits for, and keeps.
const (
	// quietTime is how long nothing may be requested before a page counts as
	// ready. Applications that show one thing and then fetch another take a
	// few tens of milliseconds in between.
	quietTime = 300 * time.Millisecond

	// settleTime bounds the wait for that, because some pages never are: they
	// poll, or keep a stream open.
	settleTime = 8 * time.Second

	// maxRequests is how many requests are kept. A page that sends more polls.
	maxRequests = 4096
)

// loading is in Tab.running while a page loads.
const loading = "the page"

// Request is a request of a tab.
type Request struct {
	Method  string
	URL     string // with its fragment
	Referer string
	Type    string // such as Document, Script or Fetch
	Page    bool   // whether it loads a page, or a frame of it
}

// call calls a method of the tab.
func (t *Tab) call(ctx context.Context, method string, params, result any) error {
	return t.conn.call(ctx, t.session, method, params, result)
}

// Close closes the tab and forgets its cookies.
func (t *Tab) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	if t.session != "" {
		t.conn.forget(t.session)
	}
	// The error is that the browser has ended.
	_ = t.conn.call(ctx, "", "Target.disposeBrowserContext", map[string]any{"browserContextId": t.context}, nil)
}

// note notes an event.
func (t *Tab) note(m message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m.Method {
	case "Network.requestWillBeSent":
		t.noteRequest(m.Params)
	case "Network.loadingFinished", "Network.loadingFailed":
		var p struct{ RequestID string }
		if json.Unmarshal(m.Params, &p) == nil {
			delete(t.running, p.RequestID)
		}
	case "Page.javascriptDialogOpening":
		t.dialog = true
	case "Page.frameNavigated":
		var p struct{ Frame struct{ ParentID string } }
		if json.Unmarshal(m.Params, &p) == nil && p.Frame.ParentID == "" {
			// The end of requests of the page before may never be told.
			clear(t.running)
			t.running[loading] = true
		}
	case "Page.loadEventFired":
		delete(t.running, loading)
	default:
		return
	}
	t.last = time.Now()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// noteRequest notes a request. The caller holds the mutex.
func (t *Tab) noteRequest(params json.RawMessage) {
	var p struct {
		RequestID string `json:"requestId"`
		Type      string
		Request   struct {
			Method      string
			URL         string `json:"url"`
			URLFragment string `json:"urlFragment"`
			Headers     map[string]string
		}
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	t.running[p.RequestID] = true
	if len(t.requests) == maxRequests || strings.HasPrefix(p.Request.URL, "data:") {
		return
	}
	t.requests = append(t.requests, Request{
		Method: p.Request.Method, URL: p.Request.URL + p.Request.URLFragment,
		Referer: p.Request.Headers["Referer"], Type: p.Type, Page: p.Type == "Document",
	})
}

// Requests returns what the tab has requested, oldest first: the first 4,096.
func (t *Tab) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Request(nil), t.requests...)
}

// ErrLoad is returned for a page that cannot be loaded: nothing answers, or what
// does is not HTTP.
var ErrLoad = errors.New("the page cannot be loaded")

// Open opens a URL, as if it were typed into the address bar, and waits until
// the page is ready. An answer with an error status is a page like any other.
// The error is ErrLoad if there is no answer, also after a redirect.
func (t *Tab) Open(ctx context.Context, url string) error {
	var result struct{ ErrorText string }
	if err := t.call(ctx, "Page.navigate", map[string]any{"url": url}, &result); err != nil {
		return err
	}
	if err := t.Settle(ctx); err != nil {
		return err
	}
	switch result.ErrorText {
	// A page that leads elsewhere at once aborts its own load, and an error
	// without content is shown as a page of the browser.
	case "", "net::ERR_ABORTED", "net::ERR_HTTP_RESPONSE_CODE_FAILURE":
		return nil
	}
	path, _, _ := strings.Cut(url, "?") // codes are in the query
	return fmt.Errorf("%w: %s: %s", ErrLoad, path, result.ErrorText)
}

// Settle waits until the page is ready and requests nothing, or for some
// seconds if it never stops.
func (t *Tab) Settle(ctx context.Context) error {
	end := time.NewTimer(settleTime)
	defer end.Stop()
	for began := time.Now(); ; {
		t.mu.Lock()
		since, busy, dialog := time.Since(latest(t.last, began)), len(t.running) > 0, t.dialog
		t.dialog = false
		t.mu.Unlock()
		if dialog {
			// A page waits for the answer to alert and confirm.
			if err := t.call(ctx, "Page.handleJavaScriptDialog", map[string]any{"accept": true}, nil); err != nil {
				return err
			}
		}
		if !busy && since >= quietTime {
			return nil
		}
		quiet := time.NewTimer(max(quietTime-since, time.Millisecond))
		if busy {
			quiet.Reset(settleTime)
		}
		select {
		case <-t.changed:
		case <-quiet.C:
		case <-end.C:
			return nil
		case <-t.conn.ended:
			return ErrClosed
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		quiet.Stop()
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ErrScript is returned for a script that throws, or a page that is gone.
var ErrScript = errors.New("the script of the page failed")

// Evaluate evaluates an expression of JavaScript in the page, waits for it if
// it is a promise, and decodes its value into result, unless that is nil. Pages
// take what it does for actions of the user.
func (t *Tab) Evaluate(ctx context.Context, expression string, result any) error {
	var answer struct {
		Result struct {
			Value json.RawMessage
		}
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := t.call(ctx, "Runtime.evaluate", map[string]any{
		"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true,
	}, &answer)
	if err != nil {
		return err
	}
	if e := answer.ExceptionDetails; e != nil {
		return fmt.Errorf("%w: %s %s", ErrScript, e.Text, e.Exception.Description)
	}
	if result == nil || answer.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(answer.Result.Value, result)
}
