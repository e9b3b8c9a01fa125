package control

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/words"
)

// Filter selects from the history of requests, or of the requests and tokens
// that faults have struck. The zero value selects everything.
type Filter struct {
	Since     uint64         // only larger numbers
	Limit     int            // only the latest; 0: all
	Endpoint  fault.Endpoint // empty: any
	ClientID  string         // empty: any
	FaultID   string         // empty: any or none
	UserAgent string         // a substring
}

// The names of the parameters.
const (
	pSince     = "since"
	pLimit     = "limit"
	pEndpoint  = "endpoint"
	pClientID  = "client_id"
	pFaultID   = "fault_id"
	pUserAgent = "user_agent"
)

// values returns the query that readFilter reads.
func (f Filter) values() url.Values {
	v := make(url.Values)
	for name, text := range map[string]string{
		pEndpoint: string(f.Endpoint), pClientID: f.ClientID, pFaultID: f.FaultID, pUserAgent: f.UserAgent,
	} {
		if text != "" {
			v.Set(name, text)
		}
	}
	if f.Since > 0 {
		v.Set(pSince, strconv.FormatUint(f.Since, 10))
	}
	if f.Limit > 0 {
		v.Set(pLimit, strconv.Itoa(f.Limit))
	}
	return v
}

// readFilter reads the query of a request.
func readFilter(r *http.Request) (f Filter, err error) {
	query := r.URL.Query()
	for name, values := range query {
		known := slices.Contains([]string{
			pSince, pLimit, pEndpoint, pClientID, pFaultID, pUserAgent,
		},
			name)
		if !known || len(values) > 1 {
			return f, refuse(http.StatusBadRequest, "the parameter %q is unknown or occurs twice",
				name)
		}
	}
	f = Filter{
		Endpoint: fault.Endpoint(query.Get(pEndpoint)), ClientID: query.Get(pClientID),
		FaultID: query.Get(pFaultID), UserAgent: query.Get(pUserAgent),
	}
	if f.Endpoint != "" && !slices.Contains(fault.Endpoints(), f.Endpoint) {
		return f, refuse(http.StatusBadRequest, "endpoint is %q, want one of %s",
			f.Endpoint, words.Join(fault.Endpoints()))
	}
	since, err := number(query, pSince)
	if err != nil {
		return f, err
	}
	limit, err := number(query, pLimit)
	f.Since, f.Limit = since, int(limit)
	return f, err
}

func number(query url.Values, name string) (uint64, error) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, &refusal{http.StatusBadRequest, fmt.Errorf("%s is %q, want a number", name, text)}
	}
	return n, nil
}

func (f Filter) admits(number uint64, faultID, endpoint, clientID, userAgent string) bool {
	return number > f.Since &&
		(f.FaultID == "" || f.FaultID == faultID) &&
		(f.Endpoint == "" || string(f.Endpoint) == endpoint) &&
		(f.ClientID == "" || f.ClientID == clientID) &&
		strings.Contains(userAgent, f.UserAgent)
}

// latest returns the last n of all, or all of them if n is zero.
func latest[T any](all []T, n int) []T {
	if n > 0 && len(all) > n {
		return all[len(all)-n:]
	}
	return all
}

func requests(r *http.Request, e *mockidp.Environment) (any, error) {
	f, err := readFilter(r)
	if err != nil {
		return nil, err
	}
	out := struct {
		Requests []Request `json:"requests"`
	}{[]Request{}}
	for _, q := range e.RequestsSince(mockidp.Mark(f.Since)) {
		if !f.admits(q.Number, q.FaultID, string(q.Endpoint), q.ClientID, q.UserAgent) {
			continue
		}
		out.Requests = append(out.Requests, Request{
			Number: q.Number, At: q.Time, Method: q.Method, Path: q.Path, Endpoint: q.Endpoint,
			ClientID: q.ClientID, UserAgent: q.UserAgent, FaultID: q.FaultID, Status: q.Status, Bytes: q.Bytes,
			Took: Duration(q.Took), Accept: q.Accept, CacheControl: q.CacheControl, IfNoneMatch: q.IfNoneMatch, Origin: q.Origin,
		})
	}
	out.Requests = latest(out.Requests, f.Limit)
	return out, nil
}
