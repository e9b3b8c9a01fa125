package fault

import (
	"context"
	"net/http"
	"strings"
	"time"
)

const (
	// defaultHugeHeader is far above the limit of any client; Go's is 10 MB
	// for the whole header.
	defaultHugeHeader = 10 << 20

	// maxHugeHeader bounds what is held in memory for one answer.
	maxHugeHeader = 64 << 20

	// defaultPause between two interim answers: a flood, but not one that
	// takes a whole core.
	defaultPause = time.Millisecond
)

// huge adds a header field of size bytes.
func (a *answer) huge(size int64) {
	if size == 0 {
		size = defaultHugeHeader
	}
	a.header.Set("X-Filler", strings.Repeat("x", int(size)))
}

// replace replaces the fields with the same names. A field without values is
// not sent, not even if net/http would add it.
func (a *answer) replace(fields http.Header) {
	for name, values := range fields {
		if len(values) == 0 {
			values = nil
		}
		a.header[http.CanonicalHeaderKey(name)] = values
	}
}

// interim sends interim answers until ctx ends. By RFC 9110, 15.2 a client
// must expect any number of them.
func interim(ctx context.Context, w http.ResponseWriter, pause time.Duration) {
	if pause == 0 {
		pause = defaultPause
	}
	for wait(ctx, pause) {
		w.WriteHeader(http.StatusEarlyHints)
	}
	abort(w)
}
