package mockidp

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/request"
)

// maxRequests bounds the request log. In a flood the latest requests are
// kept; the counts continue.
const maxRequests = 4096

// Mark is a position in the request log of an environment. The zero value is
// its beginning.
type Mark uint64

// Request is one request that an environment received. It is logged on
// arrival, so requests without an answer yet are there too.
type Request struct {
	Number    uint64    // 1 for the first one of the environment, then one more each time
	Time      time.Time // when it arrived, on the clock of the environment
	Method    string
	Path      string // below the issuer
	Endpoint  fault.Endpoint
	ClientID  string // as the request names it, not authenticated
	UserAgent string

	// What a Relying Party should or should not send to a public document.
	HasAuthorization bool
	HasCookie        bool
	HasReferer       bool
	IfNoneMatch      string
	CacheControl     string
	Accept           string
	Origin           string

	// The outcome, which is logged before the client can know it.
	FaultID string // the fault that struck, if any
	Status  int    // 0: no answer yet, or one that is not HTTP
	Bytes   int64  // the size of the content

	// Took is the time from the arrival to the last write of the answer, on
	// the clock of the machine. It is 0 while there is none.
	Took time.Duration
}

// requestLog keeps the latest requests and counts all of them.
type requestLog struct {
	mu     sync.Mutex
	kept   []*Request
	total  uint64 // the mark of the next request
	counts map[fault.Endpoint]int
}

// add logs a request on arrival. From then on the entry belongs to the log.
func (l *requestLog) add(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) == maxRequests {
		l.kept[0] = nil
		l.kept = l.kept[1:]
	}
	l.total++
	r.Number = l.total
	l.kept = append(l.kept, r)
	if l.counts == nil {
		l.counts = make(map[fault.Endpoint]int)
	}
	l.counts[r.Endpoint]++
}

// update changes an entry.
func (l *requestLog) update(r *Request, change func(*Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(r)
}

func (l *requestLog) since(mark Mark) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.total - uint64(len(l.kept))
	skip := min(max(uint64(mark), first), l.total) - first
	out := make([]Request, 0, uint64(len(l.kept))-skip)
	for _, r := range l.kept[skip:] {
		out = append(out, *r)
	}
	return out
}

// Requests returns the log, oldest first: the last 4,096 requests.
func (e *Environment) Requests() []Request { return e.log.since(0) }

// RequestsSince returns the requests after the mark. The Number of a request
// is the mark of the position after it.
func (e *Environment) RequestsSince(mark Mark) []Request { return e.log.since(mark) }

// Mark returns the current position in the request log, for
// [Environment.RequestsSince].
func (e *Environment) Mark() Mark {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	return Mark(e.log.total)
}

// Counts returns how many requests each endpoint has received. Both paths of
// the JWK Set count as [fault.Keys].
func (e *Environment) Counts() map[fault.Endpoint]int {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	if e.log.counts == nil {
		return make(map[fault.Endpoint]int)
	}
	return maps.Clone(e.log.counts)
}

// recorder logs what is sent before it is sent, so that a client that has an
// answer finds it in the log. It lets http.ResponseController through.
type recorder struct {
	http.ResponseWriter
	log     *requestLog
	entry   *Request
	arrived time.Time
}

func (w *recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.note(status, 0)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.note(http.StatusOK, len(p))
	return w.ResponseWriter.Write(p)
}

// note counts bytes and keeps the first status and the time of the last write.
func (w *recorder) note(status, raw int) {
	w.log.update(w.entry, func(r *Request) {
		if r.Status == 0 {
			r.Status = status
		}
		r.Bytes += int64(raw)
		r.Took = time.Since(w.arrived)
	})
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// describe returns the log entry of a request. The form must be parsed.
func (e *Environment) describe(r *http.Request, path string, endpoint fault.Endpoint) *Request {
	return &Request{
		Time:             e.cfg.Now(),
		Method:           r.Method,
		Path:             path,
		Endpoint:         endpoint,
		ClientID:         request.ClientID(r),
		UserAgent:        r.UserAgent(),
		HasAuthorization: has(r.Header, "Authorization"),
		HasCookie:        has(r.Header, "Cookie"),
		HasReferer:       has(r.Header, "Referer"),
		IfNoneMatch:      r.Header.Get("If-None-Match"),
		CacheControl:     r.Header.Get("Cache-Control"),
		Accept:           r.Header.Get("Accept"),
		Origin:           r.Header.Get("Origin"),
	}
}

func has(h http.Header, name string) bool {
	return slices.ContainsFunc(h.Values(name), func(v string) bool { return v != "" })
}
